/* otlp(yes): what the opentelemetry() destination of syslog-ng 4 reads, with the types it wants. */
#include "ng_fixture.h"

TestSuite(ng_otlp, .init = ng_init, .fini = ng_fini);

#if LSP_HAVE_BYTES

static void has(
	LogMessage *msg, const gchar *name, LogMessageValueType type, const gchar *value, gsize n)
{
	gssize len = 0;
	LogMessageValueType found;
	const gchar *at = log_msg_get_value_by_name_with_type(msg, name, &len, &found);

	cr_expect_eq(found, type, "%s has type %d", name, found);
	cr_expect((gsize)len == n && memcmp(at, value, n) == 0, "%s: %.*s", name, (gint)len, at);
}

static LogMessage *message(const gchar *text)
{
	LogMessage *msg = ng_message(text);

	log_msg_set_value(msg, LM_V_PROGRAM, "shop", -1);
	log_msg_set_value(msg, LM_V_HOST, "web1", -1);
	log_msg_set_value(msg, LM_V_PID, "77", -1);
	msg->pri = 11; /* user.err */
	msg->timestamps[LM_TS_STAMP].ut_sec = 1700000000;
	msg->timestamps[LM_TS_STAMP].ut_usec = 123456;
	msg->timestamps[LM_TS_RECVD].ut_sec = 1700000001;
	msg->timestamps[LM_TS_RECVD].ut_usec = 5;
	return msg;
}

Test(ng_otlp, values_and_their_types)
{
	static const gchar trace[] =
		"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c";
	static const gchar span[] = "\xb7\xad\x6b\x71\x69\x20\x33\x31";
	LogMessage *msg = message("traceparent=00-" T "-" S "-00");

	ng_run_parser("(otlp(yes))", &msg);
	has(msg, ".otel.type", LM_VT_STRING, "log", 3);
	has(msg, ".otel.log.trace_id", LM_VT_BYTES, trace, 16);
	has(msg, ".otel.log.span_id", LM_VT_BYTES, span, 8);
	has(msg, ".otel.log.flags", LM_VT_INTEGER, "0", 1);
	has(msg, ".otel.log.time_unix_nano", LM_VT_INTEGER, "1700000000123456000", 19);
	has(msg, ".otel.log.observed_time_unix_nano", LM_VT_INTEGER, "1700000001000005000", 19);
	has(msg, ".otel.log.severity_number", LM_VT_INTEGER, "17", 2);
	has(msg, ".otel.log.attributes.process.pid", LM_VT_INTEGER, "77", 2);
	has(msg, ".otel.resource.attributes.service.name", LM_VT_STRING, "shop", 4);
	has(msg, ".otel.resource.attributes.host.name", LM_VT_STRING, "web1", 4);
	log_msg_unref(msg);
}

Test(ng_otlp, a_long_text_is_whole_without_its_stamp)
{
	GString *text = g_string_new(NULL);
	LogMessage *msg;
	gsize n;

	while (text->len < 50000)
		g_string_append_printf(text, "word%u ", (guint)text->len);
	n = text->len - 1;
	g_string_append(text, "trace_id=" T);
	msg = message(text->str);
	ng_run_parser("(otlp(yes) strip(yes))", &msg);
	has(msg, ".otel.log.body", LM_VT_STRING, text->str, n);
	has(msg, ".otel.log.flags", LM_VT_INTEGER, "1", 1);
	cr_expect_null(
		log_msg_get_value_if_set(msg, log_msg_get_value_handle(".otel.log.span_id"), NULL));
	log_msg_unref(msg);
	g_string_free(text, TRUE);
}

Test(ng_otlp, other_messages_stay_as_they_are)
{
	LogMessage *msg = message("no ids");

	ng_run_parser("(otlp(yes))", &msg);
	cr_expect_str_eq(ng_value(msg, ".otel.type"), "");
	log_msg_unref(msg);
	msg = message("x trace_id=" T);
	ng_run_parser("()", &msg);
	cr_expect_str_eq(ng_value(msg, ".otel.type"), "");
	log_msg_unref(msg);
}

#else

Test(ng_otlp, is_refused_where_values_have_no_bytes)
{
	cr_expect_null(ng_parse(LL_CONTEXT_PARSER, "linespan-parser", "(otlp(yes))"));
}

#endif
