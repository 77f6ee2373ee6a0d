#include "trace.h"

#include <stdlib.h>

#define SEVERITY_FATAL 21

struct lsp_trace *lsp_trace_new(void)
{
	struct lsp_trace *t = calloc(1, sizeof(*t));

	if (t)
		t->notes = json_array();
	if (t && !t->notes) {
		free(t);
		return NULL;
	}
	return t;
}

static void span_release(struct lsp_span *s)
{
	free(s->service);
	free(s->name);
	free(s->status_message);
	json_decref(s->attributes);
	json_decref(s->resource);
	json_decref(s->scope);
	json_decref(s->events);
	json_decref(s->links);
}

void lsp_log_release(struct lsp_log *l)
{
	free(l->service);
	free(l->body);
	json_decref(l->attributes);
	json_decref(l->resource);
	memset(l, 0, sizeof(*l));
}

struct lsp_trace *lsp_trace_free(struct lsp_trace *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_spans; i++)
		span_release(&t->spans[i]);
	for (size_t i = 0; i < t->n_logs; i++)
		lsp_log_release(&t->logs[i]);
	free(t->spans);
	free(t->logs);
	json_decref(t->notes);
	free(t);
	return NULL;
}

/* Room for one more element of `size` bytes, zeroed. */
static void *add(void **rows, size_t n, size_t *cap, size_t size)
{
	if (n == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		void *grown = reallocarray(*rows, more, size);

		if (!grown)
			return NULL;
		*rows = grown;
		*cap = more;
	}
	return memset((char *)*rows + n * size, 0, size);
}

struct lsp_span *lsp_trace_add_span(struct lsp_trace *t)
{
	struct lsp_span *s = add((void **)&t->spans, t->n_spans, &t->cap_spans, sizeof(*s));

	if (!s)
		return NULL;
	s->attributes = json_object();
	s->resource = json_object();
	s->scope = json_object();
	s->events = json_array();
	s->links = json_array();
	t->n_spans++;
	return s;
}

struct lsp_log *lsp_trace_add_log(struct lsp_trace *t)
{
	struct lsp_log *l = add((void **)&t->logs, t->n_logs, &t->cap_logs, sizeof(*l));

	if (!l)
		return NULL;
	l->attributes = json_object();
	l->resource = json_object();
	t->n_logs++;
	return l;
}

/* ---- order ----------------------------------------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Spans of one id side by side, the one to keep first. */
static int by_id(const void *x, const void *y)
{
	const struct lsp_span *a = x, *b = y;
	int r = memcmp(a->span_id, b->span_id, LSP_SPAN_ID_BYTES);

	if (r == 0)
		r = compare(b->end_ns, a->end_ns);
	return r ? r : compare(json_object_size(b->attributes), json_object_size(a->attributes));
}

static int by_start(const void *x, const void *y)
{
	const struct lsp_span *a = x, *b = y;
	int r = compare(a->start_ns, b->start_ns);

	return r ? r : memcmp(a->span_id, b->span_id, LSP_SPAN_ID_BYTES);
}

static int by_time(const void *x, const void *y)
{
	const struct lsp_log *a = x, *b = y;

	return compare(a->time_ns, b->time_ns);
}

/* A stable sort, as log records of one moment stay in the order in which they came. */
static void sort_logs(struct lsp_log *logs, size_t n, struct lsp_log *spare)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort_logs(logs, half, spare);
	sort_logs(logs + half, n - half, spare);
	while (i < half && j < n)
		spare[k++] = by_time(&logs[j], &logs[i]) < 0 ? logs[j++] : logs[i++];
	while (i < half)
		spare[k++] = logs[i++];
	memcpy(logs, spare, k * sizeof(*logs));
}

void lsp_trace_finish(struct lsp_trace *t)
{
	struct lsp_log *spare = t->n_logs > 1 ? malloc(t->n_logs * sizeof(*spare)) : NULL;
	size_t kept = 0;

	if (t->n_spans)
		qsort(t->spans, t->n_spans, sizeof(*t->spans), by_id);
	for (size_t i = 0; i < t->n_spans; i++) {
		if (kept > 0 && memcmp(t->spans[kept - 1].span_id, t->spans[i].span_id,
					LSP_SPAN_ID_BYTES) == 0)
			span_release(&t->spans[i]);
		else
			t->spans[kept++] = t->spans[i];
	}
	t->n_spans = kept;
	if (t->n_spans)
		qsort(t->spans, t->n_spans, sizeof(*t->spans), by_start);
	if (spare)
		sort_logs(t->logs, t->n_logs, spare);
	free(spare);
}

bool lsp_log_is_error_record(const struct lsp_log *l)
{
	return l->intake == LSP_INTAKE_RING && l->severity >= SEVERITY_FATAL &&
	       json_object_get(l->attributes, "exception.type");
}
