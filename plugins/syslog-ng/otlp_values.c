#include "otlp_values.h"
#include "record.h"
#include "scratch-buffers.h"

#if LSP_HAVE_BYTES

void lsp_otlp_values_init(struct lsp_otlp_values *v)
{
	static const gchar *const names[LSP_OTLP_VALUES] = { [LSP_OTLP_TYPE] = ".otel.type",
		[LSP_OTLP_TIME] = ".otel.log.time_unix_nano",
		[LSP_OTLP_OBSERVED] = ".otel.log.observed_time_unix_nano",
		[LSP_OTLP_SEVERITY] = ".otel.log.severity_number",
		[LSP_OTLP_BODY] = ".otel.log.body",
		[LSP_OTLP_FLAGS] = ".otel.log.flags",
		[LSP_OTLP_TRACE_ID] = ".otel.log.trace_id",
		[LSP_OTLP_SPAN_ID] = ".otel.log.span_id",
		[LSP_OTLP_SERVICE] = ".otel.resource.attributes.service.name",
		[LSP_OTLP_HOST] = ".otel.resource.attributes.host.name",
		[LSP_OTLP_PID] = ".otel.log.attributes.process.pid" };

	for (gint i = 0; i < LSP_OTLP_VALUES; i++)
		v->handles[i] = log_msg_get_value_handle(names[i]);
}

static void set_number(LogMessage *msg, NVHandle handle, guint64 number)
{
	gchar text[24];
	gint len = g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT, number);

	log_msg_set_value_with_type(msg, handle, text, len, LM_VT_INTEGER);
}

/* What a message has moves while something is written to it: a copy does not. */
static void set_text(LogMessage *msg, NVHandle handle, struct lsp_slice text)
{
	ScratchBuffersMarker marker;
	GString *copy = scratch_buffers_alloc_and_mark(&marker);

	g_string_append_len(copy, text.at, (gssize)text.len);
	log_msg_set_value_with_type(msg, handle, copy->str, (gssize)copy->len, LM_VT_STRING);
	scratch_buffers_reclaim_marked(marker);
}

static struct lsp_slice value_of(LogMessage *msg, NVHandle handle)
{
	gssize len = 0;
	const gchar *text = log_msg_get_value(msg, handle, &len);

	return (struct lsp_slice){ text, (gsize)len };
}

static void set_bytes(LogMessage *msg, NVHandle handle, const uint8_t *bytes, gsize n)
{
	log_msg_set_value_with_type(msg, handle, (const gchar *)bytes, (gssize)n, LM_VT_BYTES);
}

void lsp_otlp_values_set(
	const struct lsp_otlp_values *v, LogMessage *msg, const struct lsp_context *c)
{
	const NVHandle *h = v->handles;
	const UnixTime *came = &msg->timestamps[LM_TS_RECVD];
	struct lsp_slice service = value_of(msg, LM_V_PROGRAM), host;
	guint32 pid = lsp_ng_number(value_of(msg, LM_V_PID));

	set_text(msg, h[LSP_OTLP_SERVICE],
		service.len ? service : LSP_SLICE(LSP_NG_UNKNOWN_SERVICE));
	host = value_of(msg, LM_V_HOST);
	if (host.len)
		set_text(msg, h[LSP_OTLP_HOST], host);
	set_text(msg, h[LSP_OTLP_BODY], value_of(msg, LM_V_MESSAGE));
	set_text(msg, h[LSP_OTLP_TYPE], LSP_SLICE("log"));
	set_number(msg, h[LSP_OTLP_TIME], lsp_ng_time_of(msg));
	set_number(msg, h[LSP_OTLP_OBSERVED], lsp_ng_nanoseconds(came));
	set_number(msg, h[LSP_OTLP_SEVERITY], lsp_ng_severity_of(msg));
	set_number(msg, h[LSP_OTLP_FLAGS], c->flags);
	if (pid)
		set_number(msg, h[LSP_OTLP_PID], pid);
	set_bytes(msg, h[LSP_OTLP_TRACE_ID], c->trace_id, sizeof(c->trace_id));
	if (lsp_context_has_span(c))
		set_bytes(msg, h[LSP_OTLP_SPAN_ID], c->span_id, sizeof(c->span_id));
}

#endif
