#include "stamp.h"
#include "json_line.h"
#include "stamp_fields.h"
#include "stamp_syslog.h"

/* What a line looks like, and where its JSON begins. */
enum shape { SHAPE_TEXT, SHAPE_OBJECT, SHAPE_FRAGMENT, SHAPE_RFC5424, SHAPE_STAMPED };

struct look {
	enum shape shape;
	size_t at; /* where the insertion goes: JSON's last brace, the structured data */
	size_t skip;
	bool empty; /* an object without members */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t skip_spaces(const char *line, size_t from, size_t len)
{
	while (from < len && is_space(line[from]))
		from++;
	return from;
}

static bool is_all(const char *line, size_t at, size_t end, const char *chars)
{
	while (at < end && line[at] && strchr(chars, line[at]))
		at++;
	return at == end;
}

/* A number or a literal, all of [at, end). */
static bool is_scalar(const char *line, size_t at, size_t end)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (end - at == strlen(words[i]) && memcmp(line + at, words[i], end - at) == 0)
			return true;
	return at < end && is_all(line, at, end, "0123456789+-.eE");
}

/* One line of a pretty-printed document: a member, closing brackets, a lone value. Numbers and
 * literals count when they are indented or a comma is behind them: "42" alone is text. */
static bool is_document_line(const char *line, size_t at, size_t len)
{
	size_t end = len;
	bool listed;

	if (end > at && line[end - 1] == '\r')
		end--;
	listed = at < end && line[end - 1] == ',';
	while (end > at && is_space(line[end - 1]))
		end--;
	if (at < end && line[end - 1] == ',')
		end--;
	if (at < end && (line[at] == '}' || line[at] == ']'))
		return is_all(line, at, end, "}]");
	if (at == end || line[at] != '"')
		return (at > 0 || listed) && is_scalar(line, at, end);
	for (size_t i = at + 1; i < end; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == '"') {
			i = skip_spaces(line, i + 1, end);
			return i >= end || line[i] == ':';
		}
	}
	return false;
}

/* "{" and "[" begin JSON when what follows can; "[error] …" and "{main} …" are text. */
static bool begins_json(const char *line, size_t at, size_t len)
{
	size_t next = skip_spaces(line, at + 1, len);

	if (next == len)
		return true;
	if (line[at] == '{')
		return line[next] == '"' || line[next] == '}';
	return line[next] == '{' || line[next] == '"' || line[next] == '[' || line[next] == ']';
}

static struct look look_at_json(const char *line, size_t at, size_t len)
{
	struct look l = { SHAPE_TEXT, 0, 0, false };
	size_t close;
	int r = lsp_json_line(line + at, len - at, &close, &l.empty);

	if (r == 1) {
		l.shape = SHAPE_OBJECT;
		l.at = at + close;
	} else if (begins_json(line, at, len)) {
		l.shape = SHAPE_FRAGMENT;
	} else if (line[at] == '[') {
		/* An array of numbers or words is JSON, "[12] text" and "[error]" are not. */
		size_t end = len;

		while (end > at && is_space(line[end - 1]))
			end--;
		if (line[end - 1] == ']' && memchr(line + at, ',', end - at))
			l.shape = SHAPE_FRAGMENT;
	}
	return l;
}

static struct look look_at_syslog(const char *line, size_t len)
{
	struct look l = { SHAPE_TEXT, 0, 0, false };
	int r = lsp_stamp_rfc5424(line, len, &l.at, &l.skip);

	if (r)
		l.shape = r > 0 ? SHAPE_RFC5424 : SHAPE_STAMPED;
	return l;
}

static struct look look_at(const char *line, size_t len)
{
	struct look l = { SHAPE_TEXT, 0, 0, false };
	size_t at = skip_spaces(line, 0, len);

	if (at == len)
		return l;
	switch (line[at]) {
	case '<':
		return look_at_syslog(line, len);
	case '@': /* "@cee:" announces an object */
		if (len - at < 5 || memcmp(line + at, "@cee:", 5) != 0)
			return l;
		at = skip_spaces(line, at + 5, len);
		if (at < len && line[at] == '{')
			return look_at_json(line, at, len);
		return l;
	case '{':
	case '[':
		return look_at_json(line, at, len);
	default:
		if (is_document_line(line, at, len))
			l.shape = SHAPE_FRAGMENT;
		return l;
	}
}

size_t lsp_stamp_suffix(const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	out[0] = ' ';
	return 1 + lsp_stamp_text_fields(style, c, out + 1);
}

static void insert_suffix(const struct lsp_stamp_style *style, const struct lsp_context *c,
	size_t len, struct lsp_insert *ret)
{
	ret->at = len;
	ret->skip = 0;
	ret->len = (uint16_t)lsp_stamp_suffix(style, c, ret->text);
}

/* Behind a syslog priority, which must stay first. */
static void insert_prefix(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const char *line, size_t len, struct lsp_insert *ret)
{
	size_t n = lsp_stamp_text_fields(style, c, ret->text);

	ret->text[n++] = ' ';
	ret->at = 0;
	(void)lsp_stamp_priority(line, len, &ret->at);
	ret->skip = 0;
	ret->len = (uint16_t)n;
}

static void insert_members(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const struct look *l, struct lsp_insert *ret)
{
	size_t n = 0;

	if (!l->empty)
		ret->text[n++] = ',';
	n += lsp_stamp_json_fields(style, c, ret->text + n);
	ret->at = l->at;
	ret->skip = 0;
	ret->len = (uint16_t)n;
}

static void insert_element(
	const struct lsp_context *c, const struct look *l, struct lsp_insert *ret)
{
	ret->at = l->at;
	ret->skip = (uint16_t)l->skip;
	ret->len = (uint16_t)lsp_stamp_element(c, ret->text);
}

/* What --format says is done with a shape. */
static enum lsp_keep keep_for(const struct lsp_stamp_style *style, enum shape shape)
{
	switch (shape) {
	case SHAPE_STAMPED:
		return LSP_KEEP_HAS_ID;
	case SHAPE_FRAGMENT:
		return LSP_KEEP_STRUCTURE;
	case SHAPE_OBJECT:
		return LSP_KEEP_NOT;
	default:
		return style->format == LSP_FORMAT_JSON ? LSP_KEEP_FORMAT : LSP_KEEP_NOT;
	}
}

/* By the line's shape for auto and json; prefix looks for a syslog header, which has a fixed place;
 * suffix takes each line for text. */
static struct look look_for(const struct lsp_stamp_style *style, const char *line, size_t len)
{
	if (style->format == LSP_FORMAT_SUFFIX)
		return (struct look){ SHAPE_TEXT, 0, 0, false };
	if (style->format == LSP_FORMAT_PREFIX)
		return look_at_syslog(line, len);
	return look_at(line, len);
}

enum lsp_keep lsp_stamp_line(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const char *line, size_t len, struct lsp_insert *ret)
{
	enum lsp_keep keep;
	struct look l;

	if (!lsp_context_has_trace(c))
		return LSP_KEEP_NO_CONTEXT;
	if (style->format == LSP_FORMAT_NONE)
		return LSP_KEEP_FORMAT;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0)
		return LSP_KEEP_EMPTY;
	if (lsp_stamp_line_has_id(line, len))
		return LSP_KEEP_HAS_ID;
	l = look_for(style, line, len);
	keep = keep_for(style, l.shape);
	if (keep != LSP_KEEP_NOT)
		return keep;
	if (l.shape == SHAPE_OBJECT && lsp_stamp_json_has_field(style, line, len))
		return LSP_KEEP_STRUCTURE;
	if (l.shape == SHAPE_OBJECT)
		insert_members(style, c, &l, ret);
	else if (l.shape == SHAPE_RFC5424)
		insert_element(c, &l, ret);
	else if (style->format == LSP_FORMAT_PREFIX)
		insert_prefix(style, c, line, len, ret);
	else
		insert_suffix(style, c, len, ret);
	return LSP_KEEP_NOT;
}
