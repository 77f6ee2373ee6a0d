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

int lsp_otlp_any_read(struct lsp_otlp_any *any, struct lsp_slice part)
{
	static const uint8_t wires[] = { [LSP_OTLP_ANY_STRING] = LSP_PB_BYTES,
		[LSP_OTLP_ANY_BOOL] = LSP_PB_VARINT,
		[LSP_OTLP_ANY_INT] = LSP_PB_VARINT,
		[LSP_OTLP_ANY_DOUBLE] = LSP_PB_FIXED64,
		[LSP_OTLP_ANY_ARRAY] = LSP_PB_BYTES,
		[LSP_OTLP_ANY_MAP] = LSP_PB_BYTES,
		[LSP_OTLP_ANY_BYTES] = LSP_PB_BYTES };
	struct lsp_pb p = lsp_pb_open(part);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.number < LSP_OTLP_ANY_STRING || f.number > LSP_OTLP_ANY_BYTES ||
			f.wire != wires[f.number])
			continue;
		any->kind = (enum lsp_otlp_any_kind)f.number;
		any->number = f.wire == LSP_PB_BYTES ? 0 : f.value;
		any->bytes = f.wire == LSP_PB_BYTES ? f.bytes : (struct lsp_slice){ "", 0 };
		if (any->each)
			any->each(any);
	}
	return r;
}

/* ---- as JSON --------------------------------------------------------------------------------- */

/* What value_json() has made of the members so far. */
struct maker {
	struct lsp_otlp_any any;
	enum lsp_otlp_any_kind made;
	json_t *json; /* NULL: nothing */
	int depth;
};

static void make(struct lsp_otlp_any *any);

static struct maker maker_at(int depth)
{
	return (struct maker){ .any = { .each = make }, .depth = depth };
}

/* ArrayValue / KeyValueList: repeated field 1. */
static void add_list(json_t *json, struct lsp_slice list, bool is_map, int depth)
{
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
}

static json_t *scalar_json(const struct lsp_otlp_any *any)
{
	switch (any->kind) {
	case LSP_OTLP_ANY_STRING:
		return lsp_otlp_string_json(any->bytes);
	case LSP_OTLP_ANY_BOOL:
		return json_boolean(any->number != 0);
	case LSP_OTLP_ANY_INT:
		return json_integer((json_int_t)any->number);
	case LSP_OTLP_ANY_DOUBLE:
		return double_json(any->number);
	case LSP_OTLP_ANY_BYTES:
		return bytes_json(any->bytes);
	default:
		return NULL;
	}
}

/* A oneof: the last member wins; a list that comes again goes on. */
static void make(struct lsp_otlp_any *any)
{
	struct maker *m = (struct maker *)any;
	bool is_map = any->kind == LSP_OTLP_ANY_MAP;
	bool is_list = is_map || any->kind == LSP_OTLP_ANY_ARRAY;

	if (!is_list || m->made != any->kind) {
		json_decref(m->json);
		m->json = scalar_json(any);
		if (is_list && m->depth < LSP_VALUE_DEPTH_MAX)
			m->json = is_map ? json_object() : json_array();
		m->made = any->kind;
	}
	if (is_list)
		add_list(m->json, any->bytes, is_map, m->depth + 1);
}

static json_t *made(struct maker *m)
{
	return m->json ? m->json : json_null();
}

json_t *lsp_otlp_value_json(struct lsp_slice any, int depth)
{
	struct maker m = maker_at(depth);

	(void)lsp_otlp_any_read(&m.any, any);
	return made(&m);
}

json_t *lsp_otlp_body_json(struct lsp_slice record)
{
	struct maker m = maker_at(0);
	struct lsp_pb p = lsp_pb_open(record);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == LSP_OTLP_LOG_BODY && f.wire == LSP_PB_BYTES)
			(void)lsp_otlp_any_read(&m.any, f.bytes);
	return made(&m);
}

int lsp_otlp_key_value_json(json_t *object, struct lsp_slice key_value, int depth)
{
	struct maker value = maker_at(depth);
	struct lsp_slice key = { "", 0 };
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
			(void)lsp_otlp_any_read(&value.any, f.bytes);
	}
	if (r) {
		json_decref(value.json);
		return r;
	}
	lsp_buf_init(&name, key.len * 3 + 1);
	r = lsp_otlp_add_utf8(&name, key);
	if (r == 0 && json_object_setn_new_nocheck(object, name.at, name.len, made(&value)))
		r = -ENOMEM;
	else if (r)
		json_decref(value.json);
	lsp_buf_release(&name);
	return r;
}
