#include "linespan_parser.h"
#include "find_ids.h"
#include "otlp_values.h"
#include "scratch-buffers.h"

#include <errno.h>

enum { STAMPED, UNSTAMPED, INVALID, N_COUNTERS };
static const gchar *const counter_names[N_COUNTERS] = { "stamped", "unstamped", "invalid" };

struct lsp_parser {
	LogParser super;
	gchar prefix[LSP_PREFIX_BYTES_MAX];
	gboolean strip, verify_pid, otlp;
	LogTagId tag;
	NVHandle trace_id, span_id, trace_flags, unix_pid;
	StatsCounterItem *counters[N_COUNTERS];
#if LSP_HAVE_BYTES
	struct lsp_otlp_values otlp_values;
#endif
};

/* ---- one message ----------------------------------------------------------------------------- */

static void set_hex(LogMessage *msg, NVHandle handle, const uint8_t *bytes, gsize n)
{
	gchar hex[LSP_TRACE_ID_HEX];

	lsp_hex_encode(hex, bytes, n);
	log_msg_set_value(msg, handle, hex, (gssize)(2 * n));
}

/* MESSAGE without the stamp; the stamp lies in the message's own buffer, which moves. */
static void strip_stamp(LogMessage *msg, struct lsp_slice line, struct lsp_slice stamp)
{
	gsize head = (gsize)(stamp.at - line.at);
	ScratchBuffersMarker marker;
	GString *rest = scratch_buffers_alloc_and_mark(&marker);

	g_string_append_len(rest, line.at, (gssize)head);
	g_string_append_len(rest, stamp.at + stamp.len, (gssize)(line.len - head - stamp.len));
	log_msg_set_value(msg, LM_V_MESSAGE, rest->str, (gssize)rest->len);
	scratch_buffers_reclaim_marked(marker);
}

static void set_values(struct lsp_parser *self, LogMessage *msg, struct lsp_slice line,
	const struct lsp_found *found)
{
	struct lsp_context c = found->context;

	/* Stamps in text have no flags; a line that was stamped was sampled. */
	if (!found->has_flags)
		c.flags = LSP_FLAG_SAMPLED;
	if (self->strip && found->stamp.len > 0 && found->stamp.at >= line.at &&
		found->stamp.at + found->stamp.len <= line.at + line.len)
		strip_stamp(msg, line, found->stamp);
	set_hex(msg, self->trace_id, c.trace_id, sizeof(c.trace_id));
	if (lsp_context_has_span(&c))
		set_hex(msg, self->span_id, c.span_id, sizeof(c.span_id));
	set_hex(msg, self->trace_flags, &c.flags, 1);
	log_msg_set_tag_by_id(msg, self->tag);
#if LSP_HAVE_BYTES
	if (self->otlp)
		lsp_otlp_values_set(&self->otlp_values, msg, &c);
#endif
}

/* False when the sender says another process than the kernel does. */
static gboolean pid_is_true(struct lsp_parser *self, LogMessage *msg)
{
	gssize said_len, true_len;
	const gchar *said = log_msg_get_value(msg, LM_V_PID, &said_len);
	const gchar *proven = log_msg_get_value(msg, self->unix_pid, &true_len);

	return said_len == 0 || true_len == 0 ||
	       (said_len == true_len && memcmp(said, proven, (gsize)said_len) == 0);
}

/* Always TRUE: FALSE would drop the message. */
static gboolean process(LogParser *s, LogMessage **pmsg, const LogPathOptions *path_options,
	const gchar *input, gsize input_len)
{
	struct lsp_parser *self = (struct lsp_parser *)s;
	struct lsp_slice line = { input, input_len };
	struct lsp_found found;
	gint rc = lsp_find_ids(*pmsg, line, lsp_parser_template(s) == NULL, &found);

	if (rc == 0 && self->verify_pid && !pid_is_true(self, *pmsg)) {
		LogMessage *msg = log_msg_make_writable(pmsg, path_options);
		log_msg_set_tag_by_name(msg, LSP_TAG_FOREIGN_PID);
		msg_debug("linespan-parser: ids of another process, not taken",
			evt_tag_msg_reference(msg), log_pipe_location_tag(&s->super));
		rc = -EINVAL;
	}
	if (rc == 0) {
		set_values(self, log_msg_make_writable(pmsg, path_options), line, &found);
	}
	stats_counter_inc(self->counters[rc == 0 ? STAMPED : rc == -ENOENT ? UNSTAMPED : INVALID]);
	return TRUE;
}

/* ---- life ------------------------------------------------------------------------------------ */

static NVHandle handle_of(const struct lsp_parser *self, const gchar *name)
{
	gchar whole[LSP_PREFIX_BYTES_MAX + 16];

	g_snprintf(whole, sizeof(whole), "%s%s", self->prefix, name);
	return log_msg_get_value_handle(whole);
}

static void each_counter(struct lsp_parser *self, gboolean on)
{
	stats_lock();
	for (gint i = 0; i < N_COUNTERS; i++) {
		StatsClusterKey key;

		lsp_stats_key(&key, SCS_PARSER, self->super.name, "linespan", counter_names[i]);
		if (on)
			stats_register_counter(0, &key, SC_TYPE_SINGLE_VALUE, &self->counters[i]);
		else
			stats_unregister_counter(&key, SC_TYPE_SINGLE_VALUE, &self->counters[i]);
	}
	stats_unlock();
}

static gboolean init(LogPipe *s)
{
	struct lsp_parser *self = (struct lsp_parser *)s;
	const gchar *wrong = lsp_parser_check(&self->super);

	if (wrong) {
		msg_error(wrong, log_pipe_location_tag(s));
		return FALSE;
	}
	if (!log_parser_init_method(s))
		return FALSE;
	self->tag = log_tags_get_by_name(LSP_TAG_STAMPED);
	self->trace_id = handle_of(self, "trace_id");
	self->span_id = handle_of(self, "span_id");
	self->trace_flags = handle_of(self, "trace_flags");
	self->unix_pid = log_msg_get_value_handle(".unix.pid");
#if LSP_HAVE_BYTES
	lsp_otlp_values_init(&self->otlp_values);
#endif
	each_counter(self, TRUE);
	return TRUE;
}

static gboolean deinit(LogPipe *s)
{
	each_counter((struct lsp_parser *)s, FALSE);
	return log_parser_deinit_method(s);
}

static LogPipe *make_clone(LogPipe *s)
{
	struct lsp_parser *self = (struct lsp_parser *)s;
	LogParser *copy = lsp_parser_new(log_pipe_get_config(s));
	struct lsp_parser *made = (struct lsp_parser *)copy;

	memcpy(made->prefix, self->prefix, sizeof(made->prefix));
	made->strip = self->strip;
	made->verify_pid = self->verify_pid;
	made->otlp = self->otlp;
	log_parser_set_template(copy, log_template_ref(lsp_parser_template(&self->super)));
	return &copy->super;
}

LogParser *lsp_parser_new(GlobalConfig *cfg)
{
	struct lsp_parser *self = g_new0(struct lsp_parser, 1);

	log_parser_init_instance(&self->super, cfg);
	self->super.super.init = init;
	self->super.super.deinit = deinit;
	self->super.super.clone = make_clone;
	self->super.process = process;
	g_strlcpy(self->prefix, LSP_PREFIX_DEFAULT, sizeof(self->prefix));
	return &self->super;
}

/* ---- options --------------------------------------------------------------------------------- */

gboolean lsp_prefix_is_good(const gchar *prefix)
{
	gsize n = strlen(prefix);

	if (n == 0 || n >= LSP_PREFIX_BYTES_MAX || !(g_ascii_isalnum(prefix[0]) || *prefix == '.'))
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (!g_ascii_isalnum(prefix[i]) && !strchr("._-@", prefix[i]))
			return FALSE;
	return TRUE;
}

gint lsp_parser_set_prefix(LogParser *p, const gchar *prefix)
{
	if (!lsp_prefix_is_good(prefix))
		return -EINVAL;
	g_strlcpy(((struct lsp_parser *)p)->prefix, prefix, LSP_PREFIX_BYTES_MAX);
	return 0;
}

void lsp_parser_set_strip(LogParser *p, gboolean strip)
{
	((struct lsp_parser *)p)->strip = strip;
}

void lsp_parser_set_verify_pid(LogParser *p, gboolean verify)
{
	((struct lsp_parser *)p)->verify_pid = verify;
}

gint lsp_parser_set_otlp(LogParser *p, gboolean otlp)
{
	if (otlp && !LSP_HAVE_BYTES)
		return -ENOTSUP;
	((struct lsp_parser *)p)->otlp = otlp;
	return 0;
}

const gchar *lsp_parser_check(LogParser *p)
{
	if (((struct lsp_parser *)p)->strip && lsp_parser_template(p))
		return "linespan-parser: strip(yes) works on MESSAGE: leave out template()";
	return NULL;
}
