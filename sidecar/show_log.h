/* Log records as text for people. */
#ifndef LSP_SIDECAR_SHOW_LOG_H
#define LSP_SIDECAR_SHOW_LOG_H

#include "term.h"
#include "../lib/model/buf.h"
#include "../lib/model/trace.h"

/* Appends "TIME SERVICE SEVERITY BODY trace_id=… span_id=…" and a newline; ids only where they are
 * known and not in the body already. Further lines of a body are indented by four. Everything that
 * is not ours is cleaned. Returns 0 or -errno. */
int lsp_show_log_line(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_log *log);

/* Appends a body, cleaned, without our own stamp (which names what the reader sees anyway); each
 * line after the first follows `indent` (clean bytes). No newline at the end. */
int lsp_show_body(struct lsp_buf *out, const struct lsp_log *log, const char *indent);

/* Appends "ERROR " in its colour; nothing when the severity is not known. */
int lsp_show_severity(struct lsp_buf *out, const struct lsp_term *term, unsigned severity);

/* "2026-11-23T21:30:51.123456Z" and NUL: RFC 3339, UTC. */
#define LSP_TIME_CHARS 28
void lsp_show_time(char out[LSP_TIME_CHARS], uint64_t ns);

#endif
