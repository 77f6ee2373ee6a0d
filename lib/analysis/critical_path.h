/* Which spans the request waited for: from the end of its root backwards, always into the child
 * that finished last. */
#ifndef LSP_ANALYSIS_CRITICAL_PATH_H
#define LSP_ANALYSIS_CRITICAL_PATH_H

#include "tree.h"

/* waits_ns: of lsp_waiting_find(). Writes to critical_ns[i], for each span of the trace, the time
 * that it holds the path by itself. The sum is the duration of the main root; spans of other roots
 * get 0. Children that nobody waits for (a CONSUMER below a PRODUCER, one that begins when its
 * parent has ended) are left out with all below them, and spans that mostly wait for a call beside
 * them (waiting.h); a child that outlives its parent counts up to the parent's end. Two children
 * may overlap by a hundredth of their parent and still follow one another. O(n log n), no
 * recursion. Returns 0 or -ENOMEM with critical_ns undefined. */
int lsp_critical_path(const struct lsp_tree *t, const uint64_t *waits_ns, uint64_t *critical_ns);

/* The root that stands for the request: the first that names no parent, else the longest;
 * LSP_TREE_NONE without spans. */
size_t lsp_main_root(const struct lsp_tree *t);

#endif
