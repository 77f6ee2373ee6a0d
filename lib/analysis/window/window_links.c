#include "window.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH_MAX 1000 /* ancestors that are told of an error */

/* Places of spans by {trace, span id}. */
struct places {
	uint32_t *table, size; /* place + 1 */
	const struct lsp_window_span *spans;
};

static uint32_t slot_of(const struct places *p, uint32_t trace, uint64_t id)
{
	uint64_t h = (id ^ trace * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
	uint32_t at = (uint32_t)(h >> 32) & (p->size - 1);
	for (; p->table[at]; at = (at + 1) & (p->size - 1)) {
		const struct lsp_window_span *s = &p->spans[p->table[at] - 1];
		if (s->id == id && s->trace == trace)
			break;
	}
	return at;
}

static uint32_t find(const struct places *p, uint32_t trace, uint64_t id)
{
	return p->table[slot_of(p, trace, id)] - 1; /* 0 - 1 is LSP_INTERN_NONE */
}

/* Also drops spans that were sent twice: the one that ends last stays, as in a look-up. */
static int make_places(struct places *p, struct lsp_window *w)
{
	uint32_t n = 0;
	p->size = 16;
	while (p->size < w->n_spans * 2u)
		p->size *= 2;
	p->spans = w->spans;
	p->table = calloc(p->size, sizeof(*p->table));
	if (!p->table)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		uint32_t at = slot_of(p, w->spans[i].trace, w->spans[i].id);
		uint32_t first = p->table[at];
		if (!first) {
			w->spans[n] = w->spans[i];
			p->table[at] = ++n;
		} else if (w->spans[i].end_ns > w->spans[first - 1].end_ns) {
			w->spans[first - 1] = w->spans[i];
		}
	}
	w->seen_spans -= w->n_spans - n;
	w->n_spans = n;
	return 0;
}

/* ---- kids ------------------------------------------------------------------------------------ */

static int by_parent_and_start(const void *a, const void *b, void *arg)
{
	const struct lsp_window_span *spans = arg;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct lsp_window_span *x = &spans[i], *y = &spans[j];
	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (i > j) - (i < j);
}

static void link_kids(struct lsp_window *w)
{
	for (uint32_t i = 0; i < w->n_spans; i++)
		w->kids[i] = i;
	qsort_r(w->kids, w->n_spans, sizeof(*w->kids), by_parent_and_start, w->spans);
	for (uint32_t i = 0; i < w->n_spans; i++) {
		uint32_t parent = w->spans[w->kids[i]].parent;
		if (parent == LSP_INTERN_NONE)
			continue;
		if (w->spans[parent].n_kids++ == 0)
			w->spans[parent].first_kid = i;
	}
}

/* ---- paths ----------------------------------------------------------------------------------- */

struct path {
	uint32_t of_caller, service;
};

static int set_path(struct lsp_window *w, struct lsp_window_span *s)
{
	const struct lsp_window_span *p =
		s->parent == LSP_INTERN_NONE ? NULL : &w->spans[s->parent];
	if (p && p->service == s->service) {
		s->path = p->path;
		return 0;
	}
	struct path path = { p ? p->path : LSP_INTERN_NONE, s->service };
	int rc = lsp_interns_add(&w->vocabulary->paths, &path, sizeof(path), &s->path);
	if (rc == -E2BIG)
		s->path = 0;
	return rc == -E2BIG ? 0 : rc;
}

/* From the roots down, without recursion: `order` is filled while it is read. Spans in a circle of
 * parents are reached from no root; they keep path 0. */
static int set_paths(struct lsp_window *w)
{
	uint32_t *order = malloc((w->n_spans + 1) * sizeof(*order));
	uint32_t n = 0;
	int rc = order ? 0 : -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < w->n_spans; i++)
		if (w->spans[i].parent == LSP_INTERN_NONE)
			order[n++] = i;
	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		struct lsp_window_span *s = &w->spans[order[i]];
		rc = set_path(w, s);
		for (uint32_t k = 0; k < s->n_kids; k++)
			order[n++] = w->kids[s->first_kid + k];
	}
	free(order);
	return rc;
}

/* ---- logs and errors ------------------------------------------------------------------------- */

static int by_span(const void *a, const void *b)
{
	const struct lsp_window_log *x = a, *y = b;
	return (x->span > y->span) - (x->span < y->span);
}

static void link_logs(struct lsp_window *w, const struct places *p)
{
	for (uint32_t i = 0; i < w->n_logs; i++) {
		struct lsp_window_log *l = &w->logs[i];
		l->span = LSP_INTERN_NONE;
		if (l->trace == LSP_INTERN_NONE)
			continue;
		uint32_t at = find(p, l->trace, l->span_id);
		if (at == LSP_INTERN_NONE)
			continue;
		l->span_is_here = true;
		if (l->error) /* whoever wrote it: the span is the one that it speaks of */
			w->spans[at].failed = true;
		if (w->spans[at].service == l->service)
			l->span = at;
	}
	if (w->n_logs)
		qsort(w->logs, w->n_logs, sizeof(*w->logs), by_span);
}

static void tell_ancestors(struct lsp_window *w)
{
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		if (!s->failed)
			continue;
		w->trace_failed[s->trace] = 1;
		uint32_t at = s->parent;
		for (int d = 0; at != LSP_INTERN_NONE && d < DEPTH_MAX; d++) {
			if (w->spans[at].service != s->service)
				w->spans[at].foreign_error_below = true;
			at = w->spans[at].parent;
		}
	}
}

int lsp_window_finish(struct lsp_window *w)
{
	struct places places = { 0 };
	int rc = make_places(&places, w);
	w->kids = rc ? NULL : malloc((w->n_spans + 1) * sizeof(*w->kids));
	w->trace_failed = rc ? NULL : calloc(w->traces.n + 1, 1);
	if (rc == 0 && (!w->kids || !w->trace_failed))
		rc = -ENOMEM;
	if (rc == 0) {
		for (uint32_t i = 0; i < w->n_spans; i++) {
			struct lsp_window_span *s = &w->spans[i];
			s->parent = s->parent_id ? find(&places, s->trace, s->parent_id)
						 : LSP_INTERN_NONE;
			if (s->parent == i)
				s->parent = LSP_INTERN_NONE;
		}
		link_kids(w);
		rc = set_paths(w);
		link_logs(w, &places);
		tell_ancestors(w);
	}
	free(places.table);
	return rc;
}
