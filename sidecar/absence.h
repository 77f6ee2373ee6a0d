/* Why something is not here, as far as it can be told. */
#ifndef LSP_SIDECAR_ABSENCE_H
#define LSP_SIDECAR_ABSENCE_H

#include "../lib/model/id.h"
#include "../lib/model/trace.h"

#define LSP_ABSENCE_CHARS 256

/* Of a trace that was not found: how the id that was given was read, whether it says that the trace
 * was not sampled, when it was made (X-Ray ids). "" when it says nothing, else begins with "; ". */
void lsp_absence_of_trace(char out[LSP_ABSENCE_CHARS], struct lsp_slice text, uint64_t now_ns);

/* Of a trace that has logs only: why its spans are not here. */
void lsp_absence_of_spans(char out[LSP_ABSENCE_CHARS], const struct lsp_trace *t, uint64_t now_ns);

/* Of a trace that has spans only. */
void lsp_absence_of_logs(char out[LSP_ABSENCE_CHARS], const struct lsp_trace *t);

#endif
