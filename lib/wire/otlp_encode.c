#include "otlp_encode.h"

#include <errno.h>

/* Wire types of protobuf. */
enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static int put_varint(struct lsp_buf *out, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	return lsp_buf_add(out, bytes, n);
}

static int put_tag(struct lsp_buf *out, unsigned field, unsigned wire)
{
	return put_varint(out, (uint64_t)field << 3 | wire);
}

int lsp_pb_varint(struct lsp_buf *out, unsigned field, uint64_t value)
{
	int r = put_tag(out, field, WIRE_VARINT);

	return r ? r : put_varint(out, value);
}

int lsp_pb_fixed64(struct lsp_buf *out, unsigned field, uint64_t value)
{
	int r = put_tag(out, field, WIRE_FIXED64);

	return r ? r : lsp_buf_add(out, &value, sizeof(value)); /* little endian, as the host */
}

int lsp_pb_fixed32(struct lsp_buf *out, unsigned field, uint32_t value)
{
	int r = put_tag(out, field, WIRE_FIXED32);

	return r ? r : lsp_buf_add(out, &value, sizeof(value));
}

int lsp_pb_bytes(struct lsp_buf *out, unsigned field, const void *bytes, size_t n)
{
	int r = put_tag(out, field, WIRE_BYTES);

	if (r == 0)
		r = put_varint(out, n);
	return r ? r : lsp_buf_add(out, bytes, n);
}

/* ---- attributes ------------------------------------------------------------------------------ */

static size_t varint_bytes(uint64_t value)
{
	size_t n = 1;

	while (value >>= 7)
		n++;
	return n;
}

/* KeyValue{1 key, 2 AnyValue}: its head, with the size of the value that the caller then adds. */
static int put_key(struct lsp_buf *out, unsigned field, struct lsp_slice key, size_t value_bytes)
{
	size_t size =
		1 + varint_bytes(key.len) + key.len + 1 + varint_bytes(value_bytes) + value_bytes;
	int r = put_tag(out, field, WIRE_BYTES);

	if (r == 0)
		r = put_varint(out, size);
	if (r == 0)
		r = lsp_pb_bytes(out, 1, key.at, key.len);
	if (r == 0)
		r = put_tag(out, 2, WIRE_BYTES);
	return r ? r : put_varint(out, value_bytes);
}

int lsp_pb_attr_string(
	struct lsp_buf *out, unsigned field, struct lsp_slice key, struct lsp_slice value)
{
	int r = put_key(out, field, key, 1 + varint_bytes(value.len) + value.len);

	return r ? r : lsp_pb_bytes(out, 1, value.at, value.len);
}

int lsp_pb_attr_int(struct lsp_buf *out, unsigned field, struct lsp_slice key, int64_t value)
{
	int r = put_key(out, field, key, 1 + varint_bytes((uint64_t)value));

	return r ? r : lsp_pb_varint(out, 3, (uint64_t)value);
}

int lsp_pb_attr_double(struct lsp_buf *out, unsigned field, struct lsp_slice key, double value)
{
	int r = put_key(out, field, key, 9);
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return r ? r : lsp_pb_fixed64(out, 4, bits);
}

int lsp_pb_attr_bool(struct lsp_buf *out, unsigned field, struct lsp_slice key, bool value)
{
	int r = put_key(out, field, key, 2);

	return r ? r : lsp_pb_varint(out, 2, value);
}

/* ---- records --------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (id[i])
			return false;
	return true;
}

static int put_status(struct lsp_buf *out, unsigned status, struct lsp_slice message)
{
	size_t size =
		(message.len ? 1 + varint_bytes(message.len) + message.len : 0) + (status ? 2 : 0);
	int r;

	if (size == 0)
		return 0;
	r = put_tag(out, 15, WIRE_BYTES);
	if (r == 0)
		r = put_varint(out, size);
	if (r == 0 && message.len)
		r = lsp_pb_bytes(out, 2, message.at, message.len);
	if (r == 0 && status)
		r = lsp_pb_varint(out, 3, status);
	return r;
}

int lsp_otlp_encode_span(struct lsp_buf *out, const struct lsp_span_row *row,
	struct lsp_slice attrs, struct lsp_slice status_message)
{
	int r = lsp_pb_bytes(out, 1, row->trace_id, LSP_TRACE_ID_BYTES);

	if (r == 0)
		r = lsp_pb_bytes(out, 2, row->span_id, LSP_SPAN_ID_BYTES);
	if (r == 0 && !is_zero(row->parent_span_id, LSP_SPAN_ID_BYTES))
		r = lsp_pb_bytes(out, 4, row->parent_span_id, LSP_SPAN_ID_BYTES);
	if (r == 0)
		r = lsp_pb_bytes(out, 5, row->name.at, row->name.len);
	if (r == 0 && row->kind)
		r = lsp_pb_varint(out, 6, row->kind);
	if (r == 0)
		r = lsp_pb_fixed64(out, 7, row->start_ns);
	if (r == 0)
		r = lsp_pb_fixed64(out, 8, row->end_ns);
	if (r == 0)
		r = lsp_buf_add_slice(out, attrs);
	return r ? r : put_status(out, row->status, status_message);
}

int lsp_otlp_encode_log(struct lsp_buf *out, const struct lsp_log_row *row, struct lsp_slice attrs)
{
	int r = lsp_pb_fixed64(out, 1, row->time_ns);

	if (r == 0 && row->severity)
		r = lsp_pb_varint(out, 2, row->severity);
	if (r == 0)
		r = put_tag(out, 5, WIRE_BYTES);
	if (r == 0)
		r = put_varint(out, 1 + varint_bytes(row->body.len) + row->body.len);
	if (r == 0)
		r = lsp_pb_bytes(out, 1, row->body.at, row->body.len);
	if (r == 0)
		r = lsp_buf_add_slice(out, attrs);
	if (r == 0 && !is_zero(row->trace_id, LSP_TRACE_ID_BYTES))
		r = lsp_pb_bytes(out, 9, row->trace_id, LSP_TRACE_ID_BYTES);
	if (r == 0 && !is_zero(row->span_id, LSP_SPAN_ID_BYTES))
		r = lsp_pb_bytes(out, 10, row->span_id, LSP_SPAN_ID_BYTES);
	return r;
}
