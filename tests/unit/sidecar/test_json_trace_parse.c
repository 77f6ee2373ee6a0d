#include "sidecar/json_trace_parse.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

static int parse(const char *text, struct lsp_trace **ret)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	cr_assert_not_null(json, "%s", text);
	int rc = lsp_json_trace_parse(ret, json);
	json_decref(json);
	return rc;
}

#define TRACE "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""

Test(json_trace_parse, reads_back_what_show_writes)
{
	struct lsp_trace *t = NULL;
	cr_assert_eq(
		parse("{" TRACE ",\"spans\":["
		      "{\"span_id\":\"00f067aa0ba902b7\",\"parent_span_id\":\"0102030405060708\","
		      "\"service\":\"auth\",\"name\":\"POST /verify\",\"kind\":\"client\","
		      "\"start_unix_nano\":\"1700000000000000001\",\"duration_ns\":250,"
		      "\"status\":\"error\",\"status_message\":\"expired\","
		      "\"attributes\":{\"a\":1},\"resource\":{\"r\":\"x\"},"
		      "\"events\":[{\"name\":\"e\"}],\"links\":[],"
		      "\"logs\":[{\"time_unix_nano\":\"1700000000000000002\",\"service\":\"auth\","
		      "\"severity\":\"ERROR\",\"body\":\"no\\u0000way\","
		      "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
		      "\"span_id\":\"00f067aa0ba902b7\",\"source\":\"syslog\","
		      "\"context_source\":\"fd\",\"pid\":7,\"tid\":8,\"attributes\":{\"k\":\"v\"}}]"
		      "}],"
		      "\"logs\":[{\"time_unix_nano\":\"1\",\"service\":\"x\",\"severity\":null,"
		      "\"body\":\"loose\",\"trace_id\":null,\"span_id\":null,\"source\":\"ring\","
		      "\"context_source\":null,\"pid\":0,\"tid\":0,\"attributes\":{}}],"
		      "\"notes\":[\"said\"]}",
			&t),
		0);
	cr_assert_eq(t->n_spans, 1);
	cr_assert_eq(t->n_logs, 2);
	const struct lsp_span *s = &t->spans[0];
	cr_expect_eq(t->trace_id[0], 0x4b);
	cr_expect_eq(s->span_id[7], 0xb7);
	cr_expect_eq(s->parent_span_id[0], 1);
	cr_expect_str_eq(s->service, "auth");
	cr_expect_str_eq(s->name, "POST /verify");
	cr_expect_eq(s->kind, LSP_KIND_CLIENT);
	cr_expect_eq(s->start_ns, 1700000000000000001);
	cr_expect_eq(s->end_ns - s->start_ns, 250);
	cr_expect_eq(s->status, LSP_STATUS_ERROR);
	cr_expect_str_eq(s->status_message, "expired");
	cr_expect_eq(json_integer_value(json_object_get(s->attributes, "a")), 1);
	cr_expect_eq(json_array_size(s->events), 1);
	const struct lsp_log *loose = &t->logs[0], *log = &t->logs[1];
	cr_expect_str_eq(loose->body, "loose", "logs are in order of time");
	cr_expect_eq(loose->severity, 0);
	cr_expect_eq(log->body_bytes, 6);
	cr_expect_eq(memcmp(log->body, "no\0way", 7), 0);
	cr_expect_eq(log->severity, 17);
	cr_expect_eq(log->intake, LSP_INTAKE_SYSLOG);
	cr_expect_eq(log->context_source, LSP_SOURCE_FD);
	cr_expect_eq(log->pid, 7);
	cr_expect_eq(log->tid, 8);
	cr_expect_str_eq(json_string_value(json_array_get(t->notes, 0)), "said");
	lsp_trace_free(t);
}

Test(json_trace_parse, refuses_other_documents)
{
	static const char *const texts[] = { "null", "[]", "7", "{}", "{\"spans\":[]}",
		"{" TRACE "}", "{" TRACE ",\"spans\":{}}", "{" TRACE ",\"spans\":[1]}",
		"{" TRACE ",\"spans\":[{\"span_id\":\"00f067aa0ba902b7\"}],\"logs\":[null]}",
		"{" TRACE ",\"spans\":[{\"logs\":[[]]}]}", "{\"trace_id\":7,\"spans\":[]}" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lsp_trace *t = NULL;
		cr_expect_eq(parse(texts[i], &t), -EBADMSG, "%s", texts[i]);
		cr_expect_null(t);
	}
}

/* Members of the wrong type are taken as empty; nothing that is promised to be there is missing. */
Test(json_trace_parse, takes_what_it_can_of_odd_members)
{
	static const char *const members[] = { "\"span_id\":7", "\"span_id\":\"xyz\"",
		"\"parent_span_id\":[]", "\"service\":null", "\"name\":{}", "\"kind\":\"sideways\"",
		"\"start_unix_nano\":-5", "\"start_unix_nano\":\"-5\"", "\"start_unix_nano\":12",
		"\"start_unix_nano\":\"99999999999999999999999\"",
		"\"start_unix_nano\":\"18446744073709551615\",\"duration_ns\":9",
		"\"duration_ns\":\"x\"", "\"status\":4", "\"attributes\":[]", "\"resource\":\"r\"",
		"\"events\":{}", "\"links\":3", "\"logs\":{}", "\"logs\":[{}]",
		"\"logs\":[{\"body\":7,\"pid\":-1,\"tid\":99999999999,\"severity\":9,"
		"\"attributes\":[]}]" };
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		char text[512];
		struct lsp_trace *t = NULL;
		snprintf(text, sizeof(text), "{" TRACE ",\"spans\":[{%s}]}", members[i]);
		cr_assert_eq(parse(text, &t), 0, "%s", text);
		const struct lsp_span *s = &t->spans[0];
		cr_expect(s->service && s->name && s->status_message, "%s", text);
		cr_expect(json_is_object(s->attributes) && json_is_object(s->resource), "%s", text);
		cr_expect(json_is_array(s->events) && json_is_array(s->links), "%s", text);
		cr_expect_geq(s->end_ns, s->start_ns, "%s", text);
		for (size_t k = 0; k < t->n_logs; k++)
			cr_expect(t->logs[k].body && t->logs[k].service &&
					  json_is_object(t->logs[k].attributes),
				"%s", text);
		lsp_trace_free(t);
	}
}
