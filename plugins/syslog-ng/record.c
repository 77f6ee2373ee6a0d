#include "record.h"
#include "find_ids.h"
#include "linespan_parser.h"
#include "lib/core/random_id.h"

#include <stdatomic.h>

#define USEC_PER_SEC 1000000
#define NSEC_PER_SEC 1000000000ull

void lsp_ng_names_init(struct lsp_ng_names *n, const gchar *prefix)
{
	gchar name[LSP_PREFIX_BYTES_MAX + 16];

	g_snprintf(name, sizeof(name), "%strace_id", prefix);
	n->trace_id = log_msg_get_value_handle(name);
	g_snprintf(name, sizeof(name), "%sspan_id", prefix);
	n->span_id = log_msg_get_value_handle(name);
	g_snprintf(name, sizeof(name), "%strace_flags", prefix);
	n->trace_flags = log_msg_get_value_handle(name);
	n->unix_pid = log_msg_get_value_handle(".unix.pid");
}

static struct lsp_slice value_of(LogMessage *msg, NVHandle handle)
{
	gssize len = 0;
	const gchar *text = log_msg_get_value(msg, handle, &len);

	return (struct lsp_slice){ text, (gsize)len };
}

static gboolean take_hex(uint8_t *ret, struct lsp_slice hex, gsize n)
{
	return hex.len == 2 * n && lsp_hex_decode(ret, hex.at, n) == 0;
}

static void take_context(LogMessage *msg, const struct lsp_ng_names *n, struct lsp_slice text,
	struct lsp_context *ret)
{
	struct lsp_found found;

	memset(ret, 0, sizeof(*ret));
	if (take_hex(ret->trace_id, value_of(msg, n->trace_id), sizeof(ret->trace_id))) {
		(void)take_hex(ret->span_id, value_of(msg, n->span_id), sizeof(ret->span_id));
		(void)take_hex(&ret->flags, value_of(msg, n->trace_flags), 1);
		ret->source = LSP_SOURCE_TEXT;
	} else if (lsp_find_ids(msg, text, TRUE, &found) == 0) {
		*ret = found.context;
	}
}

guint64 lsp_ng_nanoseconds(const UnixTime *t)
{
	return (guint64)t->ut_sec * NSEC_PER_SEC + (guint64)t->ut_usec * 1000;
}

/* RFC 3164 has whole seconds: when the message came says more. */
guint64 lsp_ng_time_of(const LogMessage *msg)
{
	const UnixTime *said = &msg->timestamps[LM_TS_STAMP];
	const UnixTime *came = &msg->timestamps[LM_TS_RECVD];
	gint64 late_us = (came->ut_sec - said->ut_sec) * USEC_PER_SEC + (gint64)came->ut_usec;

	if (said->ut_sec <= 0 || (said->ut_usec == 0 && late_us >= 0 && late_us < 2 * USEC_PER_SEC))
		said = came;
	return lsp_ng_nanoseconds(said);
}

guint32 lsp_ng_number(struct lsp_slice text)
{
	uint64_t n = 0;

	for (gsize i = 0; i < text.len && i < 10; i++) {
		if (!g_ascii_isdigit(text.at[i]))
			return 0;
		n = n * 10 + (uint64_t)(text.at[i] - '0');
	}
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* ---- uid ------------------------------------------------------------------------------------- */

/* A process's uids: a random number of its own, and one that counts from another. */
static struct {
	guint32 process;
	_Atomic guint64 next;
} uids;

static void seed_uids(void)
{
	static gsize done;
	struct lsp_random random = { 0 };
	guint64 chosen[2];

	if (!g_once_init_enter(&done))
		return;
	lsp_random_id(&random, (uint8_t *)chosen, sizeof(chosen));
	uids.process = (guint32)chosen[0];
	uids.next = chosen[1];
	g_once_init_leave(&done, 1);
}

/* In the fields of syslog-ng's own unique id (host_id and rcptid; 0: none), which it writes to disk
 * with a message. What is written to here is this destination's copy: ${UNIQID} stays elsewhere. */
LogMessage *lsp_ng_give_uid(LogMessage *msg, const LogPathOptions *path_options)
{
	guint64 number;

	seed_uids();
	do
		number = atomic_fetch_add_explicit(&uids.next, 1, memory_order_relaxed);
	while (number == 0);
	msg = log_msg_make_writable(&msg, path_options);
	msg->host_id = uids.process;
	msg->rcptid = number;
	return msg;
}

static void take_uid(const LogMessage *msg, struct lsp_ng_record *ret)
{
	gchar text[LSP_UID_CHARS + 1];

	ret->has_uid = msg->rcptid != 0;
	g_snprintf(text, sizeof(text), "%08x%016" G_GINT64_MODIFIER "x", msg->host_id, msg->rcptid);
	memcpy(ret->uid, text, sizeof(ret->uid));
}

/* ---- record ---------------------------------------------------------------------------------- */

guint8 lsp_ng_severity_of(const LogMessage *msg)
{
	static const guint8 severities[8] = { 21, 19, 18, 17, 13, 10, 9, 5 };

	return severities[msg->pri & 7];
}

void lsp_ng_record_of(LogMessage *msg, const struct lsp_ng_names *n, struct lsp_ng_record *ret)
{
	ret->time_ns = lsp_ng_time_of(msg);
	ret->severity = lsp_ng_severity_of(msg);
	ret->service = value_of(msg, LM_V_PROGRAM);
	if (ret->service.len == 0)
		ret->service = LSP_SLICE(LSP_NG_UNKNOWN_SERVICE);
	ret->host = value_of(msg, LM_V_HOST);
	ret->text = value_of(msg, LM_V_MESSAGE);
	ret->pid = lsp_ng_number(value_of(msg, n->unix_pid));
	if (ret->pid == 0)
		ret->pid = lsp_ng_number(value_of(msg, LM_V_PID));
	take_context(msg, n, ret->text, &ret->context);
	take_uid(msg, ret);
}
