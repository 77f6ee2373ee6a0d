/* Spans that do nothing but wait for a call beside them. */
#ifndef LSP_ANALYSIS_WAITING_H
#define LSP_ANALYSIS_WAITING_H

#include "tree.h"

/* Some frameworks (reactive gateways) make the handler's span and that of its outbound call
 * siblings: the handler has no child, and yet all it does is wait. Writes waits_ns[i]: how much of
 * span i's self time is covered by calls beside it, so 0 for most spans. A span waits when it has
 * no children and is INTERNAL (or says no kind); the call beside it has the same service, begins
 * inside it, outlasts it by a hundredth of it at most, and is a CLIENT or has children. Time
 * linear in the spans. */
void lsp_waiting_find(const struct lsp_tree *t, uint64_t *waits_ns);

#endif
