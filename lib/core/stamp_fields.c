#include "stamp_fields.h"
#include "hex.h"

#include <endian.h>

#define PROJECT_BYTES_MAX 30 /* Google Cloud's own limit; a longer one is not a project */
#define WORD_BYTES        48

struct word {
	char text[WORD_BYTES];
	size_t len;
};
#define WORD(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

/* What stands before each value, and behind the last. */
struct form {
	struct word trace, span, flags, end; /* an empty `flags`: they are not written */
};

static const struct form text_forms[LSP_FIELDS_N] = {
	[LSP_FIELDS_OTEL] = { WORD("trace_id="), WORD(" span_id="), WORD(""), WORD("") },
	[LSP_FIELDS_ECS] = { WORD("trace.id="), WORD(" span.id="), WORD(""), WORD("") },
	[LSP_FIELDS_DATADOG] = { WORD("dd.trace_id="), WORD(" dd.span_id="), WORD(""), WORD("") },
	[LSP_FIELDS_GCP] = { WORD("logging.googleapis.com/trace="),
		WORD(" logging.googleapis.com/spanId="), WORD(""), WORD("") },
};

static const struct form json_forms[LSP_FIELDS_N] = {
	[LSP_FIELDS_OTEL] = { WORD("\"trace_id\":\""), WORD("\",\"span_id\":\""),
		WORD("\",\"trace_flags\":\""), WORD("\"") },
	[LSP_FIELDS_ECS] = { WORD("\"trace.id\":\""), WORD("\",\"span.id\":\""), WORD(""),
		WORD("\"") },
	[LSP_FIELDS_DATADOG] = { WORD("\"dd.trace_id\":\""), WORD("\",\"dd.span_id\":\""), WORD(""),
		WORD("\"") },
	[LSP_FIELDS_GCP] = { WORD("\"logging.googleapis.com/trace\":\""),
		WORD("\",\"logging.googleapis.com/spanId\":\""),
		WORD("\",\"logging.googleapis.com/trace_sampled\":"), WORD("") },
};

static const struct form element_form = { WORD("[opentelemetry trace_id=\""), WORD("\" span_id=\""),
	WORD("\" trace_flags=\""), WORD("\"]") };

static size_t put(char *out, const struct word *w)
{
	memcpy(out, w->text, WORD_BYTES);
	return w->len;
}

static uint64_t low_half(const uint8_t *id)
{
	uint64_t value;

	memcpy(&value, id, sizeof(value));
	return be64toh(value);
}

/* A project goes into JSON as it is, so it holds nothing that would have to be escaped. */
static size_t project_bytes(const char *project)
{
	size_t n = 0;

	for (; project && project[n]; n++) {
		char c = project[n], lower = (char)(c | 0x20);

		if (n == PROJECT_BYTES_MAX)
			return 0;
		if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
			c != '.' && c != ':')
			return 0;
	}
	return n;
}

static size_t put_project(const char *project, char *out)
{
	static const struct word before = WORD("projects/"), behind = WORD("/traces/");
	size_t bytes = project_bytes(project), n;

	if (bytes == 0)
		return 0;
	n = put(out, &before);
	memcpy(out + n, project, bytes);
	n += bytes;
	return n + put(out + n, &behind);
}

static size_t put_trace(const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	size_t n = 0;

	if (style->fields == LSP_FIELDS_DATADOG)
		return lsp_decimal_encode(out, low_half(c->trace_id + 8));
	if (style->fields == LSP_FIELDS_GCP)
		n = put_project(style->project, out);
	lsp_hex_encode(out + n, c->trace_id, LSP_TRACE_ID_BYTES);
	return n + LSP_TRACE_ID_HEX;
}

static size_t put_span(const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	if (style->fields == LSP_FIELDS_DATADOG)
		return lsp_decimal_encode(out, low_half(c->span_id));
	lsp_hex_encode(out, c->span_id, LSP_SPAN_ID_BYTES);
	return LSP_SPAN_ID_HEX;
}

static size_t put_flags(const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	bool sampled = c->flags & LSP_FLAG_SAMPLED;

	if (style->fields == LSP_FIELDS_GCP) {
		memcpy(out, sampled ? "true" : "false", 5);
		return sampled ? 4 : 5;
	}
	lsp_hex_encode(out, &c->flags, 1);
	return 2;
}

static size_t put_form(const struct form *f, const struct lsp_stamp_style *style,
	const struct lsp_context *c, char *out)
{
	size_t n = put(out, &f->trace);

	n += put_trace(style, c, out + n);
	if (lsp_context_has_span(c)) {
		n += put(out + n, &f->span);
		n += put_span(style, c, out + n);
	}
	if (f->flags.len) {
		n += put(out + n, &f->flags);
		n += put_flags(style, c, out + n);
	}
	if (f->end.len)
		n += put(out + n, &f->end);
	return n;
}

static unsigned fields_of(const struct lsp_stamp_style *style)
{
	return style->fields < LSP_FIELDS_N ? style->fields : LSP_FIELDS_OTEL;
}

size_t lsp_stamp_text_fields(
	const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	return put_form(&text_forms[fields_of(style)], style, c, out);
}

size_t lsp_stamp_json_fields(
	const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	return put_form(&json_forms[fields_of(style)], style, c, out);
}

/* The same word as a value is none. */
static bool has_member(const char *line, size_t len, const struct word *name)
{
	const char *end = line + len, *at = line;

	while ((at = memmem(at, (size_t)(end - at), name->text, name->len))) {
		for (at += name->len; at < end && (*at == ' ' || *at == '\t'); at++)
			;
		if (at < end && *at == ':')
			return true;
	}
	return false;
}

bool lsp_stamp_json_has_field(const struct lsp_stamp_style *style, const char *line, size_t len)
{
	static const struct word names[LSP_FIELDS_N][2] = {
		[LSP_FIELDS_OTEL] = { WORD("\"span_id\""), WORD("\"trace_flags\"") },
		[LSP_FIELDS_ECS] = { WORD("\"span.id\""), WORD("\"span.id\"") },
		[LSP_FIELDS_DATADOG] = { WORD("\"dd.span_id\""), WORD("\"dd.span_id\"") },
		[LSP_FIELDS_GCP] = { WORD("\"logging.googleapis.com/spanId\""),
			WORD("\"logging.googleapis.com/trace_sampled\"") },
	};
	const struct word *name = names[fields_of(style)];

	return has_member(line, len, &name[0]) || has_member(line, len, &name[1]);
}

size_t lsp_stamp_element(const struct lsp_context *c, char *out)
{
	static const struct lsp_stamp_style otel = { .fields = LSP_FIELDS_OTEL };

	return put_form(&element_form, &otel, c, out);
}
