/* linespan-parser() and $(linespan-traceparent), loaded by syslog-ng's own loader. */
#include "ng_fixture.h"

TestSuite(ng_parser, .init = ng_init, .fini = ng_fini);

/* Runs one message through a parser with these options; *ret_msg is the caller's. */
static void run(const gchar *args, LogMessage **msg)
{
	LogParser *p = ng_parse(LL_CONTEXT_PARSER, "linespan-parser", args);
	LogPathOptions path = LOG_PATH_OPTIONS_INIT;

	cr_assert(p, "linespan-parser%s is refused", args);
	cr_assert(log_pipe_init(&p->super));
	cr_assert(log_parser_process_message(p, msg, &path), "a message was dropped");
	log_pipe_deinit(&p->super);
	log_pipe_unref(&p->super);
}

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

		run("()", &msg);
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

	run("(prefix(\".SDATA.opentelemetry.\"))", &msg);
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
	run("()", &msg);
	cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), T);
	cr_expect_str_eq(ng_value(msg, ".linespan.span_id"), S);
	log_msg_unref(msg);

	msg = ng_message("x");
	log_msg_set_value_by_name(msg, ".journald.TRACE_ID", T, -1);
	log_msg_set_value_by_name(msg, ".journald.SPAN_ID", S, -1);
	run("(strip(yes))", &msg);
	cr_expect_str_eq(ng_value(msg, ".linespan.trace_id"), T);
	cr_expect_str_eq(ng_value(msg, ".linespan.span_id"), S);
	cr_expect_str_eq(ng_value(msg, "MESSAGE"), "x");
	log_msg_unref(msg);
}

Test(ng_parser, a_template_is_the_only_text_that_counts)
{
	LogMessage *msg = ng_message("trace_id=" T);

	log_msg_set_value_by_name(msg, "note", "traceId=" LOW, -1);
	run("(template(\"${note}\") prefix(\"ids.\"))", &msg);
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

		run("(strip(yes))", &msg);
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
		run("(verify-pid(yes))", &msg);
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

Test(ng_parser, refuses_what_makes_no_sense)
{
	static const gchar *const bad[] = {
		"(prefix(\"\"))", "(prefix())", "(prefix(\"a b\"))", "(prefix(\"-x\"))",
		"(strip(maybe))", "(verify-pid())", "(nonsense(yes))", "(template(\"$(\"))",
		"(strip(yes) template(\"${MSG}\"))", "(prefix(\".a.\") 7)",
		"(prefix(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"))"
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		cr_expect_null(
			ng_parse(LL_CONTEXT_PARSER, "linespan-parser", bad[i]), "%s", bad[i]);
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

		run("()", &msg);
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

Test(ng_parser, destination_grammar)
{
	static const gchar *const good[] = { "(path(\"/tmp\"))", "(url(\"http://127.0.0.1:4318\"))",
		"(url(\"https://h/v1/logs\") workers(2) batch-lines(10) batch-timeout(100) "
		"retries(5))",
		"(path(\"/tmp\") prefix(\"ids.\") log-fifo-size(10) persist-name(\"x\"))" };
	static const gchar *const bad[] = { "()", "(path(\"/tmp\") url(\"http://h\"))",
		"(path(\"tmp\"))", "(url(\"ftp://h\"))", "(path())", "(workers(0) path(\"/tmp\"))",
		"(path(\"/tmp\") prefix(\"a b\"))", "(path(\"/tmp\") strip(yes))" };

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		LogPipe *d = ng_parse(LL_CONTEXT_DESTINATION, "linespan", good[i]);
		cr_expect(d, "%s", good[i]);
		if (d)
			log_pipe_unref(d);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		cr_expect_null(ng_parse(LL_CONTEXT_DESTINATION, "linespan", bad[i]), "%s", bad[i]);
}
