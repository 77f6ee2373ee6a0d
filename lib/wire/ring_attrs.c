#include "ring_attrs.h"
#include "../core/ring_layout.h"
#include "otlp_encode.h"

#include <errno.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Length of the well-formed sequence at p (Unicode, table 3-7), 0 when it is not well-formed. */
static size_t sequence(const uint8_t *p, size_t n)
{
	static const struct {
		uint8_t first, last, second_from, second_to, length;
	} table[] = {
		{ 0x00, 0x7F, 0, 0, 1 },
		{ 0xC2, 0xDF, 0x80, 0xBF, 2 },
		{ 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 },
		{ 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 },
		{ 0xF1, 0xF3, 0x80, 0xBF, 4 },
		{ 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};
	size_t i = 0;
	while (i < sizeof(table) / sizeof(table[0]) && p[0] > table[i].last)
		i++;
	if (i == sizeof(table) / sizeof(table[0]) || p[0] < table[i].first || n < table[i].length)
		return 0;
	if (table[i].length > 1 && (p[1] < table[i].second_from || p[1] > table[i].second_to))
		return 0;
	for (size_t k = 2; k < table[i].length; k++)
		if ((p[k] & 0xC0) != 0x80)
			return 0;
	return table[i].length;
}

/* How many of the bytes at the start are well-formed. */
static size_t good_bytes(const char *at, size_t n)
{
	size_t good = 0, length;
	uint64_t eight;
	while (good < n) {
		if (n - good >= sizeof(eight)) {
			memcpy(&eight, at + good, sizeof(eight));
			if ((eight & 0x8080808080808080ull) == 0) {
				good += sizeof(eight);
				continue;
			}
		}
		length = sequence((const uint8_t *)at + good, n - good);
		if (length == 0)
			break;
		good += length;
	}
	return good;
}

bool lsp_ring_is_utf8(struct lsp_slice text)
{
	return good_bytes(text.at, text.len) == text.len;
}

int lsp_ring_mend_utf8(struct lsp_buf *out, struct lsp_slice text)
{
	while (text.len) {
		size_t good = good_bytes(text.at, text.len);
		int rc = lsp_buf_add(out, text.at, good);
		if (rc == 0 && good < text.len)
			rc = lsp_buf_add(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
		if (rc)
			return rc;
		good += good < text.len;
		text.at += good;
		text.len -= good;
	}
	return 0;
}

static int encode_string(
	struct lsp_buf *out, unsigned field, struct lsp_slice key, struct lsp_slice value)
{
	if (lsp_ring_is_utf8(value))
		return lsp_pb_attr_string(out, field, key, value);
	struct lsp_buf mended;
	lsp_buf_init(&mended, 4 * (size_t)UINT16_MAX);
	int rc = lsp_ring_mend_utf8(&mended, value);
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
	if (key.len == 0 || !lsp_ring_is_utf8(key))
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
