/* What all engines do with what they found. */
#ifndef LSP_STORE_RESULT_H
#define LSP_STORE_RESULT_H

#include "store.h"

/* The trace's own id: the fullest that any of its records has. */
void lsp_result_set_trace_id(struct lsp_trace *t, const struct lsp_trace_key *key);
/* Of a finished trace with at least one span; names point into it. */
void lsp_result_summarize(const struct lsp_trace *t, struct lsp_trace_summary *ret);

#endif
