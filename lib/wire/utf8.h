/* Bytes of strangers as UTF-8. */
#ifndef LSP_WIRE_UTF8_H
#define LSP_WIRE_UTF8_H

#include "../model/buf.h"

/* True when the bytes are UTF-8. */
bool lsp_otlp_is_utf8(struct lsp_slice s);

/* Appends bytes as UTF-8, mended with U+FFFD. Returns 0, -E2BIG, -ENOMEM. */
int lsp_otlp_add_utf8(struct lsp_buf *out, struct lsp_slice s);

#endif
