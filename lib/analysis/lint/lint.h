/* How good the tracing itself is: the rules of the instrumentation-score specification that spans,
 * log records and resources can answer, scored as it says, and apart from the score rules of our
 * own on how logs and spans find each other.
 * Source: github.com/instrumentation-score/spec, v0.1. */
#ifndef LSP_ANALYSIS_LINT_H
#define LSP_ANALYSIS_LINT_H

#include "../../model/record.h"

#include <jansson.h>

struct lsp_lint;

/* NULL without memory. One thread at a time. */
struct lsp_lint *lsp_lint_new(void);
struct lsp_lint *lsp_lint_free(struct lsp_lint *l); /* NULL is fine; returns NULL */
/* Return 0 or -ENOMEM. Rows carry their encoded messages, the origin its resource. */
int lsp_lint_add_span(
	struct lsp_lint *l, const struct lsp_span_row *row, const struct lsp_origin *from);
int lsp_lint_add_log(
	struct lsp_lint *l, const struct lsp_log_row *row, const struct lsp_origin *from);
/* To be called once, behind the last add. service NULL: all. *ret: the JSON of `lint`:
 *	{"services":[{"service":"…","score":N,"rating":"…","rules_checked":N,
 *	   "rules":[RULE…],          of the specification
 *	   "linespan_rules":[RULE…], of our own
 *	   "logs":N,"logs_with_trace":N,"spans":N}…],
 *	 "rules_known":19,"rules_of_score":N,"spans":N,"logs":N,"notes":["…"]}
 *	RULE: {"id":"…","impact":"…","title":"…","passed":bool,"checked":N,"failed":N,
 *	   "examples":["…"],"traces":["…"],"advice":"…"}
 * Worst service first; score is null when no rule of the specification could be checked. Returns 0
 * or -ENOMEM. */
int lsp_lint_finish(struct lsp_lint *l, const char *service, json_t **ret);

#endif
