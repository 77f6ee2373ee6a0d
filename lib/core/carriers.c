/* Each reader gets the head and returns 0, -ENOENT or -EINVAL as lsp_carriers_read() does. */
#include "carriers.h"
#include "hex.h"
#include "traceparent.h"

#include <errno.h>

struct text {
	const char *at;
	size_t n;
};

static struct text value_of(const struct lsp_http_head *h, enum lsp_http_header which)
{
	if (h->too_long & 1u << which)
		return (struct text){ "", 0 };
	return (struct text){ lsp_http_value(h, which), h->value_bytes[which] };
}

static bool is_there(const struct lsp_http_head *h, enum lsp_http_header which)
{
	return h->value_bytes[which] > 0;
}

/* Up to the mark, which is taken away with it. */
static struct text take_until(struct text *rest, char mark)
{
	const char *at = memchr(rest->at, mark, rest->n);
	struct text part = { rest->at, at ? (size_t)(at - rest->at) : rest->n };
	size_t gone = part.n + (at ? 1 : 0);

	rest->at += gone;
	rest->n -= gone;
	return part;
}

/* Hex of at most 2 * bytes digits, right-aligned; "short" ones only where leading zeros may be left
 * out. False when it is not that, or all zero. */
static bool read_hex(struct text t, uint8_t *ret, size_t bytes, bool may_be_short)
{
	char padded[2 * LSP_TRACE_ID_BYTES];
	uint8_t any = 0;

	if (t.n == 0 || t.n > 2 * bytes || (!may_be_short && t.n != 2 * bytes && t.n != bytes))
		return false;
	memset(padded, '0', sizeof(padded));
	memcpy(padded + 2 * bytes - t.n, t.at, t.n);
	if (lsp_hex_decode(ret, padded, bytes))
		return false;
	for (size_t i = 0; i < bytes; i++)
		any |= ret[i];
	return any != 0;
}

static bool read_decimal(struct text t, uint8_t ret[8])
{
	uint64_t value = 0;

	if (t.n == 0 || t.n > 20)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (t.at[i] < '0' || t.at[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(t.at[i] - '0'), &value))
			return false;
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	return value != 0;
}

static bool is(struct text t, const char *word)
{
	return t.n == strlen(word) && memcmp(t.at, word, t.n) == 0;
}

/* ---- the carriers ---------------------------------------------------------------------------- */

static int read_traceparent(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text t = value_of(h, LSP_HTTP_TRACEPARENT);

	if (!is_there(h, LSP_HTTP_TRACEPARENT))
		return -ENOENT;
	return lsp_traceparent_parse(t.at, t.n, ret);
}

static int read_b3_single(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text rest = value_of(h, LSP_HTTP_B3), trace, span, sampled;

	if (!is_there(h, LSP_HTTP_B3) || is(rest, "0") || is(rest, "1") || is(rest, "d"))
		return -ENOENT;
	trace = take_until(&rest, '-');
	span = take_until(&rest, '-');
	sampled = take_until(&rest, '-');
	if (!read_hex(trace, ret->trace_id, LSP_TRACE_ID_BYTES, false) ||
		span.n != LSP_SPAN_ID_HEX ||
		!read_hex(span, ret->span_id, LSP_SPAN_ID_BYTES, false))
		return -EINVAL;
	if (sampled.n > 0 && !is(sampled, "0") && !is(sampled, "1") && !is(sampled, "d") &&
		sampled.n != LSP_SPAN_ID_HEX)
		return -EINVAL;
	ret->flags = is(sampled, "1") || is(sampled, "d") ? LSP_FLAG_SAMPLED : 0;
	return 0;
}

static int read_b3_multi(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text sampled = value_of(h, LSP_HTTP_B3_SAMPLED),
		    span = value_of(h, LSP_HTTP_B3_SPAN);

	if (!is_there(h, LSP_HTTP_B3_TRACE) && !is_there(h, LSP_HTTP_B3_SPAN))
		return -ENOENT;
	if (!read_hex(value_of(h, LSP_HTTP_B3_TRACE), ret->trace_id, LSP_TRACE_ID_BYTES, false) ||
		span.n != LSP_SPAN_ID_HEX ||
		!read_hex(span, ret->span_id, LSP_SPAN_ID_BYTES, false))
		return -EINVAL;
	if (is(sampled, "1") || is(sampled, "true") || is(value_of(h, LSP_HTTP_B3_FLAGS), "1"))
		ret->flags = LSP_FLAG_SAMPLED;
	return 0;
}

/* ":" may come as "%3A". */
static struct text take_jaeger(struct text *rest)
{
	for (size_t i = 0; i + 2 < rest->n && rest->at[i] != ':'; i++)
		if (rest->at[i] == '%' && rest->at[i + 1] == '3' &&
			(rest->at[i + 2] | 0x20) == 'a') {
			struct text part = { rest->at, i };

			rest->at += i + 3;
			rest->n -= i + 3;
			return part;
		}
	return take_until(rest, ':');
}

static int read_jaeger(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text rest = value_of(h, LSP_HTTP_UBER), trace, span;
	uint8_t flags = 0;

	if (!is_there(h, LSP_HTTP_UBER))
		return -ENOENT;
	trace = take_jaeger(&rest);
	span = take_jaeger(&rest);
	(void)take_jaeger(&rest);
	if (!read_hex(trace, ret->trace_id, LSP_TRACE_ID_BYTES, true) ||
		!read_hex(span, ret->span_id, LSP_SPAN_ID_BYTES, true) || rest.n == 0 || rest.n > 2)
		return -EINVAL;
	if (!read_hex(rest, &flags, 1, true) && !is(rest, "0") && !is(rest, "00"))
		return -EINVAL;
	ret->flags = flags & 3 ? LSP_FLAG_SAMPLED : 0;
	return 0;
}

/* "_dd.p.tid=" among the tags: the high half. One that is not 16 digits is left out. */
static void read_datadog_high(struct text tags, uint8_t ret[8])
{
	static const char name[] = "_dd.p.tid=";
	const size_t n = sizeof(name) - 1;

	while (tags.n > 0) {
		struct text tag = take_until(&tags, ',');
		uint8_t high[8];

		if (tag.n == n + 16 && memcmp(tag.at, name, n) == 0 &&
			lsp_hex_decode(high, tag.at + n, 8) == 0)
			memcpy(ret, high, sizeof(high));
	}
}

static int read_datadog(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text priority = value_of(h, LSP_HTTP_DATADOG_PRIORITY);

	if (!is_there(h, LSP_HTTP_DATADOG_TRACE))
		return -ENOENT;
	if (!read_decimal(value_of(h, LSP_HTTP_DATADOG_TRACE), ret->trace_id + 8))
		return -EINVAL;
	if (!read_decimal(value_of(h, LSP_HTTP_DATADOG_PARENT), ret->span_id) &&
		is_there(h, LSP_HTTP_DATADOG_PARENT) &&
		!is(value_of(h, LSP_HTTP_DATADOG_PARENT), "0"))
		return -EINVAL;
	read_datadog_high(value_of(h, LSP_HTTP_DATADOG_TAGS), ret->trace_id);
	ret->flags = is(priority, "1") || is(priority, "2") ? LSP_FLAG_SAMPLED : 0;
	return 0;
}

static bool read_xray_root(struct text t, uint8_t ret[LSP_TRACE_ID_BYTES])
{
	return t.n == 35 && memcmp(t.at, "1-", 2) == 0 && t.at[10] == '-' &&
	       lsp_hex_decode(ret, t.at + 2, 4) == 0 && lsp_hex_decode(ret + 4, t.at + 11, 12) == 0;
}

static int read_xray(const struct lsp_http_head *h, struct lsp_context *ret)
{
	struct text rest = value_of(h, LSP_HTTP_XRAY);

	if (!is_there(h, LSP_HTTP_XRAY))
		return -ENOENT;
	while (rest.n > 0) {
		struct text item = take_until(&rest, ';'), name;

		while (item.n > 0 && item.at[0] == ' ') {
			item.at++;
			item.n--;
		}
		name = take_until(&item, '=');
		if (is(name, "Root") && !read_xray_root(item, ret->trace_id))
			return -EINVAL;
		if (is(name, "Parent") &&
			(item.n != LSP_SPAN_ID_HEX ||
				!read_hex(item, ret->span_id, LSP_SPAN_ID_BYTES, false)))
			return -EINVAL;
		if (is(name, "Sampled") && is(item, "1"))
			ret->flags = LSP_FLAG_SAMPLED;
	}
	return lsp_context_has_trace(ret) ? 0 : -EINVAL;
}

static int (*const readers[])(const struct lsp_http_head *h, struct lsp_context *ret) = {
	read_traceparent,
	read_b3_single,
	read_b3_multi,
	read_jaeger,
	read_datadog,
	read_xray,
};

int lsp_carriers_read(const struct lsp_http_head *h, struct lsp_context *ret)
{
	int result = -ENOENT;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct lsp_context c;
		int r;

		memset(&c, 0, sizeof(c));
		r = readers[i](h, &c);
		if (r == 0) {
			*ret = c;
			return 0;
		}
		if (r != -ENOENT)
			result = r;
	}
	return result;
}
