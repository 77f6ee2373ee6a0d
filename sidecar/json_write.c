#include "json_write.h"

#include <errno.h>
#include <inttypes.h>

#define DEPTH_MAX       1000
#define PRINT_BYTES_MAX (2048ull * 1024 * 1024)
#define NUMBER_CHARS    32

/* Strings of jansson are UTF-8. What has to be escaped, and first bytes of what had better be. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && c != 0xc2 && c != 0xd8 &&
	       c != 0xe2 && c != 0xef;
}

/* Characters that a terminal obeys, or that turn a text round: C1, and Unicode's marks, overrides
 * and isolates of direction, separators of lines, and the byte order mark. Returns the code and
 * its length, 0 for all others. */
static unsigned unsafe_code(const char *at, size_t n, size_t *ret_bytes)
{
	const unsigned char *p = (const unsigned char *)at;
	unsigned code = 0;
	if (n >= 2 && (p[0] == 0xc2 || p[0] == 0xd8)) {
		code = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		*ret_bytes = 2;
		return (code >= 0x80 && code < 0xa0) || code == 0x61c ? code : 0;
	}
	if (n < 3)
		return 0;
	code = (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	*ret_bytes = 3;
	return (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
			       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff
		       ? code
		       : 0;
}

static int add_code(struct lsp_buf *out, unsigned code)
{
	char text[8];
	return lsp_buf_add(out, text, (size_t)snprintf(text, sizeof(text), "\\u%04X", code));
}

static int add_escape(struct lsp_buf *out, unsigned char c)
{
	static const char names[] = "btn?fr";
	char text[8] = { '\\', (char)c };
	size_t n = 2;
	if (c >= '\b' && c <= '\r' && c != '\v')
		text[1] = names[c - '\b'];
	else if (c < 0x20 || c == 0x7f)
		n = (size_t)snprintf(text, sizeof(text), "\\u%04X", c);
	return lsp_buf_add(out, text, n);
}

static int add_string(struct lsp_buf *out, const char *text, size_t n)
{
	size_t plain = 0;
	int rc = lsp_buf_add(out, "\"", 1);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t bytes = 1;
		unsigned code = 0;
		if (is_plain(c) || (c >= 0x80 && !(code = unsafe_code(text + i, n - i, &bytes))))
			continue;
		rc = lsp_buf_add(out, text + plain, i - plain);
		rc = rc ? rc : code ? add_code(out, code) : add_escape(out, c);
		i += bytes - 1;
		plain = i + 1;
	}
	rc = rc ? rc : lsp_buf_add(out, text + plain, n - plain);
	return rc ? rc : lsp_buf_add(out, "\"", 1);
}

static int add_integer(struct lsp_buf *out, json_int_t value)
{
	char digits[NUMBER_CHARS], *at = digits + sizeof(digits);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--at = '-';
	return lsp_buf_add(out, at, (size_t)(digits + sizeof(digits) - at));
}

/* As short as it can be read back; with a point, as it is no integer. */
static int add_real(struct lsp_buf *out, double value)
{
	char text[NUMBER_CHARS];
	int n = snprintf(text, sizeof(text), "%.15g", value);
	double back;
	if (sscanf(text, "%lf", &back) != 1 || back < value || back > value)
		n = snprintf(text, sizeof(text), "%.17g", value);
	if (!strpbrk(text, ".e"))
		n += snprintf(text + n, sizeof(text) - (size_t)n, ".0");
	return lsp_buf_add(out, text, (size_t)n);
}

static int add_value(struct lsp_buf *out, const json_t *json, int depth);

static int add_object(struct lsp_buf *out, json_t *json, int depth)
{
	int rc = lsp_buf_add(out, "{", 1);
	bool first = true;
	for (void *at = json_object_iter(json); rc == 0 && at;
		at = json_object_iter_next(json, at)) {
		rc = first ? 0 : lsp_buf_add(out, ",", 1);
		rc = rc ? rc
			: add_string(out, json_object_iter_key(at), json_object_iter_key_len(at));
		rc = rc ? rc : lsp_buf_add(out, ":", 1);
		rc = rc ? rc : add_value(out, json_object_iter_value(at), depth);
		first = false;
	}
	return rc ? rc : lsp_buf_add(out, "}", 1);
}

static int add_array(struct lsp_buf *out, const json_t *json, int depth)
{
	int rc = lsp_buf_add(out, "[", 1);
	for (size_t i = 0; rc == 0 && i < json_array_size(json); i++) {
		rc = i ? lsp_buf_add(out, ",", 1) : 0;
		rc = rc ? rc : add_value(out, json_array_get(json, i), depth);
	}
	return rc ? rc : lsp_buf_add(out, "]", 1);
}

static int add_value(struct lsp_buf *out, const json_t *json, int depth)
{
	if (depth >= DEPTH_MAX)
		return -EINVAL;
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return add_object(out, (json_t *)(uintptr_t)json, depth + 1);
	case JSON_ARRAY:
		return add_array(out, json, depth + 1);
	case JSON_STRING:
		return add_string(out, json_string_value(json), json_string_length(json));
	case JSON_INTEGER:
		return add_integer(out, json_integer_value(json));
	case JSON_REAL:
		return add_real(out, json_real_value(json));
	case JSON_TRUE:
		return lsp_buf_add(out, "true", 4);
	case JSON_FALSE:
		return lsp_buf_add(out, "false", 5);
	default:
		return lsp_buf_add(out, "null", 4);
	}
}

int lsp_json_write(struct lsp_buf *out, const json_t *json)
{
	return add_value(out, json, 0);
}

int lsp_json_print(FILE *out, const json_t *json)
{
	struct lsp_buf text;
	lsp_buf_init(&text, PRINT_BYTES_MAX);
	int rc = lsp_json_write(&text, json);
	rc = rc ? rc : lsp_buf_add(&text, "\n", 1);
	if (rc == 0 && fwrite(text.at, 1, text.len, out) != text.len)
		rc = -EIO;
	lsp_buf_release(&text);
	return rc;
}
