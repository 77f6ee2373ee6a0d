/* Names of ids in text, one table; a name counts with = or : behind it, in quotes or not. */
#include "log_text.h"
#include "../core/hex.h"
#include "log_look.h"
#include "log_value.h"

#include <errno.h>

/* ---- the lines' grammar ---------------------------------------------------------------------- */

static const struct {
	const char *name; /* lower case; "_" stands for one of _ - . or nothing */
	enum lsp_log_form form;
} names[] = {
	{ "dd_trace_id", LSP_LOG_FORM_DECIMAL },
	{ "dd_span_id", LSP_LOG_FORM_SPAN_DECIMAL },
	{ "trace_parent", LSP_LOG_FORM_PARENT },
	{ "uber_trace_id", LSP_LOG_FORM_JAEGER },
	{ "x_amzn_trace_id", LSP_LOG_FORM_XRAY },
	{ "x_b3_trace_id", LSP_LOG_FORM_HEX },
	{ "x_b3_span_id", LSP_LOG_FORM_SPAN },
	{ "otel_trace_id", LSP_LOG_FORM_HEX },
	{ "otel_span_id", LSP_LOG_FORM_SPAN },
	{ "logging.googleapis.com/trace", LSP_LOG_FORM_GOOGLE },
	{ "logging.googleapis.com/spanid", LSP_LOG_FORM_SPAN },
	{ "trace_id", LSP_LOG_FORM_HEX },
	{ "span_id", LSP_LOG_FORM_SPAN },
	{ "trace_flags", LSP_LOG_FORM_FLAGS },
	{ "b3", LSP_LOG_FORM_B3 },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

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

/* The bytes that a colour (ESC [ 36 m) takes at i: console writers colour names and values. */
static size_t colour_at(struct lsp_slice line, size_t i)
{
	size_t n = i + 2;

	if (i + 2 >= line.len || line.at[i] != '\033' || line.at[i + 1] != '[')
		return 0;
	while (n < line.len && ((line.at[n] >= '0' && line.at[n] <= '9') || line.at[n] == ';'))
		n++;
	return n < line.len && line.at[n] == 'm' ? n + 1 - i : 0;
}

/* True when a colour ends before at. */
static bool behind_colour(struct lsp_slice line, size_t at)
{
	size_t i = at;

	while (i > 1 && at - i < 16 && line.at[i - 1] != '\033')
		i--;
	return i > 0 && colour_at(line, i - 1) == at - (i - 1);
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
	i += colour_at(line, i);
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

/* ---- the line -------------------------------------------------------------------------------- */

/* Where a name may begin: at the start, behind what is no part of a word, or at a dotted prefix. */
static bool begins_name(struct lsp_slice line, size_t at)
{
	return at == 0 || !is_word(line.at[at - 1]) || behind_colour(line, at);
}

/* The name at `at`, if one begins there. Returns where its value starts, 0 for none. */
static size_t name_at(struct lsp_slice line, size_t at, enum lsp_log_form *ret_form)
{
	for (size_t i = 0; i < NAMES; i++) {
		size_t n, value;

		if (names[i].name[0] != lower(line.at[at]))
			continue;
		n = match_name(line, at, names[i].name);
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
static void find_bracket(struct lsp_slice line, struct lsp_log_ids *ids)
{
	for (size_t i = 0; i < line.len && !ids->has_trace; i++) {
		struct lsp_slice inside, app, trace;

		if (line.at[i] != '[')
			continue;
		inside = up_to(behind(line, i + 1), ']');
		if (i + 1 + inside.len == line.len)
			return;
		app = up_to(inside, ',');
		trace = up_to(behind(inside, app.len + 1), ',');
		if (app.len == inside.len || (trace.len != 32 && trace.len != 16))
			continue;
		if (lsp_log_set_trace(ids, trace.at, trace.len))
			(void)lsp_log_set_span(ids, behind(inside, app.len + trace.len + 2), false);
	}
}

/* {"trace":{"id":"…"},"span":{"id":"…"}}, spaces anywhere between. */
static struct lsp_slice nested_id(struct lsp_slice line, const char *name)
{
	const char *at = memmem(line.at, line.len, name, strlen(name));
	struct lsp_slice rest = behind(line, at ? (size_t)(at - line.at) + strlen(name) : line.len);

	for (const char *want = ":{\"id\":\""; *want && rest.len > 0; rest = behind(rest, 1)) {
		if (rest.at[0] == *want)
			want++;
		else if (rest.at[0] != ' ')
			return (struct lsp_slice){ "", 0 };
	}
	return rest;
}

static void find_nested(struct lsp_slice line, struct lsp_log_ids *ids)
{
	char hex[40];

	if (lsp_log_set_trace(ids, hex, lsp_log_digits(nested_id(line, "\"trace\""), hex)))
		(void)lsp_log_set_span(ids, nested_id(line, "\"span\""), false);
}

/* ---- our own stamp --------------------------------------------------------------------------- */

#define STAMP_CHARS      41 /* trace_id=32 */
#define STAMP_SPAN_CHARS 66 /* trace_id=32 span_id=16 */

/* True when n bytes at `at` are our own text stamp. */
static bool is_stamp(const char *at, size_t n)
{
	uint8_t id[16];

	return memcmp(at, "trace_id=", 9) == 0 && lsp_hex_decode(id, at + 9, 16) == 0 &&
	       (n == STAMP_CHARS || (memcmp(at + STAMP_CHARS, " span_id=", 9) == 0 &&
					    lsp_hex_decode(id, at + STAMP_CHARS + 9, 8) == 0));
}

/* Our own text stamp with its space: the suffix of a line, or its prefix (behind a "<PRI>"). */
static struct lsp_slice stamp_of(struct lsp_slice line)
{
	static const uint8_t sizes[] = { STAMP_SPAN_CHARS, STAMP_CHARS };
	const char *pri = line.len && line.at[0] == '<' ? memchr(line.at, '>', line.len) : NULL;
	struct lsp_slice head =
		behind(line, pri && pri - line.at < 5 ? (size_t)(pri + 1 - line.at) : 0);

	while (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	for (size_t i = 0; i < sizeof(sizes); i++) {
		size_t n = sizes[i];
		const char *end = line.at + line.len - n;

		if (line.len > n && end[-1] == ' ' && is_stamp(end, n))
			return (struct lsp_slice){ end - 1, n + 1 };
		if (head.len > n && head.at[n] == ' ' && is_stamp(head.at, n))
			return (struct lsp_slice){ head.at, n + 1 };
	}
	return (struct lsp_slice){ "", 0 };
}

/* The suffix with both ids: what the shim writes, and then the line had no id of its own. Read
 * without looking at the rest of the line. */
static bool take_suffix(struct lsp_slice line, struct lsp_found *ret)
{
	const char *at;

	while (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len <= STAMP_SPAN_CHARS)
		return false;
	at = line.at + line.len - STAMP_SPAN_CHARS;
	if (at[-1] != ' ' || memcmp(at, "trace_id=", 9) != 0 ||
		memcmp(at + STAMP_CHARS, " span_id=", 9) != 0)
		return false;
	*ret = (struct lsp_found){ .stamp = { at - 1, STAMP_SPAN_CHARS + 1 } };
	ret->context.source = LSP_SOURCE_TEXT;
	return lsp_hex_decode(ret->context.trace_id, at + 9, 16) == 0 &&
	       lsp_hex_decode(ret->context.span_id, at + STAMP_CHARS + 9, 8) == 0 &&
	       lsp_context_has_trace(&ret->context) && lsp_context_has_span(&ret->context);
}

static void scan(struct lsp_slice line, struct lsp_log_ids *ids)
{
	for (size_t i = 0; i < line.len; i++) {
		enum lsp_log_form form;
		size_t value;

		if (!is_candidate(line.at[i]) || !begins_name(line, i))
			continue;
		value = name_at(line, i, &form);
		if (value == 0)
			continue;
		i = value - 1; /* "uber-trace-id" is not a "trace-id" too */
		if (form == LSP_LOG_FORM_SPAN || form == LSP_LOG_FORM_SPAN_DECIMAL ? ids->has_span
			: form == LSP_LOG_FORM_FLAGS                               ? ids->has_flags
										   : ids->has_trace)
			continue; /* the first of a kind counts */
		if (!lsp_log_take_value(ids, form, value_at(line, value)) &&
			form < LSP_LOG_FORM_SPAN && form != LSP_LOG_FORM_B3)
			ids->bad = true;
	}
}

int lsp_log_text_find(struct lsp_slice line, struct lsp_found *ret)
{
	struct lsp_log_ids ids = { .has_trace = false };
	struct lsp_found found;
	unsigned seen;

	if (take_suffix(line, &found)) {
		*ret = found;
		return 0;
	}
	seen = lsp_log_look(line);
	found = (struct lsp_found){ .stamp = { "", 0 } };
	if (seen & LSP_LOG_SEES_NAME)
		scan(line, &ids);
	if (!ids.has_trace && (seen & LSP_LOG_SEES_NAME) && line.len > 0 && line.at[0] == '{')
		find_nested(line, &ids);
	if (!ids.has_trace && !ids.bad && (seen & LSP_LOG_SEES_BRACKET))
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
