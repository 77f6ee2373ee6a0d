/* $(linespan-traceparent [PREFIX]): for programs and headers behind the log router. */
#include "linespan_parser.h"
#include "lib/core/hex.h"
#include "lib/core/traceparent.h"
#include "plugin.h"
#include "template/simple-function.h"

static gboolean take_hex(
	LogMessage *msg, const gchar *prefix, const gchar *name, uint8_t *ret, gsize n)
{
	gchar whole[LSP_PREFIX_BYTES_MAX + 16];
	gssize len = 0;
	const gchar *value;

	if ((gsize)g_snprintf(whole, sizeof(whole), "%s%s", prefix, name) >= sizeof(whole))
		return FALSE;
	value = log_msg_get_value_by_name(msg, whole, &len);
	return value && (gsize)len == 2 * n && lsp_hex_decode(ret, value, n) == 0;
}

static void format_traceparent(LogMessage *msg, const gchar *prefix, GString *result)
{
	struct lsp_context c = { .flags = LSP_FLAG_SAMPLED };
	gchar text[LSP_TRACEPARENT_CHARS];

	if (!take_hex(msg, prefix, "trace_id", c.trace_id, sizeof(c.trace_id)) ||
		!take_hex(msg, prefix, "span_id", c.span_id, sizeof(c.span_id)))
		return;
	(void)take_hex(msg, prefix, "trace_flags", &c.flags, 1);
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return;
	lsp_traceparent_format(&c, text);
	g_string_append_len(result, text, sizeof(text));
}

static void tf_traceparent(
	LogMessage *msg, gint argc, GString *argv[], GString *result, LogMessageValueType *type)
{
	*type = LM_VT_STRING;
	format_traceparent(msg, argc > 0 ? argv[0]->str : LSP_PREFIX_DEFAULT, result);
}

/* A prefix that is a template is known only with a message. */
static gboolean prepare(LogTemplateFunction *self, gpointer state, LogTemplate *parent, gint argc,
	gchar *argv[], GError **error)
{
	const gchar *wrong = NULL;

	if (argc > 2)
		wrong = "takes one prefix";
	else if (argc == 2 && !strchr(argv[1], '$') && !lsp_prefix_is_good(argv[1]))
		wrong = "that prefix cannot begin the name of a value";
	if (!wrong)
		return tf_simple_func_prepare(self, state, parent, argc, argv, error);
	g_set_error(error, LOG_TEMPLATE_ERROR, LOG_TEMPLATE_ERROR_COMPILE,
		"$(linespan-traceparent): %s", wrong);
	return FALSE;
}

TEMPLATE_FUNCTION(TFSimpleFuncState, tf_traceparent, prepare, tf_simple_func_eval,
	tf_simple_func_call, tf_simple_func_free_state, tf_traceparent);

gpointer lsp_traceparent_construct(Plugin *self)
{
	return tf_traceparent_construct(self);
}
