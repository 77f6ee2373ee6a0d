/* A JSON object into a protobuf message, by the table of otlp_json_schema.c. */
#include "../core/hex.h"
#include "otlp_encode.h"
#include "otlp_findings.h"
#include "otlp_json_schema.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_DEPTH_MAX 48 /* AnyValue in ArrayValue in AnyValue: two levels a nesting */

struct encoder {
	char *why;
	size_t cap;
	const char *message, *key;
	int depth;
	unsigned unread; /* LSP_OTLP_…_UNREAD, of the outermost message */
};

static int bad(struct encoder *e, const char *what)
{
	snprintf(e->why, e->cap, "%s.%s: %s", e->message, e->key, what);
	return -EBADMSG;
}

static int out_of_range(struct encoder *e)
{
	(void)bad(e, "out of range");
	return -ERANGE;
}

/* ---- scalars --------------------------------------------------------------------------------- */

/* A decimal string. A negative one gives its two's complement. */
static int whole_text(struct encoder *e, const char *text, bool is_signed, uint64_t *ret)
{
	char *end;

	if (!text || !*text || strspn(text, "-0123456789") != strlen(text))
		return bad(e, "neither a number nor a decimal string");
	errno = 0;
	if (is_signed)
		*ret = (uint64_t)strtoll(text, &end, 10);
	else
		*ret = *text == '-' ? 0 : strtoull(text, &end, 10);
	return (!is_signed && *text == '-') || errno || *end ? out_of_range(e) : 0;
}

/* A whole number, as such or as a decimal string, that its field can hold. Returns 0, -EBADMSG for
 * what is no number, -ERANGE for one that does not fit. */
static int whole(struct encoder *e, const json_t *value, unsigned kind, uint64_t *ret)
{
	bool is_signed = kind == LSP_JSON_INT;
	double real = json_number_value(value);
	int r;

	if (json_is_number(value) && real < 0 && !is_signed)
		return out_of_range(e);
	if (json_is_integer(value)) {
		*ret = (uint64_t)json_integer_value(value);
	} else if (json_is_real(value)) {
		if (real != floor(real))
			return bad(e, "not a whole number");
		if (real < -0x1p63 || real >= (is_signed ? 0x1p63 : 0x1p64))
			return out_of_range(e);
		*ret = is_signed ? (uint64_t)(int64_t)real : (uint64_t)real;
	} else {
		r = whole_text(e, json_string_value(value), is_signed, ret);
		if (r)
			return r;
	}
	if ((kind == LSP_JSON_FIXED32 || kind == LSP_JSON_UINT) && *ret > UINT32_MAX)
		return out_of_range(e);
	return 0;
}

static int put_double(struct encoder *e, struct lsp_buf *out, unsigned number, const json_t *value)
{
	const char *text = json_string_value(value);
	double real = json_number_value(value);
	uint64_t bits;
	char *end;

	if (text && strcmp(text, "NaN") == 0)
		real = NAN;
	else if (text && strcmp(text, "Infinity") == 0)
		real = INFINITY;
	else if (text && strcmp(text, "-Infinity") == 0)
		real = -INFINITY;
	else if (text) {
		real = strtod(text, &end);
		if (!*text || *end)
			return bad(e, "not a number");
	} else if (!json_is_number(value))
		return bad(e, "not a number");
	memcpy(&bits, &real, sizeof(bits));
	return lsp_pb_fixed64(out, number, bits);
}

/* What JSON.stringify makes of a Buffer of Node.js: {"type":"Buffer","data":[…]}. dd-trace sends
 * the ids of log records so. False for any other value. */
static bool buffer_bytes(const json_t *value, uint8_t *ret, size_t cap, size_t *ret_n)
{
	const char *type = json_string_value(json_object_get(value, "type"));
	const json_t *data = json_object_get(value, "data"), *byte;
	size_t i;

	if (!type || strcmp(type, "Buffer") != 0 || !json_is_array(data))
		return false;
	*ret_n = 0;
	if (json_array_size(data) > cap)
		return true; /* no id */
	json_array_foreach(data, i, byte)
	{
		if (!json_is_integer(byte) || (uint64_t)json_integer_value(byte) > 255)
			return false;
		ret[i] = (uint8_t)json_integer_value(byte);
	}
	*ret_n = json_array_size(data);
	return true;
}

static unsigned unread_flag(const char *key)
{
	if (strcmp(key, "traceId") == 0)
		return LSP_OTLP_TRACE_UNREAD;
	return strcmp(key, "spanId") == 0 ? LSP_OTLP_SPAN_UNREAD : LSP_OTLP_PARENT_UNREAD;
}

/* An id that is not hex is left out: its record is then judged as one without it. */
static int put_id(struct encoder *e, struct lsp_buf *out, unsigned number, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t digits = json_string_length(value), n = 0;
	uint8_t id[64];

	if (text && digits % 2 == 0 && digits <= 2 * sizeof(id) &&
		lsp_hex_decode(id, text, digits / 2) == 0)
		n = digits / 2;
	else if (!text && !buffer_bytes(value, id, sizeof(id), &n))
		return bad(e, "not a string");
	if (n == 0 && e->depth == 0 && !(text && digits == 0))
		e->unread |= unread_flag(e->key);
	return n ? lsp_pb_bytes(out, number, id, n) : 0;
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at;

	if (c == '-')
		c = '+';
	else if (c == '_')
		c = '/';
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static int put_base64(struct encoder *e, struct lsp_buf *out, unsigned number, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value), used = 0;
	unsigned bits = 0, have = 0;
	char *bytes;
	int r;

	if (!text)
		return bad(e, "not a string");
	while (n > 0 && text[n - 1] == '=')
		n--;
	bytes = malloc(n * 3 / 4 + 1);
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0) {
			free(bytes);
			return bad(e, "not base64");
		}
		bits = bits << 6 | (unsigned)digit;
		have += 6;
		if (have >= 8)
			bytes[used++] = (char)(bits >> (have -= 8));
	}
	r = lsp_pb_bytes(out, number, bytes, used);
	free(bytes);
	return r;
}

static int put_scalar(
	struct encoder *e, struct lsp_buf *out, const struct lsp_json_field *f, const json_t *value)
{
	uint64_t number;
	int r;

	switch (f->kind) {
	case LSP_JSON_STRING:
		if (!json_is_string(value))
			return bad(e, "not a string");
		return lsp_pb_bytes(
			out, f->number, json_string_value(value), json_string_length(value));
	case LSP_JSON_HEX:
		return put_id(e, out, f->number, value);
	case LSP_JSON_BASE64:
		return put_base64(e, out, f->number, value);
	case LSP_JSON_BOOL:
		if (!json_is_boolean(value))
			return bad(e, "neither true nor false");
		return lsp_pb_varint(out, f->number, json_is_true(value));
	case LSP_JSON_DOUBLE:
		return put_double(e, out, f->number, value);
	case LSP_JSON_ENUM:
		if (!json_is_integer(value))
			return bad(e, "an enum is an integer here, names are not allowed");
		return lsp_pb_varint(out, f->number, (uint64_t)json_integer_value(value));
	default:
		r = whole(e, value, f->kind, &number);
		if (r == -ERANGE && f->kind == LSP_JSON_LOG_TIME)
			return 0;
		if (r)
			return -EBADMSG;
		if (f->kind == LSP_JSON_FIXED64 || f->kind == LSP_JSON_LOG_TIME)
			return lsp_pb_fixed64(out, f->number, number);
		if (f->kind == LSP_JSON_FIXED32)
			return lsp_pb_fixed32(out, f->number, (uint32_t)number);
		return lsp_pb_varint(out, f->number, number);
	}
}

/* ---- messages -------------------------------------------------------------------------------- */

static int put_object(struct encoder *e, struct lsp_buf *out, const json_t *object,
	const struct lsp_json_message *message, int depth);

static int put_embedded(struct encoder *e, struct lsp_buf *out, const struct lsp_json_field *f,
	const json_t *value, int depth)
{
	struct lsp_buf inner;
	int r;

	if (!json_is_object(value))
		return bad(e, "not an object");
	lsp_buf_init(&inner, out->max);
	r = put_object(e, &inner, value, f->message, depth + 1);
	if (r == 0)
		r = lsp_pb_bytes(out, f->number, inner.at ? inner.at : "", inner.len);
	lsp_buf_release(&inner);
	return r;
}

static int put_field(struct encoder *e, struct lsp_buf *out, const struct lsp_json_field *f,
	const json_t *value, int depth)
{
	const json_t *element;
	size_t i;
	int r;

	if (f->kind == LSP_JSON_MESSAGE)
		return put_embedded(e, out, f, value, depth);
	if (f->kind != LSP_JSON_LIST)
		return put_scalar(e, out, f, value);
	if (!json_is_array(value))
		return bad(e, "not an array");
	json_array_foreach(value, i, element)
	{
		r = put_embedded(e, out, f, element, depth);
		if (r)
			return r;
	}
	return 0;
}

static int put_object(struct encoder *e, struct lsp_buf *out, const json_t *object,
	const struct lsp_json_message *message, int depth)
{
	if (depth > MESSAGE_DEPTH_MAX)
		return bad(e, "nested too deep");
	for (const struct lsp_json_field *f = message->fields; f->key; f++) {
		const json_t *value = json_object_get(object, f->key);
		int r;

		if (!value || json_is_null(value))
			continue;
		e->message = message->name;
		e->key = f->key;
		e->depth = depth;
		r = put_field(e, out, f, value, depth);
		if (r)
			return r;
	}
	return 0;
}

int lsp_json_encode(struct lsp_buf *out, const json_t *object,
	const struct lsp_json_message *message, char *why, size_t cap, unsigned *ret_unread)
{
	struct encoder e = { why, cap, message->name, "", 0, 0 };
	int r;

	if (!json_is_object(object)) {
		snprintf(why, cap, "%s: not an object", message->name);
		return -EBADMSG;
	}
	r = put_object(&e, out, object, message, 0);
	if (ret_unread)
		*ret_unread = e.unread;
	return r;
}
