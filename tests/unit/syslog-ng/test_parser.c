/* linespan-parser() and $(linespan-traceparent), loaded by syslog-ng's own loader. */
#include "ng_fixture.h"

TestSuite(ng_parser, .init = ng_init, .fini = ng_fini);

static const struct {
	const gchar *text, *trace, *span, *flags;
} forms[] = {
	{ "x trace_id=" T " span_id=" S, T, S, "01" },
	{ "{\"a\":1,\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"trace_flags\":\"00\"}", T, S,
		"00" },
	{ "level=info traceId=" T, T, "", "01" },
	{ "x [opentelemetry trace_id=\"" T "\" span_id=\"" S "\"]", T, S, "01" },
	{ "{\"trace.id\":\"" T "\",\"span.id\":\"" S "\"}", T, S, "01" },
	{ "dd.trace_id=9532127138774266268 dd.span_id=13235353014750950193", "0000000000000000" LOW,
		S, "01" },
	{ "X-B3-TraceId: " T " X-B3-SpanId: " S, T, S, "01" },
	{ "INFO [shop," T "," S "] paid", T, S, "01" },
	{ "traceparent=00-" T "-" S "-01", T, S, "01" },
	{ "{\"logging.googleapis.com/trace\":\"projects/p/traces/" T "\"}", T, "", "01" },
	{ "Root=1-0af76519-16cd43dd8448eb211c80319c", "", "", "" },
	{ "no id here", "", "", "" },
	{ "", "", "", "" },
	{ "trace_id=00000000000000000000000000000000", "", "", "" },
	{ "trace_id=zz", "", "", "" },
};

Test(ng_parser, finds_each_form)
{
	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
		LogMessage *msg = ng_message(forms[i].text);

		ng_run_parser("()", &msg);
		cr_expect_str_eq(
			ng_value(msg, ".linespan.trace_id"), forms[i].trace, "%s", forms[i].text);
		cr_expect_str_eq(
			ng_value(msg, ".linespan.span_id"), forms[i].span, "%s", forms[i].text);
		cr_expect_str_eq(ng_value(msg, ".linespan.trace_flags"), forms[i].flags, "%s",
			forms[i].text);
		cr_expect_eq(log_msg_is_tag_by_name(msg, "linespan.stamped"), *forms[i].trace != 0,
			"%s", forms[i].text);
		cr_expect_str_eq(ng_value(msg, "MESSAGE"), forms[i].text);
		log_msg_unref(msg);
	}
}

Test(ng_parser, prefix_makes_structured_data)
{
	LogMessage *msg = ng_message("x trace_id=" T " span_id=" S);

	ng_run_parser("(prefix(\".SDATA.opentelemetry.\"))", &msg);
	gchar *sdata = ng_format("${SDATA}", msg);
	cr_expect_str_eq(
		sdata, "[opentelemetry trace_id=\"" T "\" span_id=\"" S "\" trace_flags=\"01\"]");
	g_free(sdata);
	log_msg_unref(msg);
}

Test(ng_parser, takes_ids_from_structured_data_and_the_journal)
{
	LogMessage *msg = ng_message("x");

	log_msg_set_value_by_name(msg, ".SDATA.opentelemetry.trace_id", T, -1);
	log_msg_set_value_by_name(msg, ".SDATA.opentelemetry.span_id", S, -1);
	ng_run_parser("()", &msg);
	cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), T);
	cr_expect_str_eq(ng_value(msg, ".linespan.span_id"), S);
	log_msg_unref(msg);

	msg = ng_message("x");
	log_msg_set_value_by_name(msg, ".journald.TRACE_ID", T, -1);
	log_msg_set_value_by_name(msg, ".journald.SPAN_ID", S, -1);
	ng_run_parser("(strip(yes))", &msg);
	cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), T);
	cr_expect_str_eq(ng_value(msg, ".linespan.span_id"), S);
	cr_expect_str_eq(ng_value(msg, "MESSAGE"), "x");
	log_msg_unref(msg);
}

Test(ng_parser, a_template_is_the_only_text_that_counts)
{
	LogMessage *msg = ng_message("trace_id=" T);

	log_msg_set_value_by_name(msg, "note", "traceId=" LOW, -1);
	ng_run_parser("(template(\"${note}\") prefix(\"ids.\"))", &msg);
	cr_expect_str_eq(ng_value(msg, "ids.trace_id"), "0000000000000000" LOW);
	log_msg_unref(msg);
}

Test(ng_parser, strip_takes_the_stamp_out)
{
	static const gchar *const rows[][2] = {
		{ "paid trace_id=" T " span_id=" S, "paid" },
		{ "trace_id=" T " span_id=" S " paid", "paid" },
		{ "paid trace_id=" T, "paid" },
		{ "paid trace_id=" T " for ada", "paid trace_id=" T " for ada" },
		{ "{\"trace_id\":\"" T "\"}", "{\"trace_id\":\"" T "\"}" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		LogMessage *msg = ng_message(rows[i][0]);

		ng_run_parser("(strip(yes))", &msg);
		cr_expect_str_eq(ng_value(msg, "MESSAGE"), rows[i][1]);
		cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), T);
		log_msg_unref(msg);
	}
}

Test(ng_parser, verify_pid_compares_with_the_kernel)
{
	static const gchar *const rows[][3] = {
		/* said, proven, taken */
		{ "7", "7", T },
		{ "7", "8", "" },
		{ "", "8", T },
		{ "7", "", T },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		LogMessage *msg = ng_message("x trace_id=" T);

		log_msg_set_value(msg, LM_V_PID, rows[i][0], -1);
		log_msg_set_value_by_name(msg, ".unix.pid", rows[i][1], -1);
		ng_run_parser("(verify-pid(yes))", &msg);
		cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), rows[i][2]);
		cr_expect_eq(
			log_msg_is_tag_by_name(msg, "linespan.pid_mismatch"), *rows[i][2] == 0);
		log_msg_unref(msg);
	}
}

Test(ng_parser, a_clone_has_the_same_options)
{
	LogParser *p =
		ng_parse(LL_CONTEXT_PARSER, "linespan-parser", "(prefix(\"ids.\") strip(yes))");
	LogPipe *copy = log_pipe_clone(&p->super);
	LogMessage *msg = ng_message("paid trace_id=" T);
	LogPathOptions path = LOG_PATH_OPTIONS_INIT;

	log_pipe_unref(&p->super);
	cr_assert(log_pipe_init(copy));
	cr_assert(log_parser_process_message((LogParser *)copy, &msg, &path));
	cr_expect_str_eq(ng_value(msg, "ids.trace_id"), T);
	cr_expect_str_eq(ng_value(msg, "MESSAGE"), "paid");
	log_msg_unref(msg);
	log_pipe_deinit(copy);
	log_pipe_unref(copy);
}

Test(ng_parser, traceparent_of_what_was_found)
{
	static const gchar *const rows[][2] = {
		{ "x trace_id=" T " span_id=" S, "00-" T "-" S "-01" },
		{ "traceparent=00-" T "-" S "-00", "00-" T "-" S "-00" },
		{ "x trace_id=" T, "" }, /* a traceparent needs a span */
		{ "x", "" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		LogMessage *msg = ng_message(rows[i][0]);

		ng_run_parser("()", &msg);
		gchar *text = ng_format("$(linespan-traceparent)", msg);
		cr_expect_str_eq(text, rows[i][1]);
		g_free(text);
		text = ng_format("$(linespan-traceparent .linespan.)", msg);
		cr_expect_str_eq(text, rows[i][1]);
		g_free(text);
		text = ng_format("$(linespan-traceparent other.)", msg);
		cr_expect_str_eq(text, "");
		g_free(text);
		log_msg_unref(msg);
	}
}
