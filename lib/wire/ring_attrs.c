#include "ring_attrs.h"
#include "../core/ring_layout.h"
#include "otlp_encode.h"
#include "otlp_value.h"

#include <errno.h>

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

struct attr {
	unsigned type;
	struct lsp_slice key, value;
};

/* Takes one off the front; false at the end, or when it does not fit. */
static bool next(struct lsp_slice *attrs, struct attr *ret)
{
	const uint8_t *p = (const uint8_t *)attrs->at;
	if (attrs->len < 4)
		return false;
	ret->type = p[0];
	ret->key = (struct lsp_slice){ attrs->at + 4, p[1] };
	ret->value = (struct lsp_slice){ ret->key.at + ret->key.len, p[2] | (size_t)p[3] << 8 };
	size_t n = 4 + ret->key.len + ret->value.len;
	if (n > attrs->len)
		return false;
	attrs->at += n;
	attrs->len -= n;
	return true;
}

static int find(
	struct lsp_slice attrs, unsigned type, struct lsp_slice key, struct lsp_slice *ret_value)
{
	for (struct attr a; next(&attrs, &a);) {
		if (a.type == type && lsp_slice_equal(a.key, key)) {
			*ret_value = a.value;
			return 0;
		}
	}
	return -ENOENT;
}

int lsp_ring_attrs_string(struct lsp_slice attrs, struct lsp_slice key, struct lsp_slice *ret)
{
	return find(attrs, LSP_ATTR_STRING, key, ret);
}

int lsp_ring_attrs_int(struct lsp_slice attrs, struct lsp_slice key, int64_t *ret)
{
	struct lsp_slice value;
	if (find(attrs, LSP_ATTR_INT, key, &value) || value.len != sizeof(*ret))
		return -ENOENT;
	memcpy(ret, value.at, sizeof(*ret));
	return 0;
}

int lsp_ring_attrs_encode(struct lsp_buf *out, unsigned field, struct lsp_slice attrs)
{
	int rc = 0;
	for (struct attr a; rc == 0 && next(&attrs, &a);)
		rc = encode_one(out, field, a.type, a.key, a.value);
	return rc;
}

int lsp_ring_attrs_replace(
	struct lsp_buf *out, struct lsp_slice attrs, struct lsp_slice key, struct lsp_slice value)
{
	int rc = 0;
	for (struct attr a; rc == 0 && next(&attrs, &a);) {
		if (a.type == LSP_ATTR_STRING && lsp_slice_equal(a.key, key))
			a.value = value;
		if (a.value.len > UINT16_MAX)
			a.value.len = UINT16_MAX;
		uint8_t head[4] = { (uint8_t)a.type, (uint8_t)a.key.len, (uint8_t)a.value.len,
			(uint8_t)(a.value.len >> 8) };
		rc = lsp_buf_add(out, head, sizeof(head));
		rc = rc ? rc : lsp_buf_add(out, a.key.at, a.key.len);
		rc = rc ? rc : lsp_buf_add(out, a.value.at, a.value.len);
	}
	return rc;
}
