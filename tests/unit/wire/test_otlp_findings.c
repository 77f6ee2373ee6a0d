/* What senders are told of what they send: a sentence for each kind of thing that is wrong. */
#include "lib/wire/otlp_findings.h"
#include "lib/wire/otlp_json.h"
#include "otlp_fixture.h"

#include <stdio.h>

#define TRACE "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\""
#define SPAN  "\"spanId\":\"b7ad6b7169203331\""
#define IDS   TRACE "," SPAN
#define TIMES                                                                                      \
	"\"startTimeUnixNano\":\"1700000000000000001\",\"endTimeUnixNano\":"                       \
	"\"1700000000000000002\""
#define TIME "\"timeUnixNano\":\"1700000000000000001\""
#define NAME "\"name\":\"GET /\""

static struct lsp_batch batch;
static struct lsp_otlp_result result;

static void fresh(void)
{
	lsp_batch_release(&batch);
	memset(&result, '#', sizeof(result));
}

TestSuite(otlp_findings, .init = fresh, .fini = fresh);

/* A request in JSON with these records; service NULL: a resource without a name. */
static struct lsp_slice request(bool logs, const char *service, const char *records)
{
	static char text[200000];
	char named[128] = "";
	if (service)
		snprintf(named, sizeof(named),
			"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"%s\"}}", service);
	snprintf(text, sizeof(text),
		"{\"resource%s\":[{\"resource\":{\"attributes\":[%s]},"
		"\"scope%s\":[{\"%s\":[%s]}]}]}",
		logs ? "Logs" : "Spans", named, logs ? "Logs" : "Spans",
		logs ? "logRecords" : "spans", records);
	return lsp_slice_of(text);
}

/* Read as JSON, and what comes out of it read again as protobuf. */
static void expect(bool logs, const char *service, const char *records, const char *message)
{
	struct lsp_slice body = request(logs, service, records);
	fresh();
	cr_assert_eq(logs ? lsp_otlp_json_logs(&batch, body, &result)
			  : lsp_otlp_json_traces(&batch, body, &result),
		0, "%s: %s", records, result.message);
	cr_expect_str_eq(result.message, message, "%s:\n  %s", records, result.message);
	if (strstr(message, "hex digits") || !batch.n_origins)
		return;
	struct wire scopes = { 0 }, resources = { 0 }, w = { 0 };
	for (size_t i = 0; i < batch.n_logs; i++)
		wire_bytes(&scopes, 2, batch.logs[i].encoded.at, batch.logs[i].encoded.len);
	for (size_t i = 0; i < batch.n_spans; i++)
		wire_bytes(&scopes, 2, batch.spans[i].encoded.at, batch.spans[i].encoded.len);
	wire_bytes(&resources, 1, batch.origins[0].resource.at, batch.origins[0].resource.len);
	wire_put(&resources, 2, &scopes);
	wire_put(&w, 1, &resources);
	struct lsp_batch twin = { 0 };
	struct lsp_otlp_result again;
	cr_assert_eq(logs ? lsp_otlp_proto_logs(&twin, wire_slice(&w), &again)
			  : lsp_otlp_proto_traces(&twin, wire_slice(&w), &again),
		0);
	if (!result.rejected)
		cr_expect_str_eq(again.message, message, "as protobuf: %s", again.message);
	lsp_batch_release(&twin);
}

static const struct {
	const char *service, *spans, *message;
} span_rows[] = {
	{ "shop", "{" IDS "," TIMES "," NAME "}", "" },
	{ "shop", "{" IDS ",\"parentSpanId\":\"0000000000000000\"," TIMES "," NAME "}", "" },
	{ "shop", "{" IDS ",\"parentSpanId\":\"\"," TIMES "," NAME "}", "" },
	{ NULL, "{" IDS "," TIMES "," NAME "}",
		"1 of 1 spans has no service.name (b7ad6b7169203331): set OTEL_SERVICE_NAME or "
		"this resource attribute" },
	{ "unknown_service:node", "{" IDS "," TIMES "," NAME "},{" IDS "," TIMES "," NAME "}",
		"2 of 2 spans have no service.name (first: b7ad6b7169203331): set "
		"OTEL_SERVICE_NAME or this resource attribute" },
	{ "unknown_servic", "{" IDS "," TIMES "," NAME "}", "" },
	{ "shop", "{" IDS ",\"parentSpanId\":\"b7ad6b7169203331\"," TIMES "," NAME "}",
		"1 of 1 spans is its own parent (b7ad6b7169203331): shown without parent, send the "
		"id of the caller's span" },
	{ "shop", "{" IDS ",\"parentSpanId\":\"b7ad\"," TIMES "," NAME "}",
		"1 of 1 spans is kept as a root: parent_span_id has 2 bytes, not 8" },
	{ "shop", "{" IDS ",\"parentSpanId\":\"main\"," TIMES "," NAME "}",
		"1 of 1 spans is kept as a root: parent_span_id is not 16 hex digits" },
	{ "shop", "{" IDS ",\"endTimeUnixNano\":\"1700000000000000002\"," NAME "}",
		"1 of 1 spans has no start time (b7ad6b7169203331): shown at 1970, set it" },
	{ "shop", "{" IDS ",\"startTimeUnixNano\":\"1700000000000000002\"," NAME "}",
		"1 of 1 spans has no end time (b7ad6b7169203331): shown without duration, set "
		"it" },
	{ "shop",
		"{" IDS ",\"startTimeUnixNano\":\"1700000000000000002\",\"endTimeUnixNano\":"
		"\"1700000000000000001\"," NAME "}",
		"1 of 1 spans ends before it starts (b7ad6b7169203331): shown without duration, "
		"measure it by a monotonic clock" },
	{ "shop",
		"{" IDS ",\"startTimeUnixNano\":1700000000000000002,\"endTimeUnixNano\":"
		"1700000000000000002," NAME "}",
		"" },
	{ "shop",
		"{" IDS ",\"startTimeUnixNano\":\"1700000000000\",\"endTimeUnixNano\":"
		"\"1700000000001\"," NAME "}",
		"1 of 1 spans is dated before 2000 (b7ad6b7169203331): send times as nanoseconds "
		"since 1970" },
	{ "shop", "{" IDS "," TIMES "}",
		"1 of 1 spans has no name (b7ad6b7169203331): name spans by what they do" },
	{ "shop", "{" IDS "," TIMES "," NAME ",\"droppedAttributesCount\":1}",
		"1 of 1 spans lost attributes, events or links in the sender (b7ad6b7169203331): "
		"raise its OTEL_SPAN_*_COUNT_LIMIT" },
	{ "shop", "{" IDS "," TIMES "," NAME ",\"droppedEventsCount\":7,\"droppedLinksCount\":0}",
		"1 of 1 spans lost attributes, events or links in the sender (b7ad6b7169203331): "
		"raise its OTEL_SPAN_*_COUNT_LIMIT" },
	{ "shop", "{" IDS "," TIMES "," NAME ",\"droppedLinksCount\":2}",
		"1 of 1 spans lost attributes, events or links in the sender (b7ad6b7169203331): "
		"raise its OTEL_SPAN_*_COUNT_LIMIT" },
	{ "shop", "{" SPAN "," TIMES "," NAME "},{" IDS "," TIMES "," NAME "}",
		"1 of 2 spans is rejected: trace_id has 0 bytes, not 16" },
	{ "shop", "{" TRACE ",\"spanId\":\"7\"," TIMES "," NAME "},{" SPAN "}",
		"2 of 2 spans are rejected: span_id is not 16 hex digits" },
	{ "shop", "{\"traceId\":\"CvdlGRbNQ92ESOshHIAxnA==\"," SPAN "}",
		"1 of 1 spans is rejected: trace_id is not 32 hex digits" },
	/* What is rejected is not judged further; what is kept is, and both are said. */
	{ NULL, "{" SPAN "},{" IDS "," TIMES "," NAME "}",
		"1 of 2 spans is rejected: trace_id has 0 bytes, not 16; 1 of 2 spans has no "
		"service.name (b7ad6b7169203331): set OTEL_SERVICE_NAME or this resource "
		"attribute" },
};

Test(otlp_findings, says_of_spans_what_their_sender_can_change)
{
	for (size_t i = 0; i < sizeof(span_rows) / sizeof(span_rows[0]); i++)
		expect(false, span_rows[i].service, span_rows[i].spans, span_rows[i].message);
}

static const struct {
	const char *service, *records, *message;
	unsigned uncorrelated;
} log_rows[] = {
	{ "shop", "{" IDS "," TIME "}", "", 0 },
	{ "shop", "{" TIME "}", "", 0 },
	{ "shop", "{\"observedTimeUnixNano\":\"1700000000000000001\"," IDS "}", "", 0 },
	/* How some say "none". */
	{ "shop", "{" TIME ",\"traceId\":\"\",\"spanId\":\"\"}", "", 0 },
	{ "shop", "{" TIME ",\"traceId\":\"00000000000000000000000000000000\"}", "", 0 },
	{ "shop", "{" TIME ",\"traceId\":\"0af7\"," SPAN "}",
		"1 of 1 log records is kept without ids: trace_id has 2 bytes, not 16", 1 },
	{ "shop", "{" TIME ",\"traceId\":\"order 7\"}",
		"1 of 1 log records is kept without ids: trace_id is not 32 hex digits", 1 },
	{ "shop", "{" TIME "," TRACE ",\"spanId\":\"0af7\"}",
		"1 of 1 log records is kept without its span: span_id has 2 bytes, not 8", 0 },
	{ "shop", "{" TIME "," TRACE ",\"spanId\":\"x\"}",
		"1 of 1 log records is kept without its span: span_id is not 16 hex digits", 0 },
	{ "shop", "{" TIME "," SPAN "},{" TIME "}",
		"1 of 2 log records has a span_id but no trace_id: kept without ids, set both", 1 },
	{ "shop", "{\"body\":{\"stringValue\":\"x\"}}",
		"1 of 1 log records has no time: dated by arrival, set time or observed time", 0 },
	{ "shop", "{\"timeUnixNano\":1700000000}",
		"1 of 1 log records is dated before 2000: send times as nanoseconds since 1970",
		0 },
	{ NULL, "{" TIME "},{" TIME "},{" TIME "}",
		"3 of 3 log records have no service.name: set OTEL_SERVICE_NAME or this resource "
		"attribute",
		0 },
	{ "shop", "{" TIME ",\"droppedAttributesCount\":3}",
		"1 of 1 log records lost attributes in the sender: raise its "
		"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
		0 },
};

Test(otlp_findings, says_of_log_records_what_their_sender_can_change)
{
	for (size_t i = 0; i < sizeof(log_rows) / sizeof(log_rows[0]); i++) {
		expect(true, log_rows[i].service, log_rows[i].records, log_rows[i].message);
		cr_expect_eq(
			result.uncorrelated, log_rows[i].uncorrelated, "%s", log_rows[i].records);
		cr_expect_eq(result.rejected, 0);
	}
}

Test(otlp_findings, counts_and_names_the_first)
{
	char spans[100000] = "";
	size_t n = 0;
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(spans + n, sizeof(spans) - n,
			"%s{" TRACE ",\"spanId\":\"%016x\"," NAME ",%s}", i ? "," : "", i + 1,
			i % 3 == 2 ? "\"startTimeUnixNano\":\"1700000000000000002\","
				     "\"endTimeUnixNano\":\"1700000000000000001\""
				   : TIMES);
	cr_assert_eq(lsp_otlp_json_traces(&batch, request(false, "shop", spans), &result), 0);
	cr_expect_str_eq(result.message,
		"100 of 300 spans end before they start (first: 0000000000000003): shown without "
		"duration, measure it by a monotonic clock");
	cr_expect_eq(result.accepted, 300);
	cr_expect_eq(result.rejected, 0);
}

/* All that can be wrong at once: whole sentences, as many as fit, and that there are more. By ten
 * lengths of a number the sentences end at any place. */
Test(otlp_findings, ends_a_long_message_between_two_sentences)
{
	struct lsp_otlp_result *r = malloc(sizeof(*r));
	memset(r, 0, sizeof(*r));
	for (r->accepted = 1; r->accepted < 10000000000000000000u; r->accepted *= 10) {
		for (int kind = 0; kind < LSP_OTLP_FINDINGS_N; kind++)
			r->found[kind] = (struct lsp_otlp_found){ .n = r->accepted };
		for (int kind = 0; kind < LSP_OTLP_FINDINGS_N; kind++) {
			lsp_otlp_findings_say(r, "log records");
			char *end = memchr(r->message, 0, sizeof(r->message));
			cr_assert_not_null(end, "%.*s", (int)sizeof(r->message), r->message);
			if (kind < LSP_OTLP_FINDINGS_N - 9)
				cr_expect_str_eq(end - 10, "; and more", "%s", r->message);
			r->found[kind].n = 0;
		}
		cr_expect_null(strstr(r->message, "more"), "%s", r->message);
	}
	free(r);
}
