/* The canonical encoding without what the store keeps in columns anyway. lsp_otlp_decode_span() and
 * _log() read the rest just as well. */
#ifndef LSP_WIRE_OTLP_STRIP_H
#define LSP_WIRE_OTLP_STRIP_H

#include "../model/buf.h"

/* Append the message without ids, times, kind and name (span), or without ids, time, severity
 * number and, when it is that very text, the body (log). A malformed message is appended as it is.
 * Return 0, -E2BIG or -ENOMEM. */
int lsp_otlp_strip_span(struct lsp_buf *out, struct lsp_slice encoded);
int lsp_otlp_strip_log(struct lsp_buf *out, struct lsp_slice encoded, struct lsp_slice body);

#endif
