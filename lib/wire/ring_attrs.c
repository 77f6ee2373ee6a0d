#include "ring_attrs.h"
#include "../core/ring_layout.h"
#include "otlp_encode.h"
#include "otlp_value.h"

#define STRING_BYTES_MAX (3u * UINT16_MAX) /* each byte mended */

static int encode_string(
	struct lsp_buf *out, unsigned field, struct lsp_slice key, struct lsp_slice value)
{
	if (lsp_otlp_is_utf8(value))
		return lsp_pb_attr_string(out, field, key, value);
	struct lsp_buf mended;
	lsp_buf_init(&mended, STRING_BYTES_MAX);
	int rc = lsp_otlp_add_utf8(&mended, value);
	if (rc == 0)
		rc = lsp_pb_attr_string(
			out, field, key, (struct lsp_slice){ mended.at, mended.len });
	lsp_buf_release(&mended);
	return rc;
}

static int encode_one(struct lsp_buf *out, unsigned field, unsigned type, struct lsp_slice key,
	struct lsp_slice value)
{
	union {
		int64_t integer;
		double number;
	} eight;
	if (key.len == 0 || !lsp_otlp_is_utf8(key))
		return 0;
	if (value.len == sizeof(eight))
		memcpy(&eight, value.at, sizeof(eight));
	switch (type) {
	case LSP_ATTR_STRING:
		return encode_string(out, field, key, value);
	case LSP_ATTR_INT:
		return value.len == 8 ? lsp_pb_attr_int(out, field, key, eight.integer) : 0;
	case LSP_ATTR_DOUBLE:
		return value.len == 8 ? lsp_pb_attr_double(out, field, key, eight.number) : 0;
	case LSP_ATTR_BOOL:
		return value.len == 1 ? lsp_pb_attr_bool(out, field, key, value.at[0] != 0) : 0;
	}
	return 0;
}

int lsp_ring_attrs_encode(struct lsp_buf *out, unsigned field, struct lsp_slice attrs)
{
	while (attrs.len >= 4) {
		const uint8_t *p = (const uint8_t *)attrs.at;
		struct lsp_slice key = { attrs.at + 4, p[1] };
		struct lsp_slice value = { key.at + key.len, p[2] | (size_t)p[3] << 8 };
		if (4 + key.len + value.len > attrs.len)
			break;
		int rc = encode_one(out, field, p[0], key, value);
		if (rc)
			return rc;
		attrs.at += 4 + key.len + value.len;
		attrs.len -= 4 + key.len + value.len;
	}
	return 0;
}
