#include "lib/wire/otlp_json.h"
#include "guard_page.h"
#include "otlp_fixture.h"

#include <stdio.h>

static struct lsp_batch batch;
static struct lsp_otlp_result result;

static void fresh(void)
{
	lsp_batch_release(&batch);
	memset(&result, '#', sizeof(result));
}

TestSuite(otlp_json, .init = fresh, .fini = fresh);

static int traces(const char *text, size_t n)
{
	fresh();
	return lsp_otlp_json_traces(
		&batch, (struct lsp_slice){ guard_page_copy(text, n), n }, &result);
}

/* A request with one span, whose members but for the ids are given. */
static int one_span(const char *members)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{"
		"\"traceId\":\"0af7651916cd43dd8448eb211c80319c\","
		"\"spanId\":\"b7ad6b7169203331\"%s%s}]}]}]}",
		*members ? "," : "", members);
	return traces(text, strlen(text));
}

static char *file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text = malloc(1 << 16);

	cr_assert_not_null(f, "%s", path);
	*n = fread(text, 1, 1 << 16, f);
	fclose(f);
	return text;
}

Test(otlp_json, decodes_to_the_same_as_its_protobuf_twin)
{
	struct wire w = wire_full_request();
	struct lsp_batch twin = { 0 };
	char *want, *got, *text;
	size_t n;

	text = file("tests/data/otlp/full.json", &n);
	cr_assert_eq(lsp_otlp_proto_traces(&twin, wire_slice(&w), &result), 0);
	want = batch_spans_text(&twin);
	cr_assert_eq(traces(text, n), 0, "%s", result.message);
	free(text); /* the body need not outlive the call */
	cr_expect_eq(result.accepted, 3);
	cr_expect_str_eq(result.message, "");
	got = batch_spans_text(&batch);
	cr_expect_str_eq(got, want);
	cr_expect_not_null(strstr(got, "\"raw\": \"AP8QgA==\""), "%s", got);
	cr_expect_not_null(strstr(got, "\"endless\": \"Infinity\""));
	free(got);
	free(want);
	lsp_batch_release(&twin);
}

Test(otlp_json, refuses_every_truncated_request)
{
	char *text;
	size_t n;

	text = file("tests/data/otlp/full.json", &n);
	while (n > 0 && text[n - 1] != '}')
		n--;
	for (size_t i = 1; i < n; i++) {
		cr_expect_eq(traces(text, i), -EBADMSG, "%zu", i);
		cr_expect_eq(strncmp(result.message, "malformed JSON: ", 16), 0);
	}
	free(text);
}

/* Bodies and members that are right, and what the span then has. */
static const struct {
	const char *members;
	uint64_t start_ns;
	unsigned kind, status;
} good[] = {
	{ "", 0, 0, 0 },
	{ "\"startTimeUnixNano\":5", 5, 0, 0 },
	{ "\"startTimeUnixNano\":\"5\"", 5, 0, 0 },
	{ "\"startTimeUnixNano\":5.0", 5, 0, 0 },
	{ "\"startTimeUnixNano\":1e3", 1000, 0, 0 },
	{ "\"startTimeUnixNano\":\"18446744073709551615\"", UINT64_MAX, 0, 0 },
	{ "\"startTimeUnixNano\":9223372036854775807", INT64_MAX, 0, 0 },
	{ "\"startTimeUnixNano\":null", 0, 0, 0 },
	{ "\"kind\":5,\"status\":{\"code\":1}", 0, 5, 1 },
	{ "\"kind\":6", 0, 0, 0 },
	{ "\"kind\":-1", 0, 0, 0 },
	{ "\"kind\":null,\"status\":null", 0, 0, 0 },
	{ "\"start_time_unix_nano\":\"7\"", 0, 0, 0 }, /* snake case is an unknown name */
	{ "\"StartTimeUnixNano\":\"7\"", 0, 0, 0 },
	{ "\"unknown\":[[[{\"x\":\"\\u0000\"}]]]", 0, 0, 0 },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"-9223372036854775808\"}}]", 0,
		0, 0 },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{}},{},{\"key\":\"k\"}]", 0, 0, 0 },
	{ "\"flags\":4294967295", 0, 0, 0 },
};

Test(otlp_json, takes_numbers_as_such_and_as_strings_and_null_as_unset)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(
			one_span(good[i].members), 0, "%s: %s", good[i].members, result.message);
		cr_assert_eq(batch.n_spans, 1);
		cr_expect_eq(batch.spans[0].start_ns, good[i].start_ns, "%s", good[i].members);
		cr_expect_eq(batch.spans[0].kind, good[i].kind, "%s", good[i].members);
		cr_expect_eq(batch.spans[0].status, good[i].status, "%s", good[i].members);
		cr_expect_eq(batch.spans[0].trace_id[0], 0x0a);
		cr_expect_eq(batch.spans[0].span_id[7], 0x31);
	}
}

/* Members that are wrong, and what is said. */
static const struct {
	const char *members, *message;
} wrong[] = {
	{ "\"kind\":\"SPAN_KIND_SERVER\"",
		"malformed JSON: span.kind: an enum is an integer here, names are not allowed" },
	{ "\"kind\":\"2\"",
		"malformed JSON: span.kind: an enum is an integer here, names are not allowed" },
	{ "\"status\":{\"code\":\"STATUS_CODE_ERROR\"}",
		"malformed JSON: status.code: an enum is an integer here, names are not allowed" },
	{ "\"name\":5", "malformed JSON: span.name: not a string" },
	{ "\"parentSpanId\":5", "malformed JSON: span.parentSpanId: not a string" },
	{ "\"startTimeUnixNano\":1.5",
		"malformed JSON: span.startTimeUnixNano: not a whole number" },
	{ "\"startTimeUnixNano\":true",
		"malformed JSON: span.startTimeUnixNano: neither a number nor a decimal string" },
	{ "\"startTimeUnixNano\":\"\"",
		"malformed JSON: span.startTimeUnixNano: neither a number nor a decimal string" },
	{ "\"startTimeUnixNano\":\"0x5\"",
		"malformed JSON: span.startTimeUnixNano: neither a number nor a decimal string" },
	{ "\"startTimeUnixNano\":\" 5\"",
		"malformed JSON: span.startTimeUnixNano: neither a number nor a decimal string" },
	{ "\"startTimeUnixNano\":\"18446744073709551616\"",
		"malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":1.8446744073709552e19",
		"malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":1e300", "malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":\"5-\"", "malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":\"-5\"", "malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":-5", "malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"startTimeUnixNano\":-5.0", "malformed JSON: span.startTimeUnixNano: out of range" },
	{ "\"flags\":4294967296", "malformed JSON: span.flags: out of range" },
	{ "\"droppedLinksCount\":-1", "malformed JSON: span.droppedLinksCount: out of range" },
	{ "\"attributes\":{}", "malformed JSON: span.attributes: not an array" },
	{ "\"attributes\":[1]", "malformed JSON: span.attributes: not an object" },
	{ "\"attributes\":[{\"key\":1}]", "malformed JSON: attributes.key: not a string" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":\"v\"}]",
		"malformed JSON: attributes.value: not an object" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"boolValue\":1}}]",
		"malformed JSON: value.boolValue: neither true nor false" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"doubleValue\":\"inf.\"}}]",
		"malformed JSON: value.doubleValue: not a number" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"9223372036854775808\"}}]",
		"malformed JSON: value.intValue: out of range" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"-9223372036854775809\"}}]",
		"malformed JSON: value.intValue: out of range" },
	{ "\"attributes\":[{\"key\":\"k\",\"value\":{\"bytesValue\":\"a*b\"}}]",
		"malformed JSON: value.bytesValue: not base64" },
	{ "\"status\":[]", "malformed JSON: span.status: not an object" },
};

Test(otlp_json, refuses_wrong_values_and_names_the_field)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect_eq(one_span(wrong[i].members), -EBADMSG, "%s", wrong[i].members);
		cr_expect_str_eq(result.message, wrong[i].message);
	}
}

/* Whole bodies that are no request. */
static const struct {
	const char *body, *message;
} bodies[] = {
	{ "[]", "malformed JSON: not an object" },
	{ "null", NULL },
	{ "{\"resourceSpans\":{}}", "malformed JSON: resourceSpans: not an array" },
	{ "{\"resourceSpans\":[1]}", "malformed JSON: scopeSpans: not inside an object" },
	{ "{\"resourceSpans\":[{\"scopeSpans\":1}]}", "malformed JSON: scopeSpans: not an array" },
	{ "{\"resourceSpans\":[{\"scopeSpans\":[null]}]}",
		"malformed JSON: spans: not inside an object" },
	{ "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":\"\"}]}]}",
		"malformed JSON: spans: not an array" },
	{ "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[7]}]}]}",
		"malformed JSON: spans: a record is not an object" },
	{ "{\"resourceSpans\":[{\"resource\":[]}]}", "malformed JSON: resource: not an object" },
	{ "{\"resourceSpans\":[{\"scopeSpans\":[{\"scope\":3}]}]}",
		"malformed JSON: scope: not an object" },
	{ "{\"resourceSpans\":\n[",
		"malformed JSON: ']' expected near end of file at line 2 column 1" },
	{ "{} {}", NULL },
	{ "{\"a\":\"\xff\"}", NULL },
};

Test(otlp_json, refuses_bodies_that_are_no_request)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		cr_expect_eq(traces(bodies[i].body, strlen(bodies[i].body)), -EBADMSG, "%s",
			bodies[i].body);
		if (bodies[i].message)
			cr_expect_str_eq(result.message, bodies[i].message);
		cr_expect_eq(strncmp(result.message, "malformed JSON: ", 16), 0);
	}
}

Test(otlp_json, takes_requests_with_nothing_in_them)
{
	static const char *const empty[] = { "", "{}", "{\"resourceSpans\":null}",
		"{\"resourceSpans\":[]}", "{\"resourceSpans\":[{}]}",
		"{\"resourceSpans\":[{\"scopeSpans\":[{}]}]}", "{\"resourceLogs\":5}" };

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		cr_expect_eq(traces(empty[i], strlen(empty[i])), 0, "%s", empty[i]);
		cr_expect_eq(result.accepted, 0);
		cr_expect_eq(batch.n_origins, 0, "%s", empty[i]);
	}
}

/* Ids that are no hex of the right length reject the span, not the request. */
static const char *const bad_ids[] = { "", "0", "0af7651916cd43dd8448eb211c80319",
	"0af7651916cd43dd8448eb211c80319cc", "0af7651916cd43dd8448eb211c80319g",
	"00000000000000000000000000000000",
	"CvdlGRbNQ92ESOshHIAxnA==", "0af76519-16cd-43dd-8448-eb211c80319c" };

Test(otlp_json, rejects_spans_with_bad_ids)
{
	char members[128];

	for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
		snprintf(members, sizeof(members), "\"traceId\":\"%s\"", bad_ids[i]);
		cr_assert_eq(one_span(members), 0);
		cr_expect_eq(result.rejected, 1, "%s", bad_ids[i]);
		cr_expect(strstr(result.message, "1 of 1 spans is rejected: trace_id "));
	}
	cr_assert_eq(one_span("\"traceId\":null"), 0);
	cr_expect_eq(result.rejected, 1);
}

/* As JSON.stringify writes a Buffer of Node.js, which is how dd-trace sends the ids of logs. */
Test(otlp_json, takes_ids_of_node_buffers)
{
	static const struct {
		const char *id;
		int result;
		uint64_t rejected;
	} rows[] = {
		{ "{\"type\":\"Buffer\",\"data\":[0,255,3,4,5,6,7,8]}", 0, 0 },
		{ "{\"data\":[0,255,3,4,5,6,7,8],\"type\":\"Buffer\"}", 0, 0 },
		{ "{\"type\":\"Buffer\",\"data\":[0,255,3,4,5,6,7]}", 0, 1 },
		{ "{\"type\":\"Buffer\",\"data\":[]}", 0, 1 },
		{ "{\"type\":\"Buffer\",\"data\":[0,256,3,4,5,6,7,8]}", -EBADMSG, 0 },
		{ "{\"type\":\"Buffer\",\"data\":[0,-1,3,4,5,6,7,8]}", -EBADMSG, 0 },
		{ "{\"type\":\"Buffer\",\"data\":[0,\"2\",3,4,5,6,7,8]}", -EBADMSG, 0 },
		{ "{\"type\":\"Buffer\",\"data\":\"00ff030405060708\"}", -EBADMSG, 0 },
		{ "{\"type\":\"buffer\",\"data\":[0,255,3,4,5,6,7,8]}", -EBADMSG, 0 },
		{ "{\"data\":[0,255,3,4,5,6,7,8]}", -EBADMSG, 0 },
		{ "[0,255,3,4,5,6,7,8]", -EBADMSG, 0 },
		{ "{}", -EBADMSG, 0 },
		{ "12", -EBADMSG, 0 },
	};
	char members[512];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(members, sizeof(members), "\"spanId\":%s", rows[i].id);
		cr_assert_eq(one_span(members), rows[i].result, "%s", rows[i].id);
		if (rows[i].result)
			continue;
		cr_assert_eq(result.rejected, rows[i].rejected, "%s", rows[i].id);
		if (batch.n_spans)
			cr_expect_arr_eq(batch.spans[0].span_id, "\0\377\3\4\5\6\7\10", 8);
	}
	snprintf(members, sizeof(members), "\"spanId\":{\"type\":\"Buffer\",\"data\":[1%0*d]}", 200,
		0); /* one long number */
	cr_expect_eq(one_span(members), -EBADMSG);
	strcpy(members, "\"spanId\":{\"type\":\"Buffer\",\"data\":[1");
	for (int i = 0; i < 100; i++)
		strcat(members, ",1");
	strcat(members, "]}");
	cr_assert_eq(one_span(members), 0);
	cr_expect_eq(result.rejected, 1, "more bytes than any id has");
}

Test(otlp_json, takes_values_nested_up_to_a_limit)
{
	for (int depth = 1; depth < 60; depth++) {
		char members[4096] = "\"attributes\":[{\"key\":\"k\",\"value\":";
		int r;

		for (int i = 0; i < depth; i++)
			strcat(members, "{\"arrayValue\":{\"values\":[");
		strcat(members, "{\"intValue\":1}");
		for (int i = 0; i < depth; i++)
			strcat(members, "]}}");
		strcat(members, "}]");
		r = one_span(members);
		cr_expect_eq(r, depth <= 23 ? 0 : -EBADMSG, "%d: %d %s", depth, r, result.message);
		if (r == 0)
			free(batch_spans_text(&batch));
	}
}

Test(otlp_json, takes_log_records)
{
	static const char text[] =
		"{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
		"\"value\":{\"stringValue\":\"pay\"}}]},\"scopeLogs\":[{\"logRecords\":["
		"{\"timeUnixNano\":\"5\",\"severityNumber\":17,\"severityText\":\"ERROR\","
		"\"body\":{\"stringValue\":\"declined\"},\"eventName\":\"e\","
		"\"traceId\":\"0AF7651916CD43DD8448EB211C80319C\",\"spanId\":\"b7ad6b7169203331\"},"
		"{\"observedTimeUnixNano\":6,\"body\":{\"intValue\":3},\"traceId\":\"0a\"}]}]}]}";

	cr_assert_eq(lsp_otlp_json_logs(&batch, LSP_SLICE(text), &result), 0);
	cr_assert_eq(batch.n_logs, 2);
	cr_expect(lsp_slice_equal(batch.origins[0].service, LSP_SLICE("pay")));
	cr_expect(lsp_slice_equal(batch.logs[0].body, LSP_SLICE("declined")));
	cr_expect_eq(batch.logs[0].time_ns, 5);
	cr_expect_eq(batch.logs[0].severity, 17);
	cr_expect_eq(batch.logs[0].trace_id[15], 0x9c);
	cr_expect_eq(batch.logs[0].span_id[0], 0xb7);
	cr_expect(lsp_slice_equal(batch.logs[1].body, LSP_SLICE("3")));
	cr_expect_eq(batch.logs[1].time_ns, 6);
	cr_expect_eq(result.uncorrelated, 1);
	cr_expect_eq(result.accepted, 2);
	cr_expect_eq(lsp_otlp_json_logs(&batch,
			     LSP_SLICE("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":["
				       "{\"severityNumber\":\"SEVERITY_NUMBER_INFO\"}]}]}]}"),
			     &result),
		-EBADMSG);
}

Test(otlp_json, counts_data_points)
{
	static const char text[] =
		"{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":["
		"{\"gauge\":{\"dataPoints\":[{},{}]}},{\"sum\":{\"dataPoints\":[{}]}},"
		"{\"histogram\":{\"dataPoints\":[{}]}},{\"summary\":{\"dataPoints\":[{}]}},"
		"{\"exponentialHistogram\":{\"dataPoints\":[{}]}}, {}]}]}]}";

	cr_assert_eq(lsp_otlp_json_metrics(LSP_SLICE(text), &result), 0);
	cr_expect_eq(result.rejected, 6);
	cr_expect_neq(result.message[0], 0);
	cr_expect_eq(lsp_otlp_json_metrics(LSP_SLICE("{"), &result), -EBADMSG);
}

static const struct {
	struct lsp_otlp_result result;
	const char *kind, *text;
} answers[] = {
	{ { .accepted = 1 }, "traces", "{}" },
	{ { .rejected = 2, .message = "why \"x\"" }, "traces",
		"{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"why "
		"\\\"x\\\"\"}}" },
	{ { .rejected = 18446744073709551615u }, "logs",
		"{\"partialSuccess\":{\"rejectedLogRecords\":\"18446744073709551615\"}}" },
	{ { .rejected = 1 }, "metrics", "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\"}}" },
	{ { .message = "\xff" }, "logs",
		"{\"partialSuccess\":{\"errorMessage\":\"\xef\xbf\xbd\"}}" },
};

Test(otlp_json, answers_in_the_names_of_the_signal)
{
	struct lsp_buf out;

	lsp_buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		lsp_buf_clear(&out);
		cr_expect_eq(lsp_otlp_json_response(&out, &answers[i].result, answers[i].kind), 0);
		cr_expect_str_eq(out.at, answers[i].text);
	}
	lsp_buf_clear(&out);
	cr_expect_eq(lsp_otlp_json_status(&out, 3, "bad\n"), 0);
	cr_expect_str_eq(out.at, "{\"code\":3,\"message\":\"bad\\n\"}");
	lsp_buf_release(&out);
}
