#include "lib/core/stamp.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>

static const char *const with[] = {
	"trace_id=" TRACE_HEX,
	"x trace_id=" TRACE_HEX " y",
	"trace_id: " TRACE_HEX,
	"trace_id = x",
	"trace_id=",
	"trace_id=0",
	"TRACE_ID=x",
	"traceId=x",
	"traceID=x",
	"TraceId=x",
	"traceid=x",
	"trace-id: x",
	"trace.id=x",
	"dd.trace_id=1",
	"[dd.service=a dd.trace_id=1 dd.span_id=2]",
	"mdc.trace_id=x",
	"otelTraceID=x",
	"X-B3-TraceId: x",
	"x-datadog-trace-id: 1",
	"uber-trace-id: a:b:0:1",
	"X-Amzn-Trace-Id: Root=1-2-3",
	"traceparent: 00-a-b-01",
	"TRACEPARENT=00-a-b-01",
	"{\"trace_id\":\"x\"}",
	"{\"trace_id\" : \"x\"}",
	"{'trace_id': 'x'}",
	"{\"traceId\":\"\"}",
	"{\"trace.id\":\"x\"}",
	"{\"dd.trace_id\":\"1\"}",
	"{\"dd\":{\"trace_id\":\"1\"}}",
	"{\"log\":\"{\\\"trace_id\\\":\\\"x\\\"}\"}",
	"{\"logging.googleapis.com/trace\":\"projects/p/traces/x\"}",
	"{\"logging.googleapis.com\\/trace\":\"projects\\/p\\/traces\\/x\"}",
	"logging.googleapis.com/trace=x",
	"{\"trace\":{\"id\":\"x\"}}",
	"{\"trace\" : { \"id\" : \"x\" } }",
	"{\"trace\":{\"sampled\":true,\"id\":\"x\"}}",
	"\x1b[36mtrace_id\x1b[0m=x",
	"\x1b[1;36mtrace_id=\x1b[0mx",
	"trace_id=>x",
	"(trace_id:x)",
	"9trace_id=x",
	"Xtrace_id=x",
	"=trace_id=x",
};

static const char *const without[] = {
	"",
	"t",
	"trace",
	"trace_id",
	"trace_id ",
	"trace_id\"",
	"trace_id\\",
	"no trace_id here",
	"trace_id_missing=1",
	"trace_id2=x",
	"trace_ids=3",
	"traceidx=x",
	"trace: on",
	"trace=1",
	"backtrace: none",
	"backtrace_id=1",
	"stacktrace.id=x",
	"traceback: x",
	"traceroute=x",
	"tracer: x",
	"trace id: x",
	"trace__id=x",
	"span_id=x",
	"{\"trace\":\"on\"}",
	"{\"trace\":{\"level\":1}}",
	"{\"trace\":{},\"id\":1}",
	"{\"trace\":{\"idx\":1}}",
	"{\"trace\":{\"a\":\"id\"}}",
	"{\"trace\":[\"id\"]}",
	"{\"stacktrace\":{\"id\":1}}",
	"googleapis.com/trace=x",
	"logging.googleapis.com/traces=x",
	"logging.googleapis.com/trace_sampled=x",
	"transfer of strings through structured metrics",
};

/* At each distance from the line's beginning and end, as both are looked at in blocks. */
static bool has_id(const char *text, size_t before, size_t behind)
{
	char line[256];
	size_t n = strlen(text);
	static char *end;

	if (!end)
		end = guard_page_copy(line, sizeof(line)) + sizeof(line);
	memset(line, ' ', sizeof(line));
	memcpy(line + before, text, n);
	n += before + behind;
	memcpy(end - n, line, n);
	return lsp_stamp_line_has_id(end - n, n);
}

Test(stamp_has_id, each_common_name_is_found_wherever_it_stands)
{
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		for (size_t before = 0; before < 40; before++)
			for (size_t behind = 0; behind < 40; behind += 3)
				cr_assert(has_id(with[i], before, behind), "%zu %s %zu", before,
					with[i], behind);
}

Test(stamp_has_id, other_words_are_not_names)
{
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		for (size_t before = 0; before < 40; before++)
			for (size_t behind = 0; behind < 40; behind += 3)
				cr_assert_not(has_id(without[i], before, behind), "%zu %s %zu",
					before, without[i], behind);
}

Test(stamp_has_id, a_name_cut_anywhere_is_not_read_past)
{
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		for (size_t n = 0; n < strlen(with[i]); n++) {
			char text[128];

			memcpy(text, with[i], n);
			text[n] = 0;
			(void)has_id(text, 0, 0);
			(void)has_id(text, 30, 0);
		}
}
