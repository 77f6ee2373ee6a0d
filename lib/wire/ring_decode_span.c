#include "ring_decode.h"
#include "otlp_encode.h"
#include "otlp_value.h"
#include "ring_attrs.h"

#include <errno.h>

#define FIELD_SPAN_ATTR 9 /* opentelemetry.proto.trace.v1.Span.attributes */
#define KEY(text)       LSP_SLICE(text)

static struct lsp_slice content(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at, b->len };
}

bool lsp_ring_span_is_whole(const struct lsp_ring_common *record, size_t size)
{
	const struct lsp_ring_span *span = (const struct lsp_ring_span *)record;
	if (size < sizeof(*span))
		return false;
	size_t room = size - sizeof(*span);
	return span->name_bytes <= room && span->attr_bytes <= room - span->name_bytes &&
	       lsp_context_has_trace(&span->common.context) &&
	       lsp_context_has_span(&span->common.context);
}

static void take_span(struct lsp_span_row *row, const struct lsp_ring_span *span)
{
	const struct lsp_context *c = &span->common.context;
	memcpy(row->trace_id, c->trace_id, sizeof(row->trace_id));
	memcpy(row->span_id, c->span_id, sizeof(row->span_id));
	memcpy(row->parent_span_id, span->parent_span_id, sizeof(row->parent_span_id));
	row->start_ns = span->common.time_ns;
	row->end_ns = span->end_ns > row->start_ns ? span->end_ns : row->start_ns;
	row->kind = span->kind <= LSP_KIND_CONSUMER ? span->kind : LSP_KIND_UNSPECIFIED;
	row->status = span->status <= LSP_STATUS_ERROR ? span->status : LSP_STATUS_UNSET;
	row->intake = LSP_INTAKE_RING;
}

/* Adds the row; s->attrs holds its attributes. */
static int add_span(struct lsp_batch *b, struct lsp_ring_scratch *s, struct lsp_span_row *row,
	struct lsp_slice name, struct lsp_slice status_message)
{
	lsp_buf_clear(&s->message);
	int rc = lsp_otlp_add_utf8(&s->message, name);
	if (rc == 0)
		rc = lsp_batch_copy(b, content(&s->message), &row->name);
	lsp_buf_clear(&s->message);
	if (rc == 0)
		rc = lsp_otlp_encode_span(&s->message, row, content(&s->attrs), status_message);
	if (rc == 0)
		rc = lsp_batch_copy(b, content(&s->message), &row->encoded);
	if (rc)
		return rc == -E2BIG ? -EBADMSG : rc;
	struct lsp_span_row *added = lsp_batch_add_span(b);
	if (!added)
		return -ENOMEM;
	*added = *row;
	return 0;
}

static int encode_attrs(struct lsp_buf *out, const struct lsp_ring_span *span)
{
	struct lsp_slice attrs = { (const char *)(span + 1) + span->name_bytes, span->attr_bytes };
	lsp_buf_clear(out);
	return lsp_ring_attrs_encode(out, FIELD_SPAN_ATTR, attrs);
}

static struct lsp_slice name_of(const struct lsp_ring_span *span)
{
	return (struct lsp_slice){ (const char *)(span + 1), span->name_bytes };
}

int lsp_ring_decode_span(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *view)
{
	const struct lsp_ring_span *span = (const struct lsp_ring_span *)view->record;
	if (!lsp_ring_span_is_whole(view->record, view->size))
		return -EBADMSG;
	struct lsp_span_row row = { .origin = origin };
	take_span(&row, span);
	int rc = encode_attrs(&s->attrs, span);
	if (rc)
		return rc == -E2BIG ? -EBADMSG : rc;
	return add_span(b, s, &row, name_of(span), (struct lsp_slice){ "", 0 });
}

static int encode_end(struct lsp_buf *out, const struct lsp_ring_exit *end)
{
	int rc;
	if (!end)
		return lsp_pb_attr_string(
			out, FIELD_SPAN_ATTR, KEY("linespan.process.ended"), LSP_SLICE("unknown"));
	rc = lsp_pb_attr_int(out, FIELD_SPAN_ATTR, KEY("process.exit.code"), end->exit_code);
	if (rc == 0 && end->signal)
		rc = lsp_pb_attr_int(out, FIELD_SPAN_ATTR, KEY("process.exit.signal"), end->signal);
	return rc;
}

static void take_end(struct lsp_span_row *row, const struct lsp_ring_exit *end, uint64_t last_ns)
{
	uint64_t end_ns = end ? end->common.time_ns : last_ns;
	row->end_ns = end_ns > row->start_ns ? end_ns : row->start_ns;
	if (end && (end->exit_code || end->signal))
		row->status = LSP_STATUS_ERROR;
}

int lsp_ring_decode_process(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *start, const struct lsp_ring_exit *end, uint64_t last_ns)
{
	const struct lsp_ring_span *span = (const struct lsp_ring_span *)start->record;
	if (!lsp_ring_span_is_whole(start->record, start->size))
		return -EBADMSG;
	struct lsp_span_row row = { .origin = origin };
	take_span(&row, span);
	take_end(&row, end, last_ns);

	struct lsp_buf why;
	lsp_buf_init(&why, 64);
	int rc = encode_attrs(&s->attrs, span);
	if (rc == 0)
		rc = encode_end(&s->attrs, end);
	const char *signal = end && end->signal ? sigabbrev_np(end->signal) : NULL;
	if (rc == 0 && signal)
		rc = lsp_buf_printf(&why, "killed by SIG%s", signal);
	else if (rc == 0 && end && end->signal)
		rc = lsp_buf_printf(&why, "killed by signal %d", end->signal);
	else if (rc == 0 && end && end->exit_code)
		rc = lsp_buf_printf(&why, "exit code %d", end->exit_code);
	if (rc == 0)
		rc = add_span(b, s, &row, name_of(span), content(&why));
	lsp_buf_release(&why);
	return rc == -E2BIG ? -EBADMSG : rc;
}
