#include "otlp_strip.h"

#include "pb_reader.h"

/* Fields of Span: 1 trace_id, 2 span_id, 4 parent_span_id, 5 name, 6 kind, 7 and 8 times. */
#define SPAN_COLUMNS (1u << 1 | 1u << 2 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8)
/* Fields of LogRecord: 1 time, 2 severity_number, 9 trace_id, 10 span_id; 5 body. */
#define LOG_COLUMNS (1u << 1 | 1u << 2 | 1u << 9 | 1u << 10)
#define LOG_BODY    5

/* AnyValue{1 string_value} with this text and nothing else. */
static bool is_text(struct lsp_slice value, struct lsp_slice text)
{
	struct lsp_pb p = lsp_pb_open(value);
	struct lsp_pb_field f;

	return lsp_pb_next(&p, &f) == 1 && f.number == 1 && f.wire == LSP_PB_BYTES &&
	       lsp_slice_equal(f.bytes, text) && p.at == p.end;
}

static int strip(struct lsp_buf *out, struct lsp_slice encoded, uint32_t columns,
	const struct lsp_slice *body)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	size_t before = out->len;
	const uint8_t *at = p.at;
	int more, r = 0;

	while (r == 0 && (more = lsp_pb_next(&p, &f)) == 1) {
		bool known = f.number < 32 && columns >> f.number & 1;

		if (body && f.number == LOG_BODY && f.wire == LSP_PB_BYTES)
			known = is_text(f.bytes, *body);
		if (!known)
			r = lsp_buf_add(out, at, (size_t)(p.at - at));
		at = p.at;
	}
	if (r == 0 && more < 0) {
		out->len = before;
		r = lsp_buf_add_slice(out, encoded);
	}
	return r;
}

int lsp_otlp_strip_span(struct lsp_buf *out, struct lsp_slice encoded)
{
	return strip(out, encoded, SPAN_COLUMNS, NULL);
}

int lsp_otlp_strip_log(struct lsp_buf *out, struct lsp_slice encoded, struct lsp_slice body)
{
	return strip(out, encoded, LOG_COLUMNS, &body);
}
