/* Rules on the spans of a trace, one by one and per service. */
#include "rules.h"

#include <errno.h>
#include <stdlib.h>

#define INTERNAL_MAX 10
#define SHORT_MAX    20
#define SHORT_NS     5000000u
#define NO_EXAMPLE   LSP_SLICE("")

/* Of one service in one trace. */
struct share {
	uint32_t trace, service, internal, brief, spans;
};

static struct lsp_slice name_of(const struct lsp_lint *l, const struct lsp_window_span *s)
{
	return lsp_interns_get(&l->vocabulary.names, s->name);
}

static int by_trace_and_service(const void *a, const void *b, void *arg)
{
	const struct lsp_window_span *spans = arg;
	const struct lsp_window_span *x = &spans[*(const uint32_t *)a];
	const struct lsp_window_span *y = &spans[*(const uint32_t *)b];
	if (x->trace != y->trace)
		return x->trace < y->trace ? -1 : 1;
	return (x->service > y->service) - (x->service < y->service);
}

static void judge_share(struct lsp_lint *l, const struct share *s)
{
	lsp_lint_count(
		l, LSP_RULE_SPA_001, s->service, s->internal > INTERNAL_MAX, NO_EXAMPLE, s->trace);
	lsp_lint_count(l, LSP_RULE_SPA_005, s->service, s->brief > SHORT_MAX, NO_EXAMPLE, s->trace);
}

/* SPA-001 and SPA-005 count per trace and service. */
static int check_shares(struct lsp_lint *l)
{
	struct lsp_window *w = &l->window;
	uint32_t *order = malloc((w->n_spans + 1) * sizeof(*order));
	struct share s = { .trace = LSP_INTERN_NONE };
	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_spans; i++)
		order[i] = i;
	qsort_r(order, w->n_spans, sizeof(*order), by_trace_and_service, w->spans);
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *span = &w->spans[order[i]];
		if (s.spans && (span->trace != s.trace || span->service != s.service)) {
			judge_share(l, &s);
			s.spans = 0;
		}
		if (s.spans == 0)
			s = (struct share){ .trace = span->trace, .service = span->service };
		s.spans++;
		s.internal += span->kind == LSP_KIND_INTERNAL;
		s.brief += span->end_ns - span->start_ns < SHORT_NS;
	}
	if (s.spans)
		judge_share(l, &s);
	free(order);
	return 0;
}

/* A call of a database or a queue has no span of its own at the other end. */
static void check_client(struct lsp_lint *l, const struct lsp_window_span *s)
{
	bool answered = false;
	if (s->kind != LSP_KIND_CLIENT || (s->flags & LSP_LINT_DATABASE))
		return;
	for (uint32_t i = 0; i < s->n_kids && !answered; i++) {
		const struct lsp_window_span *kid =
			&l->window.spans[l->window.kids[s->first_kid + i]];
		answered = kid->kind == LSP_KIND_SERVER || kid->service != s->service;
	}
	lsp_lint_count(l, LSP_RULE_CLIENT_SERVER, s->service, !answered, name_of(l, s), s->trace);
}

static void check_error(struct lsp_lint *l, const uint8_t *has_log, uint32_t i)
{
	const struct lsp_window_span *s = &l->window.spans[i];
	/* Who passes an error on need not log it again. */
	if (s->says_error && !s->foreign_error_below)
		lsp_lint_count(
			l, LSP_RULE_SPAN_LOG, s->service, !has_log[i], name_of(l, s), s->trace);
}

/* Spans that have a log record themselves or in a descendant of their service. */
static uint8_t *find_logged(struct lsp_lint *l)
{
	struct lsp_window *w = &l->window;
	uint8_t *has_log = calloc(w->n_spans + 1, 1);
	for (uint32_t i = 0; has_log && i < w->n_logs; i++) {
		uint32_t at = w->logs[i].span;
		while (at != LSP_INTERN_NONE && !has_log[at]) {
			uint32_t parent = w->spans[at].parent;
			has_log[at] = 1;
			at = parent != LSP_INTERN_NONE &&
					     w->spans[parent].service == w->spans[at].service
				     ? parent
				     : LSP_INTERN_NONE;
		}
	}
	return has_log;
}

int lsp_lint_check_traces(struct lsp_lint *l)
{
	struct lsp_window *w = &l->window;
	uint8_t *has_log = find_logged(l);
	if (!has_log)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		bool orphan = s->parent_id && s->parent == LSP_INTERN_NONE;
		lsp_lint_count(l, LSP_RULE_SPA_002, s->service, orphan, name_of(l, s), s->trace);
		if (!s->parent_id)
			lsp_lint_count(l, LSP_RULE_SPA_004, s->service, s->kind == LSP_KIND_CLIENT,
				name_of(l, s), s->trace);
		lsp_lint_count(l, LSP_RULE_RES_004, s->service, s->flags & LSP_LINT_MISPLACED,
			lsp_slice_of(l->misplaced_key), s->trace);
		check_client(l, s);
		check_error(l, has_log, i);
	}
	free(has_log);
	return check_shares(l);
}
