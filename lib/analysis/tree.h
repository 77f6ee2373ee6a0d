/* One trace's spans as a tree, and each log record at its span. Pure: looks at a trace, owns only
 * its own index. */
#ifndef LSP_ANALYSIS_TREE_H
#define LSP_ANALYSIS_TREE_H

#include "../model/trace.h"

#define LSP_TREE_NONE SIZE_MAX

struct lsp_tree_node {
	size_t parent; /* index of a span; LSP_TREE_NONE for roots */
	size_t first_child, next_sibling; /* by start time; LSP_TREE_NONE at the end */
	size_t depth; /* 0 for roots */
	uint64_t self_ns; /* its duration less the union of its children's, clamped to it */
	bool orphan; /* names a parent that is not here */
	bool cycle; /* was made a root to break a cycle of parents */
	size_t first_log, n_logs; /* into logs_by_span */
};

struct lsp_tree {
	const struct lsp_trace *trace;
	struct lsp_tree_node *nodes; /* nodes[i] belongs to trace->spans[i] */
	size_t *roots, n_roots; /* true roots and orphans, by start */
	size_t *order; /* all spans, depth first: as they are displayed */
	size_t *logs_by_span; /* indexes of logs, grouped by span, in time order */
	size_t *loose_logs, n_loose_logs; /* logs whose span is not here */
	uint64_t start_ns, end_ns; /* of the whole trace: spans, or logs when there are none */
};

/* A consumer whose parent is a client is put below the server that answered that client: its
 * message holds the header which that server got. Cycles are broken at the span that starts first,
 * which becomes a root and is marked. Of spans with one id the first is the parent of all that name
 * it. Works for 100,000 spans in a chain without recursion, in O(n log n). The tree points into the
 * trace, which must outlive it and stay as it is. Returns 0 or -ENOMEM with ret untouched. */
int lsp_tree_build(struct lsp_tree *ret, const struct lsp_trace *trace);
void lsp_tree_release(struct lsp_tree *t);

#endif
