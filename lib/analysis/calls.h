/* The children of a span, grouped by what call they are. */
#ifndef LSP_ANALYSIS_CALLS_H
#define LSP_ANALYSIS_CALLS_H

#include "tree.h"

struct lsp_calls {
	const struct lsp_tree *t;
	uint64_t *keys; /* of spans: equal for equal service, name and kind */
	/* What lsp_calls_below() found: groups[g] is the end of group g in spans. */
	size_t *spans, *groups, n_groups;
	struct lsp_calls_slot *slots; /* key → group, of one parent at a time */
	size_t *group_of; /* by place among the siblings */
	size_t mask, round;
};

/* Returns 0 or -ENOMEM with nothing to release. */
int lsp_calls_init(struct lsp_calls *c, const struct lsp_tree *t);
void lsp_calls_release(struct lsp_calls *c);

/* Groups the children of a span: groups in the order of their first call, calls by start. Time
 * linear in the children. */
void lsp_calls_below(struct lsp_calls *c, size_t parent);

/* Whether two spans are one and the same call by all that they say of it: service, name, kind, whom
 * they call, and what they ask (URL, statement). */
bool lsp_calls_equal(const struct lsp_span *a, const struct lsp_span *b);

#endif
