#include "ring_again.h"
#include "mix.h"

#include <stdlib.h>

#define NEWEST_ROWS 100000 /* of each kind: more than one round of the rings */

/* Numbers of rows, sorted; of those that are equal the first `used` were dropped already. */
struct lsp_ring_again {
	uint64_t *at;
	uint32_t *used;
	size_t n, cap;
};

static uint64_t number_of_span(const struct lsp_span_row *row)
{
	uint64_t h = lsp_mix(1, row->trace_id, sizeof(row->trace_id));
	h = lsp_mix(h, row->span_id, sizeof(row->span_id));
	h = lsp_mix(h, &row->start_ns, sizeof(row->start_ns));
	h = lsp_mix(h, &row->end_ns, sizeof(row->end_ns));
	return lsp_mix(h, row->name.at, row->name.len);
}

static uint64_t number_of_log(const struct lsp_log_row *row)
{
	uint64_t h = lsp_mix(2, row->trace_id, sizeof(row->trace_id));
	h = lsp_mix(h, row->span_id, sizeof(row->span_id));
	h = lsp_mix(h, &row->time_ns, sizeof(row->time_ns));
	h = lsp_mix(h, &row->pid, sizeof(row->pid));
	h = lsp_mix(h, &row->tid, sizeof(row->tid));
	return lsp_mix(h, row->body.at, row->body.len);
}

/* ---- what is stored -------------------------------------------------------------------------- */

static int add(struct lsp_ring_again *a, uint64_t number)
{
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 4096;
		uint64_t *grown = reallocarray(a->at, cap, sizeof(*grown));
		if (!grown)
			return -1;
		a->at = grown;
		a->cap = cap;
	}
	a->at[a->n++] = number;
	return 0;
}

static int take_span(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	(void)from;
	return row->intake == LSP_INTAKE_RING ? add(arg, number_of_span(row)) : 0;
}

static int take_log(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	(void)from;
	return row->intake == LSP_INTAKE_RING ? add(arg, number_of_log(row)) : 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

struct lsp_ring_again *lsp_ring_again_new(struct lsp_store *store)
{
	struct lsp_ring_again *a = calloc(1, sizeof(*a));
	struct lsp_scan scan = { .no_encoded = true,
		.newest_rows = NEWEST_ROWS,
		.arg = a,
		.span = take_span,
		.log = take_log };
	if (!a || lsp_store_scan(store, &scan) || a->n == 0)
		return lsp_ring_again_free(a);
	a->used = calloc(a->n, sizeof(*a->used));
	if (!a->used)
		return lsp_ring_again_free(a);
	qsort(a->at, a->n, sizeof(*a->at), compare);
	return a;
}

struct lsp_ring_again *lsp_ring_again_free(struct lsp_ring_again *a)
{
	if (a) {
		free(a->at);
		free(a->used);
	}
	free(a);
	return NULL;
}

/* ---- what comes ------------------------------------------------------------------------------ */

static bool is_stored(struct lsp_ring_again *a, uint64_t number)
{
	size_t low = 0, high = a->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (a->at[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == a->n || a->at[low] != number)
		return false;
	size_t next = low + a->used[low];
	if (next == a->n || a->at[next] != number)
		return false;
	a->used[low]++;
	return true;
}

void lsp_ring_again_drop(struct lsp_ring_again *a, struct lsp_batch *b)
{
	size_t spans = 0, logs = 0;
	if (!a)
		return;
	for (size_t i = 0; i < b->n_spans; i++)
		if (!is_stored(a, number_of_span(&b->spans[i])))
			b->spans[spans++] = b->spans[i];
	for (size_t i = 0; i < b->n_logs; i++)
		if (!is_stored(a, number_of_log(&b->logs[i])))
			b->logs[logs++] = b->logs[i];
	b->n_spans = spans;
	b->n_logs = logs;
}
