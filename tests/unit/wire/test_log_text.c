#include "lib/wire/log_text.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define T   "0af7651916cd43dd8448eb211c80319c"
#define LOW "8448eb211c80319c"
#define S   "b7ad6b7169203331"
#define P   "00-" T "-" S "-01"
/* 9532127138774266268 and 13235353014750950193 are LOW and S in decimal. */
#define LOW_10 "9532127138774266268"
#define S_10   "13235353014750950193"

enum { WHOLE = 1, HALF = 2, SPAN = 4, FLAGS = 8 };

static int find(const char *line, struct lsp_found *ret)
{
	size_t n = strlen(line);

	memset(ret, '#', sizeof(*ret));
	return lsp_log_text_find((struct lsp_slice){ guard_page_copy(line, n), n }, ret);
}

/* Lines that name the trace T or its low half, and the span S and the flags 01 or none. */
static const struct {
	const char *line;
	int has;
} forms[] = {
	{ "card declined trace_id=" T " span_id=" S, WHOLE | SPAN },
	{ "card declined trace_id=" T, WHOLE },
	{ "trace_id=" T " span_id=" S " card declined", WHOLE | SPAN },
	{ "<14>trace_id=" T " span_id=" S " card declined", WHOLE | SPAN },
	{ "trace_id=" T " span_id=" S " trace_flags=01", WHOLE | SPAN | FLAGS },
	{ "TRACE_ID=0AF7651916CD43DD8448EB211C80319C", WHOLE },
	{ "x traceId=" T " spanId=" S, WHOLE | SPAN },
	{ "x traceID: " T ", spanID: " S, WHOLE | SPAN },
	{ "x TraceId=\"" T "\" SpanId=\"" S "\"", WHOLE | SPAN },
	{ "x [trace-id:" T " span-id:" S "]", WHOLE | SPAN },
	{ "x (trace_id = " T ")", WHOLE },
	{ "span_id=" S " and then trace_id=" T, WHOLE | SPAN },
	{ "{\"msg\":\"x\",\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"trace_flags\":\"01\"}",
		WHOLE | SPAN | FLAGS },
	{ "{\"trace_id\" : \"" T "\"}", WHOLE },
	{ "{'traceId': '" T "'}", WHOLE },
	{ "\"{\\\"trace_id\\\":\\\"" T "\\\",\\\"span_id\\\":\\\"" S "\\\"}\"", WHOLE | SPAN },
	{ "{\"trace.id\":\"" T "\",\"span.id\":\"" S "\"}", WHOLE | SPAN },
	{ "{\"trace\":{\"id\":\"" T "\"},\"span\":{\"id\":\"" S "\"}}", WHOLE | SPAN },
	{ "{\"trace\": {\"id\": \"" T "\"}, \"span\": {\"id\": \"" S "\"}}", WHOLE | SPAN },
	{ "{\"otelTraceID\":\"" T "\",\"otelSpanID\":\"" S "\"}", WHOLE | SPAN },
	{ "<165>1 2003-10-11T22:14:15.003Z h a p m [opentelemetry trace_id=\"" T "\" span_id=\"" S
	  "\" trace_flags=\"01\"] x",
		WHOLE | SPAN | FLAGS },
	{ "<165>1 2003-10-11T22:14:15.003Z h a p m [OpenTelemetry trace_id=\"" T "\"] x", WHOLE },
	{ "dd.trace_id=" LOW_10 " dd.span_id=" S_10, HALF | SPAN },
	{ "[dd.service=a dd.trace_id=" T " dd.span_id=" S_10 "]", WHOLE | SPAN },
	{ "{\"dd.trace_id\":\"" LOW_10 "\",\"dd.span_id\":\"" S_10 "\"}", HALF | SPAN },
	{ "{\"dd\":{\"trace_id\":\"" T "\",\"span_id\":\"" S_10 "\"}}", WHOLE | SPAN },
	{ "X-B3-TraceId: " T " X-B3-SpanId: " S, WHOLE | SPAN },
	{ "X-B3-TraceId: " LOW, HALF },
	{ "b3: " T "-" S "-1", WHOLE | SPAN },
	{ "b3=" LOW "-" S "-1-05e3ac9a4f6e3b90", HALF | SPAN },
	{ "x INFO [shop," T "," S "] 1 --- y", WHOLE | SPAN },
	{ "x INFO [shop," LOW "," S ",true] y", HALF | SPAN },
	{ "x [main] INFO [shop," T "," S "] y", WHOLE | SPAN },
	{ "traceparent: " P, WHOLE | SPAN | FLAGS },
	{ "traceparent=" P " more", WHOLE | SPAN | FLAGS },
	{ "{\"traceparent\":\"" P "\"}", WHOLE | SPAN | FLAGS },
	{ "TRACEPARENT=" P, WHOLE | SPAN | FLAGS },
	{ "X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" S ";Sampled=1",
		WHOLE | SPAN },
	{ "x-amzn-trace-id: Root=1-0af76519-16cd43dd8448eb211c80319c", WHOLE },
	{ "trace_id=1-0af76519-16cd43dd8448eb211c80319c", WHOLE },
	{ "trace_id=0af76519-16cd-43dd-8448-eb211c80319c", WHOLE },
	{ "trace_id=" LOW, HALF },
	{ "{\"logging.googleapis.com/trace\":\"projects/p-1/traces/" T
	  "\",\"logging.googleapis.com/spanId\":\"" S "\"}",
		WHOLE | SPAN },
	{ "{\"logging.googleapis.com/trace\":\"" T "\"}", WHOLE },
	{ "uber-trace-id: " T ":" S ":0:1", WHOLE | SPAN },
	{ "uber-trace-id: af7651916cd43dd8448eb211c80319c:" S ":0:1", WHOLE | SPAN },
	{ "INF \033[36mtrace_id=\033[0m" T " \033[36mspan_id=\033[0m" S, WHOLE | SPAN },
	/* The first that is right counts. */
	{ "trace_id=none trace_id=" T, WHOLE },
	{ "trace_id=" T " trace_id=11111111111111111111111111111111", WHOLE },
	/* A bad span leaves the trace. */
	{ "trace_id=" T " span_id=0000000000000000", WHOLE },
	{ "trace_id=" T " span_id=xyz", WHOLE },
	{ "trace_id=" T " span_id=" S "f", WHOLE },
	{ "trace_id=" T " spans_id=" S, WHOLE },
	{ "trace_id=" T ".", WHOLE },
	{ "b3=1 trace_id=" T, WHOLE },
};

Test(log_text, finds_every_common_form)
{
	static const uint8_t trace[16] = { 0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84,
		0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c };
	static const uint8_t span[8] = { 0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31 };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint8_t want_trace[16] = { 0 }, want_span[8] = { 0 };
		struct lsp_found f;
		int r = find(forms[i].line, &f);

		cr_expect_eq(r, 0, "%d: %s", r, forms[i].line);
		if (r)
			continue;
		memcpy(want_trace + 8, trace + 8, 8);
		if (forms[i].has & WHOLE)
			memcpy(want_trace, trace, 8);
		if (forms[i].has & SPAN)
			memcpy(want_span, span, 8);
		cr_expect_arr_eq(f.context.trace_id, want_trace, 16, "%s", forms[i].line);
		cr_expect_arr_eq(f.context.span_id, want_span, 8, "%s", forms[i].line);
		cr_expect_eq(f.has_flags, (forms[i].has & FLAGS) != 0, "%s", forms[i].line);
		cr_expect_eq(f.context.flags, forms[i].has & FLAGS ? 1 : 0);
		cr_expect_eq(f.context.source, LSP_SOURCE_TEXT);
	}
}

/* Lines that do not name a trace, or name one that cannot be. */
static const struct {
	const char *line;
	int r;
} misses[] = {
	{ "", -ENOENT },
	{ "hello", -ENOENT },
	{ T, -ENOENT },
	{ "md5 " T, -ENOENT },
	{ "md5=d41d8cd98f00b204e9800998ecf8427e", -ENOENT },
	{ "id=" T, -ENOENT },
	{ "backtrace: " T, -ENOENT },
	{ "backtrace_id=" T, -ENOENT },
	{ "mytrace_id=" T, -ENOENT },
	{ "trace_ids=" T, -ENOENT },
	{ "trace_id " T, -ENOENT },
	{ "the trace id is unknown", -ENOENT },
	{ "trace: " T, -ENOENT },
	{ "span_id=" S, -ENOENT },
	{ "[main," T, -ENOENT },
	{ "[INFO] [1,2,3] [a,b] [,,]", -ENOENT },
	{ "[shop,,]", -ENOENT },
	{ "[shop," T "0," S "]", -ENOENT },
	{ "[shop,00000000000000000000000000000000,0000000000000000]", -ENOENT },
	{ "b3: 0", -ENOENT },
	{ "b3=1", -ENOENT },
	{ "b3: d", -ENOENT },
	{ "b3=" T, -ENOENT },
	{ "drop b3: 12-34", -ENOENT },
	{ "web3: " T "-" S, -ENOENT },
	{ "{\"trace\":{\"name\":\"" T "\"}}", -ENOENT },
	{ "{\"trace\":{\"id\":5}}", -ENOENT },
	{ "{\"trace\":{\"id\":\"", -ENOENT },
	{ "{\"trace\"", -ENOENT },
	{ "trace_id=", -EINVAL },
	{ "trace_id=none", -EINVAL },
	{ "trace_id=\"\"", -EINVAL },
	{ "trace_id=00000000000000000000000000000000 span_id=0000000000000000", -EINVAL },
	{ "trace_id=0000000000000000", -EINVAL },
	{ "trace_id=0af7651916cd43dd8448eb211c80319", -EINVAL },
	{ "trace_id=" T "0", -EINVAL },
	{ "trace_id=" T T, -EINVAL },
	{ "trace_id=" T "xyz", -EINVAL },
	{ "trace_id=" T "_1", -EINVAL },
	{ "trace_id=" LOW "g", -EINVAL },
	{ "trace_id=0af7651916cd43dd8448eb211c80319g", -EINVAL },
	{ "dd.trace_id=0 dd.span_id=0", -EINVAL },
	{ "dd.trace_id=18446744073709551616", -EINVAL },
	{ "dd.trace_id=123abc", -EINVAL },
	{ "dd.trace_id=12xyz", -EINVAL },
	{ "traceparent: 00-00000000000000000000000000000000-" S "-01", -EINVAL },
	{ "traceparent: 00-" T "-0000000000000000-01", -EINVAL },
	{ "traceparent: ff-" T "-" S "-01", -EINVAL },
	{ "traceparent: 00-" T "-" S, -EINVAL },
	{ "traceparent: 00-" T "-" S "-01-more", -EINVAL },
	{ "traceparent: 00-" T "-" S "-01f", -EINVAL },
	{ "uber-trace-id: 0:0:0:0", -EINVAL },
	{ "uber-trace-id: " T, -EINVAL },
	{ "uber-trace-id: 0" T ":" S ":0:1", -EINVAL },
	{ "X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319", -EINVAL },
	{ "X-Amzn-Trace-Id: Root=2-0af76519-16cd43dd8448eb211c80319c", -EINVAL },
	{ "X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319cf", -EINVAL },
	{ "logging.googleapis.com/trace=projects/p/traces/", -EINVAL },
};

Test(log_text, takes_nothing_else_for_a_trace)
{
	struct lsp_found untouched;

	memset(&untouched, '#', sizeof(untouched));
	for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		struct lsp_found f;
		int r = find(misses[i].line, &f);

		cr_expect_eq(r, misses[i].r, "%d: %s", r, misses[i].line);
		cr_expect(r == 0 || memcmp(&f, &untouched, sizeof(f)) == 0);
	}
	cr_expect_eq(lsp_log_text_find((struct lsp_slice){ NULL, 0 }, &untouched), -ENOENT);
}

Test(log_text, reads_a_span_of_datadog_as_decimal_whatever_its_length)
{
	static const uint8_t want[8] = { 0, 4, 0x62, 0xd5, 0x3c, 0x8a, 0xba, 0xc0 };
	struct lsp_found f;

	cr_assert_eq(find("dd.trace_id=5 dd.span_id=1234567890123456", &f), 0);
	cr_expect_arr_eq(f.context.span_id, want, 8);
	cr_expect_eq(f.context.trace_id[15], 5);
}

/* Lines in three parts: before our stamp, the stamp, behind it. */
static const struct {
	const char *before, *stamp, *after;
} stamps[] = {
	{ "card declined", " trace_id=" T " span_id=" S, "" },
	{ "card declined", " trace_id=" T, "" },
	{ "card declined", " trace_id=" T " span_id=" S, "\r" },
	{ "card declined", " trace_id=" T " span_id=" S, "\r\r" },
	{ "", " trace_id=" T, "" },
	{ "a trace_id=x", " trace_id=" T " span_id=" S, "" },
	{ "", "trace_id=" T " span_id=" S " ", "card declined" },
	{ "", "trace_id=" T " ", "card declined" },
	{ "<14>", "trace_id=" T " span_id=" S " ", "card declined" },
	/* none */
	{ "card trace_id=" T " declined", "", "" },
	{ "card trace_id=" T " span_id=" S " declined", "", "" },
	{ "{\"trace_id\":\"" T "\"}", "", "" },
	{ "traceparent=" P " trace_id=of no hex at all but of this len", "", "" },
	{ "traceparent=" P " trace_id=" T " spam_id=" S, "", "" },
	{ "trace_id=" T, "", "" },
	{ "<123456>trace_id=" T " x", "", "" },
};

Test(log_text, tells_our_own_stamp_with_its_space)
{
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		struct lsp_found f;
		char line[256];
		size_t n = strlen(stamps[i].stamp);
		const char *at;

		snprintf(line, sizeof(line), "%s%s%s", stamps[i].before, stamps[i].stamp,
			stamps[i].after);
		at = guard_page_copy(line, strlen(line));
		cr_assert_eq(lsp_log_text_find((struct lsp_slice){ at, strlen(line) }, &f), 0, "%s",
			line);
		cr_expect_eq(f.stamp.len, n, "%zu: %s", f.stamp.len, line);
		if (n && f.stamp.len)
			cr_expect_eq(f.stamp.at - at, (long)strlen(stamps[i].before), "%s", line);
	}
}

Test(log_text, reads_no_byte_outside_of_a_cut_line)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = strlen(forms[i].line);
		char *end = guard_page_copy(forms[i].line, n) + n;

		for (size_t cut = 0; cut < n; cut++) {
			struct lsp_found f;

			memmove(end - cut, forms[i].line, cut);
			(void)lsp_log_text_find((struct lsp_slice){ end - cut, cut }, &f);
			(void)lsp_log_text_severity((struct lsp_slice){ end - cut, cut });
		}
	}
}
