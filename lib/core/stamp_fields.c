#include "stamp_fields.h"
#include "hex.h"

#define PROJECT_BYTES_MAX 30 /* Google Cloud's own limit; a longer one is not a project */

struct names {
	const char *trace, *span, *flags;
};

static const struct names names[LSP_FIELDS_N] = {
	[LSP_FIELDS_OTEL] = { "trace_id", "span_id", "trace_flags" },
	[LSP_FIELDS_ECS] = { "trace.id", "span.id", NULL },
	[LSP_FIELDS_DATADOG] = { "dd.trace_id", "dd.span_id", NULL },
	[LSP_FIELDS_GCP] = { "logging.googleapis.com/trace", "logging.googleapis.com/spanId",
		"logging.googleapis.com/trace_sampled" },
};

static const struct names *names_of(const struct lsp_stamp_style *style)
{
	return &names[style->fields < LSP_FIELDS_N ? style->fields : LSP_FIELDS_OTEL];
}

static size_t put(char *out, const char *text)
{
	size_t n = strlen(text);

	memcpy(out, text, n);
	return n;
}

static uint64_t low_half(const uint8_t *id)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | id[i];
	return value;
}

static size_t put_trace(const struct lsp_stamp_style *style, const struct lsp_context *c, char *out)
{
	size_t n = 0;

	if (style->fields == LSP_FIELDS_DATADOG)
		return lsp_decimal_encode(out, low_half(c->trace_id + 8));
	if (style->fields == LSP_FIELDS_GCP && style->project && style->project[0] &&
		strnlen(style->project, PROJECT_BYTES_MAX + 1) <= PROJECT_BYTES_MAX) {
		n = put(out, "projects/");
		n += put(out + n, style->project);
		n += put(out + n, "/traces/");
	}
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

size_t lsp_stamp_text_fields(const struct lsp_stamp_style *style, const struct lsp_context *c,
	char *out)
{
	const struct names *name = names_of(style);
	size_t n = put(out, name->trace);

	out[n++] = '=';
	n += put_trace(style, c, out + n);
	if (!lsp_context_has_span(c))
		return n;
	out[n++] = ' ';
	n += put(out + n, name->span);
	out[n++] = '=';
	return n + put_span(style, c, out + n);
}

static size_t put_json_name(char *out, const char *name, bool first)
{
	size_t n = 0;

	if (!first)
		out[n++] = ',';
	out[n++] = '"';
	n += put(out + n, name);
	return n + put(out + n, "\":");
}

size_t lsp_stamp_json_fields(const struct lsp_stamp_style *style, const struct lsp_context *c,
	char *out)
{
	const struct names *name = names_of(style);
	size_t n = put_json_name(out, name->trace, true);

	out[n++] = '"';
	n += put_trace(style, c, out + n);
	out[n++] = '"';
	if (lsp_context_has_span(c)) {
		n += put_json_name(out + n, name->span, false);
		out[n++] = '"';
		n += put_span(style, c, out + n);
		out[n++] = '"';
	}
	if (!name->flags)
		return n;
	n += put_json_name(out + n, name->flags, false);
	if (style->fields == LSP_FIELDS_GCP)
		return n + put(out + n, c->flags & LSP_FLAG_SAMPLED ? "true" : "false");
	out[n++] = '"';
	lsp_hex_encode(out + n, &c->flags, 1);
	n += 2;
	out[n++] = '"';
	return n;
}
