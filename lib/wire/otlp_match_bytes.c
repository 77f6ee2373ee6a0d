/* What the encodings of an attribute look like, for engines that search bytes. */
#include "otlp_match.h"

#include "otlp_any.h"
#include "otlp_encode.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct asked {
	const struct lsp_attr *attr;
	struct lsp_buf any, pair;
	int (*each)(void *arg, struct lsp_slice bytes);
	void *arg;
};

static struct lsp_slice slice_of(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at ? b->at : "", b->len };
}

static int put_field(struct asked *a, unsigned field, struct lsp_slice bytes)
{
	return lsp_pb_bytes(&a->pair, field, bytes.at, bytes.len);
}

/* The key and the value that lies in `any`; encoders may write them in either order. */
static int give_pair(struct asked *a)
{
	int r;

	lsp_buf_clear(&a->pair);
	r = put_field(a, 1, a->attr->key);
	r = r ? r : put_field(a, 2, slice_of(&a->any));
	r = r ? r : a->each(a->arg, slice_of(&a->pair));
	if (r)
		return r;
	lsp_buf_clear(&a->pair);
	r = put_field(a, 2, slice_of(&a->any));
	r = r ? r : put_field(a, 1, a->attr->key);
	lsp_buf_clear(&a->any);
	return r ? r : a->each(a->arg, slice_of(&a->pair));
}

static int give_key(struct asked *a)
{
	int r;

	lsp_buf_clear(&a->pair);
	r = put_field(a, 1, a->attr->key);
	return r ? r : a->each(a->arg, slice_of(&a->pair));
}

static int give_bytes(struct asked *a, unsigned field, const void *at, size_t n)
{
	int r = lsp_pb_bytes(&a->any, field, at, n);

	return r ? r : give_pair(a);
}

static int give_varint(struct asked *a, unsigned field, uint64_t value)
{
	int r = lsp_pb_varint(&a->any, field, value);

	return r ? r : give_pair(a);
}

static int give_double(struct asked *a, double value)
{
	uint64_t bits;
	int r;

	memcpy(&bits, &value, sizeof(bits));
	r = lsp_pb_fixed64(&a->any, LSP_ANY_DOUBLE, bits);
	return r ? r : give_pair(a);
}

static int give_numbers(struct asked *a, const char *text)
{
	char *end;
	int r = 0;
	long long whole;
	double value;

	errno = 0;
	whole = strtoll(text, &end, 10);
	if (*end == 0 && errno == 0)
		r = give_varint(a, LSP_ANY_INT, (uint64_t)whole);
	value = strtod(text, &end);
	if (r || *end)
		return r;
	if (value > 0 || value < 0)
		return give_double(a, value);
	r = give_double(a, 0.0);
	return r ? r : give_double(a, -0.0);
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The bytes that a text is the base64 of. Returns how many; -1 when it is none. */
static int decode_base64(struct lsp_slice text, unsigned char bytes[LSP_ATTR_BYTES_MAX])
{
	size_t n = 0, digits = text.len;
	uint32_t bits = 0;

	if (text.len % 4)
		return -1;
	while (digits && text.len - digits < 2 && text.at[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < digits; i++) {
		int digit = base64_digit(text.at[i]);

		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4)
			bytes[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	return (int)n;
}

static int give_base64(struct asked *a, struct lsp_slice text)
{
	unsigned char bytes[LSP_ATTR_BYTES_MAX];
	int n = decode_base64(text, bytes);

	return n < 0 ? 0 : give_bytes(a, LSP_ANY_BYTES, bytes, (size_t)n);
}

static int give_all(struct asked *a)
{
	struct lsp_slice value = a->attr->value;
	char text[LSP_ANY_NUMBER_CHARS];
	int r = give_bytes(a, LSP_ANY_STRING, value.at, value.len);

	if (r == 0 && lsp_slice_equal(a->attr->key, LSP_SLICE("event.name"))) {
		lsp_buf_clear(&a->pair);
		r = put_field(a, LSP_ANY_EVENT_NAME, value);
		r = r ? r : a->each(a->arg, slice_of(&a->pair));
	}
	/* No value at all; lists and maps, which have many encodings; many NaNs. */
	if (r || value.len == 0 || value.at[0] == '[' || value.at[0] == '{' ||
		lsp_slice_equal(value, LSP_SLICE("NaN")))
		return r ? r : give_key(a);
	if (lsp_slice_equal(value, LSP_SLICE("true")) || lsp_slice_equal(value, LSP_SLICE("false")))
		r = give_varint(a, LSP_ANY_BOOL, value.len == 4);
	else if (lsp_slice_equal(value, LSP_SLICE("Infinity")))
		r = give_double(a, (double)INFINITY);
	else if (lsp_slice_equal(value, LSP_SLICE("-Infinity")))
		r = give_double(a, -(double)INFINITY);
	if (r == 0 && value.len < sizeof(text)) {
		memcpy(text, value.at, value.len);
		text[value.len] = 0;
		if (strspn(text, "0123456789+-.eE") == value.len)
			r = give_numbers(a, text);
	}
	return r ? r : give_base64(a, value);
}

int lsp_otlp_attr_bytes(
	const struct lsp_attr *a, int (*each)(void *arg, struct lsp_slice bytes), void *arg)
{
	struct asked asked = { .attr = a, .each = each, .arg = arg };
	int r;

	lsp_buf_init(&asked.any, 4u * LSP_ATTR_BYTES_MAX);
	lsp_buf_init(&asked.pair, 4u * LSP_ATTR_BYTES_MAX);
	r = give_all(&asked);
	lsp_buf_release(&asked.any);
	lsp_buf_release(&asked.pair);
	return r;
}

static bool is_in(const void *at, size_t n, struct lsp_slice messages)
{
	return memmem(messages.at, messages.len, at, n) != NULL;
}

/* A value that can only be a string or bytes: no number, list, boolean. */
static bool is_text_only(struct lsp_slice v)
{
	double number;

	return v.len && v.at[0] != '[' && v.at[0] != '{' && !lsp_any_read_double(v, &number) &&
	       !lsp_slice_equal(v, LSP_SLICE("true")) && !lsp_slice_equal(v, LSP_SLICE("false")) &&
	       !lsp_slice_equal(v, LSP_SLICE("NaN")) &&
	       !lsp_slice_equal(v, LSP_SLICE("Infinity")) &&
	       !lsp_slice_equal(v, LSP_SLICE("-Infinity"));
}

bool lsp_otlp_attr_may_be_in(const struct lsp_attr *a, struct lsp_slice messages)
{
	unsigned char bytes[LSP_ATTR_BYTES_MAX];
	int n;

	if (!is_in(a->key.at, a->key.len, messages))
		return false;
	if (!is_text_only(a->value) || is_in(a->value.at, a->value.len, messages))
		return true;
	n = decode_base64(a->value, bytes);
	return n >= 0 && is_in(bytes, (size_t)n, messages);
}
