/* Names of ids in text, one table; a name counts with = or : behind it, in quotes or not. */
#include "log_text.h"
#include "../core/hex.h"
#include "../core/traceparent.h"

#include <errno.h>

/* ---- the lines' grammar
 * -------------------------------------------------------------------------- */

enum form {
	FORM_HEX, /* hex of 16 or 32 digits, dashes allowed */
	FORM_DECIMAL, /* Datadog's: decimal of 64 bits, or 32 hex digits */
	FORM_PARENT, /* a whole traceparent */
	FORM_B3, /* trace-span[-flag[-parent]] */
	FORM_JAEGER, /* trace:span:parent:flags */
	FORM_XRAY, /* Root=1-8hex-24hex;Parent=16hex */
	FORM_GOOGLE, /* projects/P/traces/HEX, or HEX */
	FORM_SPAN, /* a span id, hex or decimal */
	FORM_FLAGS,
};

static const struct {
	const char *name; /* lower case; "_" stands for one of _ - . or nothing */
	enum form form;
} names[] = {
	{ "dd_trace_id", FORM_DECIMAL },
	{ "dd_span_id", FORM_SPAN },
	{ "trace_parent", FORM_PARENT },
	{ "uber_trace_id", FORM_JAEGER },
	{ "x_amzn_trace_id", FORM_XRAY },
	{ "x_b3_trace_id", FORM_HEX },
	{ "x_b3_span_id", FORM_SPAN },
	{ "otel_trace_id", FORM_HEX },
	{ "otel_span_id", FORM_SPAN },
	{ "logging.googleapis.com/trace", FORM_GOOGLE },
	{ "logging.googleapis.com/spanid", FORM_SPAN },
	{ "trace_id", FORM_HEX },
	{ "span_id", FORM_SPAN },
	{ "trace_flags", FORM_FLAGS },
	{ "b3", FORM_B3 },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_hex(char c)
{
	c = lower(c);
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

/* The bytes of line that a name takes at `at`, 0 when it is not there. */
static size_t match_name(struct lsp_slice line, size_t at, const char *name)
{
	size_t i = at;

	for (; *name; name++) {
		if (*name == '_') {
			if (i < line.len &&
				(line.at[i] == '_' || line.at[i] == '-' || line.at[i] == '.'))
				i++;
			continue;
		}
		if (i == line.len || lower(line.at[i]) != *name)
			return 0;
		i++;
	}
	return i - at;
}

/* Behind a name: quotes, spaces and = or : up to the value. Returns 0 when there is none. */
static size_t behind_name(struct lsp_slice line, size_t i)
{
	if (i < line.len && line.at[i] == '\\')
		i++;
	if (i < line.len && (line.at[i] == '"' || line.at[i] == '\''))
		i++;
	while (i < line.len && line.at[i] == ' ')
		i++;
	if (i == line.len || (line.at[i] != '=' && line.at[i] != ':'))
		return 0;
	i++;
	while (i < line.len && line.at[i] == ' ')
		i++;
	if (i < line.len && line.at[i] == '\\')
		i++;
	if (i < line.len && (line.at[i] == '"' || line.at[i] == '\''))
		i++;
	return i;
}

static struct lsp_slice value_at(struct lsp_slice line, size_t from)
{
	size_t i = from;

	while (i < line.len && (is_word(line.at[i]) || memchr("-:;=./?", line.at[i], 7)))
		i++;
	return (struct lsp_slice){ line.at + from, i - from };
}

/* ---- values
 * -------------------------------------------------------------------------------------- */

struct ids {
	uint8_t trace[16], span[8], flags;
	bool has_trace, has_span, has_flags, bad;
};

static bool is_zero(const uint8_t *id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (id[i])
			return false;
	return true;
}

static bool decimal(struct lsp_slice s, uint8_t ret[8])
{
	uint64_t value = 0;

	if (s.len == 0 || s.len > 20)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return false;
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	return true;
}

/* Hex digits, dashes dropped; stops at what is neither. Returns how many. */
static size_t digits_of(struct lsp_slice s, char out[40])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && (is_hex(s.at[i]) || s.at[i] == '-') && n < 40; i++)
		if (s.at[i] != '-')
			out[n++] = s.at[i];
	return n;
}

static bool set_trace_hex(struct ids *ids, const char *hex, size_t n)
{
	uint8_t id[16] = { 0 };

	if ((n != 32 && n != 16) || lsp_hex_decode(id + 16 - n / 2, hex, n / 2) ||
		is_zero(id, sizeof(id)))
		return false;
	memcpy(ids->trace, id, sizeof(id));
	ids->has_trace = true;
	return true;
}

static bool set_span(struct ids *ids, struct lsp_slice s, bool decimal_first)
{
	uint8_t id[8];
	size_t n = 0;

	while (n < s.len && is_hex(s.at[n]))
		n++;
	s.len = n;
	if (decimal_first ? !decimal(s, id) && !(n == 16 && lsp_hex_decode(id, s.at, 8) == 0)
			  : !(n == 16 && lsp_hex_decode(id, s.at, 8) == 0) && !decimal(s, id))
		return false;
	if (is_zero(id, sizeof(id)))
		return false;
	memcpy(ids->span, id, sizeof(id));
	ids->has_span = true;
	return true;
}

static struct lsp_slice up_to(struct lsp_slice s, char end)
{
	const char *at = memchr(s.at, end, s.len);

	return (struct lsp_slice){ s.at, at ? (size_t)(at - s.at) : s.len };
}

static struct lsp_slice behind(struct lsp_slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct lsp_slice){ s.at + n, s.len - n };
}

static bool take_pair(struct ids *ids, struct lsp_slice v, char between)
{
	struct lsp_slice trace = up_to(v, between), span = up_to(behind(v, trace.len + 1), between);
	char padded[32];

	if (trace.len == 0 || trace.len > 32)
		return false;
	memset(padded, '0', sizeof(padded)); /* Jaeger leaves leading zeros out */
	memcpy(padded + 32 - trace.len, trace.at, trace.len);
	if (!set_trace_hex(ids, padded, 32))
		return false;
	if (span.len > 0 && span.len <= 16) {
		memset(padded, '0', 16);
		memcpy(padded + 16 - span.len, span.at, span.len);
		(void)set_span(ids, (struct lsp_slice){ padded, 16 }, false);
	}
	return true;
}

static bool take_xray(struct ids *ids, struct lsp_slice v)
{
	const char *root = memmem(v.at, v.len, "Root=", 5), *parent;
	char hex[40];
	struct lsp_slice id = v;

	if (root)
		id = behind(v, (size_t)(root + 5 - v.at));
	if (id.len < 35 || id.at[0] != '1' || id.at[1] != '-')
		return false;
	if (!set_trace_hex(ids, hex, digits_of((struct lsp_slice){ id.at + 2, 33 }, hex)))
		return false;
	parent = memmem(v.at, v.len, "Parent=", 7);
	if (parent)
		(void)set_span(ids, behind(v, (size_t)(parent + 7 - v.at)), false);
	return true;
}

static bool take_google(struct ids *ids, struct lsp_slice v)
{
	const char *traces = memmem(v.at, v.len, "/traces/", 8);
	char hex[40];

	if (traces)
		v = behind(v, (size_t)(traces + 8 - v.at));
	return set_trace_hex(ids, hex, digits_of(v, hex));
}

static bool take_traceparent(struct ids *ids, struct lsp_slice v)
{
	struct lsp_context c;

	if (v.len < LSP_TRACEPARENT_CHARS || lsp_traceparent_parse(v.at, LSP_TRACEPARENT_CHARS, &c))
		return false;
	memcpy(ids->trace, c.trace_id, 16);
	memcpy(ids->span, c.span_id, 8);
	ids->flags = c.flags;
	ids->has_trace = ids->has_span = ids->has_flags = true;
	return true;
}

static bool take_decimal_trace(struct ids *ids, struct lsp_slice v)
{
	char hex[40];
	size_t n = digits_of(v, hex);

	if (n == 32)
		return set_trace_hex(ids, hex, n);
	memset(ids->trace, 0, 8);
	ids->has_trace = decimal((struct lsp_slice){ hex, n }, ids->trace + 8) &&
			 !is_zero(ids->trace + 8, 8);
	return ids->has_trace;
}

static bool take_value(struct ids *ids, enum form form, struct lsp_slice v)
{
	char hex[40];

	switch (form) {
	case FORM_HEX:
		if (v.len >= 35 && v.at[0] == '1' && v.at[1] == '-')
			return take_xray(ids, v);
		return set_trace_hex(ids, hex, digits_of(v, hex));
	case FORM_DECIMAL:
		return take_decimal_trace(ids, v);
	case FORM_PARENT:
		return take_traceparent(ids, v);
	case FORM_B3:
		return take_pair(ids, v, '-');
	case FORM_JAEGER:
		return take_pair(ids, v, ':');
	case FORM_XRAY:
		return take_xray(ids, v);
	case FORM_GOOGLE:
		return take_google(ids, v);
	case FORM_SPAN:
		return set_span(ids, v, false);
	case FORM_FLAGS:
		ids->has_flags = v.len >= 2 && lsp_hex_decode(&ids->flags, v.at, 1) == 0;
		return ids->has_flags;
	}
	return false;
}

/* ---- the line
 * ------------------------------------------------------------------------------------ */

/* Where a name may begin: at the start, behind what is no part of a word, or at a dotted prefix. */
static bool begins_name(struct lsp_slice line, size_t at)
{
	return at == 0 || !is_word(line.at[at - 1]);
}

/* The name at `at`, if one begins there. Returns where its value starts, 0 for none. */
static size_t name_at(struct lsp_slice line, size_t at, enum form *ret_form)
{
	for (size_t i = 0; i < NAMES; i++) {
		size_t n = match_name(line, at, names[i].name), value;

		if (n == 0 || (at + n < line.len && is_word(line.at[at + n])))
			continue;
		value = behind_name(line, at + n);
		if (value == 0)
			continue;
		*ret_form = names[i].form;
		return value;
	}
	return 0;
}

static bool is_candidate(char c)
{
	switch (lower(c)) {
	case 't':
	case 's':
	case 'd':
	case 'u':
	case 'x':
	case 'o':
	case 'l':
	case 'b':
		return true;
	default:
		return false;
	}
}

/* Spring's "[app,trace,span]", and what elastic's nested JSON says: "trace":{"id":"…"}. */
static void find_bracket(struct lsp_slice line, struct ids *ids)
{
	for (size_t i = 0; i < line.len && !ids->has_trace; i++) {
		struct lsp_slice inside, app, trace;

		if (line.at[i] != '[')
			continue;
		inside = up_to(behind(line, i + 1), ']');
		app = up_to(inside, ',');
		trace = up_to(behind(inside, app.len + 1), ',');
		if (app.len == inside.len || (trace.len != 32 && trace.len != 16))
			continue;
		if (set_trace_hex(ids, trace.at, trace.len))
			(void)set_span(ids, behind(inside, app.len + trace.len + 2), false);
	}
}

static void find_nested(
	struct lsp_slice line, const char *name, size_t name_len, struct ids *ids, bool span)
{
	const char *at = memmem(line.at, line.len, name, name_len);
	struct lsp_slice rest;
	char hex[40];

	if (!at)
		return;
	rest = behind(line, (size_t)(at + name_len - line.at));
	while (rest.len > 0 && (rest.at[0] == ' ' || rest.at[0] == ':' || rest.at[0] == '"'))
		rest = behind(rest, 1);
	if (span)
		(void)set_span(ids, rest, false);
	else
		(void)set_trace_hex(ids, hex, digits_of(rest, hex));
}

/* Our own text stamp: " trace_id=32 span_id=16" at the end, or the same and a space at the start.
 * */
static struct lsp_slice stamp_of(struct lsp_slice line)
{
	static const char mark[] = " trace_id=";
	const char *at = memmem(line.at, line.len, mark, sizeof(mark) - 1);
	size_t n;

	if (!at)
		return (struct lsp_slice){ "", 0 };
	n = (size_t)(line.at + line.len - at);
	if (n == 42 || (n == 67 && memcmp(at + 42, " span_id=", 9) == 0))
		return (struct lsp_slice){ at, n };
	return (struct lsp_slice){ "", 0 };
}

static void scan(struct lsp_slice line, struct ids *ids)
{
	for (size_t i = 0; i < line.len; i++) {
		enum form form;
		size_t value;

		if (!is_candidate(line.at[i]) || !begins_name(line, i))
			continue;
		value = name_at(line, i, &form);
		if (value == 0)
			continue;
		if (form == FORM_SPAN        ? ids->has_span
			: form == FORM_FLAGS ? ids->has_flags
					     : ids->has_trace)
			continue; /* the first of a kind counts */
		if (!take_value(ids, form, value_at(line, value)) && form < FORM_SPAN)
			ids->bad = true;
	}
}

int lsp_log_text_find(struct lsp_slice line, struct lsp_found *ret)
{
	struct ids ids = { .has_trace = false };
	struct lsp_found found = { .stamp = { "", 0 } };

	scan(line, &ids);
	if (!ids.has_trace && line.len > 0 && line.at[0] == '{') {
		find_nested(line, "\"trace\":{\"id\"", 13, &ids, false);
		find_nested(line, "\"span\":{\"id\"", 12, &ids, true);
	}
	if (!ids.has_trace && !ids.bad)
		find_bracket(line, &ids);
	if (!ids.has_trace)
		return ids.bad ? -EINVAL : -ENOENT;
	memcpy(found.context.trace_id, ids.trace, sizeof(ids.trace));
	if (ids.has_span)
		memcpy(found.context.span_id, ids.span, sizeof(ids.span));
	found.context.flags = ids.has_flags ? ids.flags : 0;
	found.context.source = LSP_SOURCE_TEXT;
	found.has_flags = ids.has_flags;
	found.stamp = stamp_of(line);
	*ret = found;
	return 0;
}
