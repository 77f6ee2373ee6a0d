#include "otlp_value.h"
#include "pb_reader.h"

#include <math.h>

json_t *lsp_otlp_string_json(struct lsp_slice s)
{
	struct lsp_buf mended;
	json_t *json;

	if (lsp_otlp_is_utf8(s))
		return json_stringn_nocheck(s.at ? s.at : "", s.len);
	lsp_buf_init(&mended, s.len * 3 + 1);
	json = lsp_otlp_add_utf8(&mended, s) ? NULL : json_stringn_nocheck(mended.at, mended.len);
	lsp_buf_release(&mended);
	return json;
}

/* bytes_value: base64, as OTLP/JSON writes it. */
static json_t *bytes_json(struct lsp_slice s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = (const unsigned char *)s.at;
	struct lsp_buf out;
	json_t *json;

	lsp_buf_init(&out, s.len / 3 * 4 + 8);
	for (size_t i = 0; i < s.len; i += 3) {
		size_t left = s.len - i;
		unsigned bits = (unsigned)at[i] << 16 | (left > 1 ? (unsigned)at[i + 1] << 8 : 0) |
				(left > 2 ? at[i + 2] : 0);
		char four[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
			left > 1 ? digits[bits >> 6 & 63] : '=',
			left > 2 ? digits[bits & 63] : '=' };

		if (lsp_buf_add(&out, four, 4))
			break;
	}
	json = json_stringn_nocheck(out.at ? out.at : "", out.len);
	lsp_buf_release(&out);
	return json;
}

static json_t *double_json(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (isnan(value))
		return json_string("NaN");
	if (isinf(value))
		return json_string(value > 0 ? "Infinity" : "-Infinity");
	return json_real(value);
}

/* ArrayValue / KeyValueList: repeated field 1. */
static json_t *list_json(struct lsp_slice list, bool is_map, int depth)
{
	json_t *json = is_map ? json_object() : json_array();
	struct lsp_pb p = lsp_pb_open(list);
	struct lsp_pb_field f;

	while (json && lsp_pb_next(&p, &f) == 1) {
		if (f.number != 1 || f.wire != LSP_PB_BYTES)
			continue;
		if (is_map)
			(void)lsp_otlp_key_value_json(json, f.bytes, depth);
		else
			json_array_append_new(json, lsp_otlp_value_json(f.bytes, depth));
	}
	return json;
}

json_t *lsp_otlp_value_json(struct lsp_slice any, int depth)
{
	json_t *json = NULL;
	struct lsp_pb p = lsp_pb_open(any);
	struct lsp_pb_field f;

	/* A oneof: the last one wins. */
	while (lsp_pb_next(&p, &f) == 1) {
		json_t *value = NULL;

		if (f.number == 1 && f.wire == LSP_PB_BYTES)
			value = lsp_otlp_string_json(f.bytes);
		else if (f.number == 2 && f.wire == LSP_PB_VARINT)
			value = json_boolean(f.value != 0);
		else if (f.number == 3 && f.wire == LSP_PB_VARINT)
			value = json_integer((json_int_t)f.value);
		else if (f.number == 4 && f.wire == LSP_PB_FIXED64)
			value = double_json(f.value);
		else if (f.number == 5 && f.wire == LSP_PB_BYTES && depth < LSP_VALUE_DEPTH_MAX)
			value = list_json(f.bytes, false, depth + 1);
		else if (f.number == 6 && f.wire == LSP_PB_BYTES && depth < LSP_VALUE_DEPTH_MAX)
			value = list_json(f.bytes, true, depth + 1);
		else if (f.number == 7 && f.wire == LSP_PB_BYTES)
			value = bytes_json(f.bytes);
		if (value) {
			json_decref(json);
			json = value;
		}
	}
	return json ? json : json_null();
}

int lsp_otlp_key_value_json(json_t *object, struct lsp_slice key_value, int depth)
{
	struct lsp_slice key = { "", 0 }, value = { "", 0 };
	struct lsp_pb p = lsp_pb_open(key_value);
	struct lsp_pb_field f;
	struct lsp_buf name;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 1)
			key = f.bytes;
		else if (f.number == 2)
			value = f.bytes;
	}
	if (r)
		return r;
	lsp_buf_init(&name, key.len * 3 + 1);
	r = lsp_otlp_add_utf8(&name, key);
	if (r == 0 && json_object_setn_new_nocheck(
			      object, name.at, name.len, lsp_otlp_value_json(value, depth)))
		r = -ENOMEM;
	lsp_buf_release(&name);
	return r;
}
