/* Rows of other formats → the canonical encoding (OTLP protobuf messages), written into a buffer.
 * */
#ifndef LSP_WIRE_OTLP_ENCODE_H
#define LSP_WIRE_OTLP_ENCODE_H

#include "../model/buf.h"
#include "../model/record.h"

/* Field writers, protobuf wire format. Return 0, -E2BIG or -ENOMEM. */
int lsp_pb_varint(struct lsp_buf *out, unsigned field, uint64_t value);
int lsp_pb_fixed64(struct lsp_buf *out, unsigned field, uint64_t value);
int lsp_pb_fixed32(struct lsp_buf *out, unsigned field, uint32_t value);
int lsp_pb_bytes(struct lsp_buf *out, unsigned field, const void *bytes, size_t n);

/* One KeyValue as field `field`, with a value of one type. */
int lsp_pb_attr_string(struct lsp_buf *out, unsigned field, struct lsp_slice key,
	struct lsp_slice value);
int lsp_pb_attr_int(struct lsp_buf *out, unsigned field, struct lsp_slice key, int64_t value);
int lsp_pb_attr_double(struct lsp_buf *out, unsigned field, struct lsp_slice key, double value);
int lsp_pb_attr_bool(struct lsp_buf *out, unsigned field, struct lsp_slice key, bool value);

/* A Span / LogRecord from a row's fields; `attrs` (already encoded KeyValue fields, number 9 for
 * spans, 6 for logs) is copied in. */
int lsp_otlp_encode_span(struct lsp_buf *out, const struct lsp_span_row *row,
	struct lsp_slice attrs, struct lsp_slice status_message);
int lsp_otlp_encode_log(struct lsp_buf *out, const struct lsp_log_row *row, struct lsp_slice attrs);

#endif
