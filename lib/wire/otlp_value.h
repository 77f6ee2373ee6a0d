/* OTLP's AnyValue and KeyValue lists as JSON, and AnyValue as text. Private to lib/wire. */
#ifndef LSP_WIRE_OTLP_VALUE_H
#define LSP_WIRE_OTLP_VALUE_H

#include "../model/buf.h"
#include <jansson.h>

#define LSP_VALUE_DEPTH_MAX 16

/* An encoded AnyValue. New reference; null for what is empty, malformed or nested too deep. */
json_t *lsp_otlp_value_json(struct lsp_slice any, int depth);

/* One encoded KeyValue into an object. Returns 0, -EBADMSG, -ENOMEM. */
int lsp_otlp_key_value_json(json_t *object, struct lsp_slice key_value, int depth);

/* A string of any bytes: what is not UTF-8 is mended with U+FFFD. New reference. */
json_t *lsp_otlp_string_json(struct lsp_slice s);

/* True when the bytes are UTF-8. */
bool lsp_otlp_is_utf8(struct lsp_slice s);

/* Appends bytes as UTF-8, mended. Returns 0, -E2BIG, -ENOMEM. */
int lsp_otlp_add_utf8(struct lsp_buf *out, struct lsp_slice s);

#endif
