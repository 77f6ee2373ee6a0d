#include "sidecar/json_trace.h"
#include "sidecar/json_trace_parse.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct lsp_trace *trace;
static struct lsp_tree tree;

static struct lsp_span *add_span(uint8_t id, uint8_t parent, const char *service, const char *name)
{
	struct lsp_span *s = lsp_trace_add_span(trace);
	memset(s->trace_id, 0xab, sizeof(s->trace_id));
	s->span_id[7] = id;
	s->parent_span_id[7] = parent;
	s->start_ns = 1763933400000000000u + id;
	s->end_ns = s->start_ns + 1000u - id * 10u;
	s->service = strdup(service);
	s->name = strdup(name);
	return s;
}

static struct lsp_log *add_log(uint8_t span, const char *body, size_t n)
{
	struct lsp_log *l = lsp_trace_add_log(trace);
	memset(l->trace_id, 0xab, sizeof(l->trace_id));
	l->span_id[7] = span;
	l->time_ns = 1763933400000000100u + trace->n_logs;
	l->service = strdup("checkout");
	l->body = malloc(n + 1);
	memcpy(l->body, body, n);
	l->body_bytes = n;
	return l;
}

static json_t *finish(void)
{
	lsp_trace_finish(trace);
	cr_assert_eq(lsp_tree_build(&tree, trace), 0);
	json_t *json = lsp_json_trace(trace, &tree);
	cr_assert_not_null(json);
	return json;
}

static void start(void)
{
	trace = lsp_trace_new();
	memset(trace->trace_id, 0xab, sizeof(trace->trace_id));
}

static void end(void)
{
	lsp_tree_release(&tree);
	lsp_trace_free(trace);
}

TestSuite(json_trace, .init = start, .fini = end);

#define EXPECT_JSON(value, text)                                                                   \
	do {                                                                                       \
		char *got_ = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);                    \
		cr_expect_str_eq(got_ ? got_ : "(missing)", text);                                 \
		free(got_);                                                                        \
	} while (0)

static json_t *span_of(json_t *json, size_t i)
{
	return json_array_get(json_object_get(json, "spans"), i);
}

Test(json_trace, has_every_member_of_the_contract)
{
	static const char *const of_trace[] = { "trace_id", "start_unix_nano", "duration_ns",
		"spans", "logs", "services", "notes" };
	static const char *const of_span[] = { "span_id", "parent_span_id", "service", "name",
		"kind", "start_unix_nano", "duration_ns", "self_ns", "critical_ns", "status",
		"status_message", "error_role", "retry_of", "orphan", "skew_ns", "attributes",
		"resource", "events", "links", "logs" };
	static const char *const of_log[] = { "time_unix_nano", "service", "severity", "body",
		"trace_id", "span_id", "source", "context_source", "pid", "tid", "attributes" };
	add_span(1, 0, "gateway", "GET /");
	add_log(9, "x", 1);
	json_t *json = finish(), *log = json_array_get(json_object_get(json, "logs"), 0);
	for (size_t i = 0; i < sizeof(of_trace) / sizeof(*of_trace); i++)
		cr_expect_not_null(json_object_get(json, of_trace[i]), "%s", of_trace[i]);
	for (size_t i = 0; i < sizeof(of_span) / sizeof(*of_span); i++)
		cr_expect_not_null(json_object_get(span_of(json, 0), of_span[i]), "%s", of_span[i]);
	for (size_t i = 0; i < sizeof(of_log) / sizeof(*of_log); i++)
		cr_expect_not_null(json_object_get(log, of_log[i]), "%s", of_log[i]);
	json_decref(json);
}

Test(json_trace, writes_values_in_their_forms)
{
	struct lsp_span *s = add_span(1, 0, "gateway", "GET /");
	s->kind = LSP_KIND_SERVER;
	s->status = LSP_STATUS_ERROR;
	s->status_message = strdup("boom");
	add_span(2, 1, "checkout", "POST /pay");
	struct lsp_log *l = add_log(2, "card declined", 13);
	l->severity = 17;
	l->intake = LSP_INTAKE_RING;
	l->context_source = LSP_SOURCE_FD;
	l->pid = 12;
	json_t *json = finish(), *root = span_of(json, 0), *child = span_of(json, 1);
	EXPECT_JSON(json_object_get(json, "trace_id"), "\"abababababababababababababababab\"");
	EXPECT_JSON(json_object_get(json, "start_unix_nano"), "\"1763933400000000001\"");
	EXPECT_JSON(json_object_get(json, "duration_ns"), "990");
	EXPECT_JSON(json_object_get(json, "services"), "[\"gateway\",\"checkout\"]");
	EXPECT_JSON(json_object_get(json, "logs"), "[]");
	EXPECT_JSON(json_object_get(root, "parent_span_id"), "null");
	EXPECT_JSON(json_object_get(root, "kind"), "\"server\"");
	EXPECT_JSON(json_object_get(root, "status"), "\"error\"");
	EXPECT_JSON(json_object_get(root, "status_message"), "\"boom\"");
	EXPECT_JSON(json_object_get(root, "self_ns"), "10");
	EXPECT_JSON(json_object_get(child, "parent_span_id"), "\"0000000000000001\"");
	EXPECT_JSON(json_object_get(child, "orphan"), "false");
	EXPECT_JSON(json_object_get(child, "logs"),
		"[{\"time_unix_nano\":\"1763933400000000101\",\"service\":\"checkout\","
		"\"severity\":\"ERROR\",\"body\":\"card declined\","
		"\"trace_id\":\"abababababababababababababababab\","
		"\"span_id\":\"0000000000000002\",\"source\":\"ring\",\"context_source\":\"fd\","
		"\"pid\":12,\"tid\":0,\"attributes\":{}}]");
	json_decref(json);
}

Test(json_trace, keeps_logs_whose_span_is_not_here_apart)
{
	add_span(1, 7, "a", "orphan");
	add_log(1, "at the span", 11);
	add_log(9, "elsewhere", 9);
	add_log(0, "no span", 7);
	json_t *json = finish();
	cr_expect_eq(json_array_size(json_object_get(span_of(json, 0), "logs")), 1);
	cr_expect_eq(json_array_size(json_object_get(json, "logs")), 2);
	EXPECT_JSON(json_object_get(span_of(json, 0), "orphan"), "true");
	json_decref(json);
}

Test(json_trace, opens_with_logs_alone)
{
	add_log(9, "only me", 7);
	json_t *json = finish();
	EXPECT_JSON(json_object_get(json, "spans"), "[]");
	EXPECT_JSON(json_object_get(json, "services"), "[\"checkout\"]");
	EXPECT_JSON(json_object_get(json, "start_unix_nano"), "\"1763933400000000101\"");
	json_decref(json);
}

Test(json_trace, mends_bytes_that_are_not_text)
{
	static const struct {
		const char *body;
		size_t n;
		const char *json;
	} rows[] = { { "a\xff"
		       "b",
			     3,
			     "\"a\xef\xbf\xbd"
			     "b\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" }, { "\xc3", 1, "\"\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "", 0, "\"\"" }, { "\xc3\xa9", 2, "\"\xc3\xa9\"" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lsp_log *l = add_log(0, rows[i].body, rows[i].n);
		json_t *json = lsp_json_log(l);
		EXPECT_JSON(json_object_get(json, "body"), rows[i].json);
		json_decref(json);
	}
	add_span(1, 0, "\xff", "\xfe");
	json_t *json = finish();
	EXPECT_JSON(json_object_get(span_of(json, 0), "name"), "\"\xef\xbf\xbd\"");
	json_decref(json);
}

Test(json_trace, survives_missing_texts_and_extreme_numbers)
{
	struct lsp_span *s = lsp_trace_add_span(trace);
	s->span_id[0] = 1;
	s->start_ns = 5;
	s->end_ns = UINT64_MAX;
	s->kind = 200;
	s->status = 200;
	lsp_trace_add_log(trace);
	json_t *json = finish();
	EXPECT_JSON(json_object_get(span_of(json, 0), "duration_ns"), "9223372036854775807");
	EXPECT_JSON(json_object_get(span_of(json, 0), "name"), "\"\"");
	EXPECT_JSON(json_object_get(span_of(json, 0), "kind"), "\"unspecified\"");
	EXPECT_JSON(json_array_get(json_object_get(json, "logs"), 0),
		"{\"time_unix_nano\":\"0\",\"service\":\"\",\"severity\":null,\"body\":\"\","
		"\"trace_id\":null,\"span_id\":null,\"source\":\"otlp\",\"context_source\":null,"
		"\"pid\":0,\"tid\":0,\"attributes\":{}}");
	json_decref(json);
}

Test(json_trace, can_be_read_back)
{
	add_span(1, 0, "gateway", "GET /")->status = LSP_STATUS_ERROR;
	add_span(2, 1, "checkout", "POST /pay");
	add_log(2, "card\0declined", 13)->severity = 17;
	add_log(9, "loose", 5)->context_source = LSP_SOURCE_OTEL;
	json_t *json = finish(), *again;
	struct lsp_trace *copy = NULL;
	struct lsp_tree copy_tree;
	cr_assert_eq(lsp_json_trace_parse(&copy, json), 0);
	cr_assert_eq(lsp_tree_build(&copy_tree, copy), 0);
	again = lsp_json_trace(copy, &copy_tree);
	cr_expect(json_equal(json, again));
	json_decref(again);
	json_decref(json);
	lsp_tree_release(&copy_tree);
	lsp_trace_free(copy);
}
