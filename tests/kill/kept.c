/* kept DIR: is what was acknowledged in the store, once? On standard input, one a line:
 * "spans FIRST ROWS" or "logs FIRST ROWS": rows of the traces FIRST, FIRST + 1, … as
 * tests/bench/intake makes them. Prints missing=N doubled=N wanted=N rows=N. */
#include "tests/bench/intake/load.h"

#include "lib/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPANS, LOGS, KINDS };

struct numbers {
	uint64_t *at;
	size_t n, cap;
};

/* Of each row of a kind: its trace, and a number of its own. */
static struct numbers traces[KINDS], rows[KINDS];

static void add(struct numbers *x, uint64_t number)
{
	if (x->n == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 1 << 16;
		x->at = reallocarray(x->at, x->cap, sizeof(*x->at));
		if (!x->at)
			abort();
	}
	x->at[x->n++] = number;
}

static uint64_t number_of(const uint8_t id[8])
{
	uint64_t n;

	memcpy(&n, id, sizeof(n));
	return n;
}

static void take(int kind, const uint8_t *trace_id, const uint8_t *span_id)
{
	uint64_t trace = number_of(trace_id + 8);

	add(&traces[kind], trace);
	add(&rows[kind], (trace ^ number_of(span_id) * 0x9E3779B97F4A7C15ull) * 0xbf58476d1ce4e5b9);
}

static int take_span(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	(void)arg, (void)from;
	take(SPANS, row->trace_id, row->span_id);
	return 0;
}

static int take_log(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	(void)arg, (void)from;
	take(LOGS, row->trace_id, row->span_id);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static size_t count(const struct numbers *x, uint64_t number)
{
	size_t low = 0, high = x->n, n = 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (x->at[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < x->n && x->at[low + n] == number)
		n++;
	return n;
}

static void read_store(const char *dir)
{
	struct lsp_store_config config = { .data_dir = dir, .read_only = true };
	struct lsp_scan scan = { .no_encoded = true, .span = take_span, .log = take_log };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	if (lsp_store_open(&s, &config, why) || lsp_store_scan(s, &scan)) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	lsp_store_free(s);
	for (int kind = 0; kind < KINDS; kind++) {
		if (traces[kind].n)
			qsort(traces[kind].at, traces[kind].n, sizeof(uint64_t), compare);
		if (rows[kind].n)
			qsort(rows[kind].at, rows[kind].n, sizeof(uint64_t), compare);
	}
}

int main(int argc, char **argv)
{
	unsigned long long first, n, missing = 0, wanted = 0, doubled = 0;
	char kind[8];

	if (argc != 2)
		return 2;
	read_store(argv[1]);
	while (scanf("%7s %llu %llu", kind, &first, &n) == 3)
		for (unsigned long long i = 0; i < n; i += ROWS_PER_TRACE) {
			size_t want = n - i < ROWS_PER_TRACE ? n - i : ROWS_PER_TRACE, have;
			uint8_t id[16];

			load_trace_id(first + i / ROWS_PER_TRACE, id);
			have = count(&traces[kind[0] == 's' ? SPANS : LOGS], number_of(id + 8));
			missing += have < want ? want - have : 0;
			wanted += want;
		}
	for (int k = 0; k < KINDS; k++)
		for (size_t i = 1; i < rows[k].n; i++)
			doubled += rows[k].at[i] == rows[k].at[i - 1];
	printf("missing=%llu doubled=%llu wanted=%llu rows=%zu\n", missing, doubled, wanted,
		rows[SPANS].n + rows[LOGS].n);
	return 0;
}
