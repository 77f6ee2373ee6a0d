/* Spans and errors of programs that link the library. */
#include "public.h"

#include <errno.h>
#include <string.h>

#define STATE_OPEN  0x51
#define STATE_ENDED 0x52
#define NEW_FLAGS   (LSP_FLAG_SAMPLED | LSP_FLAG_RANDOM)

#define ERROR_TEXT_BYTES 1024
#define SEVERITY_ERROR   17

static bool is_open(const struct linespan_span *span)
{
	return span && span->state == STATE_OPEN;
}

static int begin(struct linespan_span *span, const char *name, enum linespan_kind kind,
	const struct lsp_context *parent)
{
	struct lsp_context own;
	size_t n;

	if (!span || !name || kind < LINESPAN_INTERNAL || kind > LINESPAN_CONSUMER)
		return -EINVAL;
	memset(span, 0, offsetof(struct linespan_span, attrs));
	memset(&own, 0, sizeof(own));
	if (parent) {
		own = *parent;
		memcpy(span->parent_span_id, parent->span_id, sizeof(span->parent_span_id));
	} else {
		lsp_public_random_id(own.trace_id, LSP_TRACE_ID_BYTES);
		own.flags = NEW_FLAGS;
	}
	lsp_public_random_id(own.span_id, LSP_SPAN_ID_BYTES);
	lsp_public_from(&span->context, &own);
	n = strnlen(name, sizeof(span->name) - 1);
	memcpy(span->name, name, n);
	span->name_bytes = (uint16_t)n;
	span->kind = (uint8_t)kind;
	span->start_ns = lsp_now_ns();
	span->state = STATE_OPEN;
	return linespan_attach(&span->context, &span->previous);
}

int linespan_span_begin(struct linespan_span *span, const char *name, enum linespan_kind kind)
{
	struct lsp_context current;
	bool has = lsp_public_current(&current) == 0;

	return begin(span, name, kind, has ? &current : NULL);
}

int linespan_span_begin_below(struct linespan_span *span, const char *name, enum linespan_kind kind,
	const struct linespan_context *parent)
{
	struct lsp_context c;

	if (!parent)
		return begin(span, name, kind, NULL);
	lsp_public_to(&c, parent);
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return -EINVAL;
	return begin(span, name, kind, &c);
}

int linespan_span_set_string(struct linespan_span *span, const char *key, const char *value)
{
	size_t used;
	int r;

	if (!is_open(span) || !key || !value)
		return -EINVAL;
	used = span->attr_bytes;
	r = lsp_attr_put_string(span->attrs, sizeof(span->attrs), &used, key, value, strlen(value));
	span->attr_bytes = (uint16_t)used;
	return r;
}

int linespan_span_set_int(struct linespan_span *span, const char *key, int64_t value)
{
	size_t used;
	int r;

	if (!is_open(span) || !key)
		return -EINVAL;
	used = span->attr_bytes;
	r = lsp_attr_put_int(span->attrs, sizeof(span->attrs), &used, key, value);
	span->attr_bytes = (uint16_t)used;
	return r;
}

int linespan_span_set_status(struct linespan_span *span, enum linespan_status status)
{
	if (!is_open(span) || status < LINESPAN_UNSET || status > LINESPAN_ERROR)
		return -EINVAL;
	span->status = (uint8_t)status;
	return 0;
}

int linespan_span_end(struct linespan_span *span)
{
	struct lsp_context own;
	struct lsp_ring_span_in in;
	struct lsp_ring *ring;
	bool root;

	if (span && span->state == STATE_ENDED)
		return 0;
	if (!is_open(span))
		return -EINVAL;
	span->state = STATE_ENDED;
	linespan_detach(&span->previous);
	ring = lsp_public_ring();
	if (!ring)
		return -ENOENT;
	lsp_public_to(&own, &span->context);
	root = memcmp(span->parent_span_id, (uint8_t[LSP_SPAN_ID_BYTES]){ 0 },
		       sizeof(span->parent_span_id)) == 0;
	in = (struct lsp_ring_span_in){ .context = &own,
		.parent_span_id = root ? NULL : span->parent_span_id,
		.start_ns = span->start_ns,
		.end_ns = lsp_now_ns(),
		.tid = lsp_public_tid(),
		.kind = span->kind,
		.status = span->status,
		.name = span->name,
		.name_bytes = span->name_bytes,
		.attrs = span->attrs,
		.attr_bytes = span->attr_bytes };
	return lsp_ring_put_span(ring, LSP_RECORD_SPAN, &in);
}

int linespan_record_error(struct linespan_span *span, const char *kind, const char *message)
{
	uint8_t attrs[2 * ERROR_TEXT_BYTES + 64];
	struct lsp_context current;
	struct lsp_ring_line line;
	struct lsp_ring *ring;
	size_t used = 0, n;

	if (!message || (span && !is_open(span)))
		return -EINVAL;
	if (span)
		span->status = LINESPAN_ERROR;
	if (lsp_public_current(&current))
		memset(&current, 0, sizeof(current));
	ring = lsp_public_ring();
	if (!ring)
		return -ENOENT;
	n = strnlen(message, ERROR_TEXT_BYTES);
	if (kind)
		(void)lsp_attr_put_string(attrs, sizeof(attrs), &used, "exception.type", kind,
			strnlen(kind, ERROR_TEXT_BYTES));
	(void)lsp_attr_put_string(attrs, sizeof(attrs), &used, "exception.message", message, n);
	line = (struct lsp_ring_line){ .context = &current,
		.tid = lsp_public_tid(),
		.channel = LSP_CHANNEL_API,
		.severity = SEVERITY_ERROR,
		.text = message,
		.text_bytes = n,
		.attrs = attrs,
		.attr_bytes = used };
	return lsp_ring_put_line(ring, LSP_RECORD_LOG, &line);
}
