#include "lib/wire/otlp_proto.h"
#include "guard_page.h"
#include "otlp_fixture.h"

static struct lsp_batch batch;
static struct lsp_otlp_result result;

static void fresh(void)
{
	lsp_batch_release(&batch);
	memset(&result, '#', sizeof(result));
}

TestSuite(otlp_proto, .init = fresh, .fini = fresh);

/* Parses bytes that end at an unmapped page. */
static int traces(const struct wire *w)
{
	fresh();
	return lsp_otlp_proto_traces(
		&batch, (struct lsp_slice){ guard_page_copy(w->at, w->n), w->n }, &result);
}

static int logs(const struct wire *w)
{
	fresh();
	return lsp_otlp_proto_logs(
		&batch, (struct lsp_slice){ guard_page_copy(w->at, w->n), w->n }, &result);
}

#define EXPECT_SLICE(slice, text)                                                                  \
	cr_expect(lsp_slice_equal(slice, lsp_slice_of(text)), "not %s", text)

Test(otlp_proto, takes_spans_of_all_resources_and_scopes)
{
	static const struct {
		const char *name, *service;
		uint8_t id, parent;
	} want[] = { { "GET /", "shop", 1, 0 }, { "SELECT", "shop", 2, 1 },
		{ "charge", "pay", 3, 2 } };
	struct wire w = wire_full_request();

	cr_assert_eq(traces(&w), 0);
	cr_assert_eq(batch.n_spans, 3);
	cr_expect_eq(result.accepted, 3);
	cr_expect_eq(result.rejected, 0);
	cr_expect_str_eq(result.message, "");
	for (size_t i = 0; i < 3; i++) {
		const struct lsp_span_row *s = &batch.spans[i];

		EXPECT_SLICE(s->name, want[i].name);
		EXPECT_SLICE(batch.origins[s->origin].service, want[i].service);
		cr_expect_eq(s->trace_id[0], 0xaa);
		cr_expect_eq(s->trace_id[15], 0xaa);
		cr_expect_eq(s->span_id[0], want[i].id);
		cr_expect_eq(s->span_id[7], want[i].id);
		cr_expect_eq(s->parent_span_id[7], want[i].parent);
		cr_expect_eq(s->start_ns, 1700000000000000000 + want[i].id);
		cr_expect_eq(s->end_ns, 1700000000000001000 + want[i].id);
		cr_expect_eq(s->kind, LSP_KIND_SERVER);
		cr_expect_eq(s->status, i == 0 ? LSP_STATUS_ERROR : LSP_STATUS_UNSET);
		cr_expect_eq(s->intake, LSP_INTAKE_OTLP);
	}
	cr_expect_neq(batch.spans[0].origin, batch.spans[1].origin);
	cr_expect_eq(batch.origins[batch.spans[2].origin].scope.len, 0);
}

Test(otlp_proto, takes_an_empty_request)
{
	struct wire w = { 0 };

	cr_expect_eq(traces(&w), 0);
	cr_expect_eq(result.accepted, 0);
	cr_expect_eq(lsp_otlp_proto_logs(&batch, (struct lsp_slice){ NULL, 0 }, &result), 0);
}

static const struct {
	uint8_t trace, span;
	uint8_t trace_bytes, span_bytes;
	const char *message;
} bad_ids[] = {
	{ 0xaa, 1, 0, 8, "1 of 1 spans is rejected: trace_id has 0 bytes, not 16" },
	{ 0xaa, 1, 15, 8, "1 of 1 spans is rejected: trace_id has 15 bytes, not 16" },
	{ 0xaa, 1, 17, 8, "1 of 1 spans is rejected: trace_id has 17 bytes, not 16" },
	{ 0xaa, 1, 8, 8, "1 of 1 spans is rejected: trace_id has 8 bytes, not 16" },
	{ 0, 1, 16, 8, "1 of 1 spans is rejected: trace_id is all zero" },
	{ 0xaa, 1, 16, 0, "1 of 1 spans is rejected: span_id has 0 bytes, not 8" },
	{ 0xaa, 1, 16, 7, "1 of 1 spans is rejected: span_id has 7 bytes, not 8" },
	{ 0xaa, 1, 16, 16, "1 of 1 spans is rejected: span_id has 16 bytes, not 8" },
	{ 0xaa, 0, 16, 8, "1 of 1 spans is rejected: span_id is all zero" },
	{ 0, 0, 16, 8, "1 of 1 spans is rejected: trace_id is all zero" },
};

Test(otlp_proto, rejects_spans_with_bad_ids_and_says_why)
{
	for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
		struct wire span = { 0 }, w;

		wire_id(&span, 1, bad_ids[i].trace, bad_ids[i].trace_bytes);
		wire_id(&span, 2, bad_ids[i].span, bad_ids[i].span_bytes);
		w = wire_request(&span);
		cr_assert_eq(traces(&w), 0, "%zu", i);
		cr_expect_eq(batch.n_spans, 0);
		cr_expect_eq(result.rejected, 1);
		cr_expect_eq(result.accepted, 0);
		cr_expect_str_eq(result.message, bad_ids[i].message);
	}
}

Test(otlp_proto, keeps_the_good_spans_beside_a_bad_one)
{
	struct wire w = wire_full_request(), bad = { 0 };

	wire_text(&bad, 5, "no ids");
	bad = wire_request(&bad);
	wire_raw(&w, bad.at, bad.n);
	cr_assert_eq(traces(&w), 0);
	cr_expect_eq(result.accepted, 3);
	cr_expect_eq(result.rejected, 1);
}

Test(otlp_proto, takes_a_parent_of_zeros_or_of_a_wrong_length_as_none)
{
	for (size_t n = 0; n <= 16; n++) {
		struct wire span = wire_span(1, 0, "x"), w;

		wire_id(&span, 4, n == 8 ? 0 : 0xdd, n);
		w = wire_request(&span);
		cr_assert_eq(traces(&w), 0);
		cr_assert_eq(batch.n_spans, 1);
		for (size_t k = 0; k < 8; k++)
			cr_expect_eq(batch.spans[0].parent_span_id[k], 0);
		cr_expect_eq(
			result.message[0] == 0, n == 0 || n == 8, "%zu: %s", n, result.message);
	}
}

Test(otlp_proto, takes_numbers_out_of_range_as_unknown)
{
	struct wire span = wire_span(1, 0, "x"), w;

	wire_varint(&span, 6, 6);
	wire_status(&span, "", 3);
	w = wire_request(&span);
	cr_assert_eq(traces(&w), 0);
	cr_expect_eq(batch.spans[0].kind, LSP_KIND_UNSPECIFIED);
	cr_expect_eq(batch.spans[0].status, LSP_STATUS_UNSET);
}

Test(otlp_proto, never_crashes_on_a_truncated_request)
{
	struct wire whole = wire_full_request(), w;
	size_t complete = 0;

	for (size_t n = 0; n < whole.n; n++) {
		int r;

		w = whole;
		w.n = n;
		r = traces(&w);
		cr_expect(r == -EBADMSG || (r == 0 && batch.n_spans < 3), "%zu: %d", n, r);
		cr_expect(r == 0 || strstr(result.message, "malformed protobuf"), "%zu", n);
		complete += r == 0;
	}
	/* Nothing at all, and the end of the first resource. */
	cr_expect_eq(complete, 2);
}

Test(otlp_proto, never_crashes_when_any_byte_differs)
{
	struct wire whole = wire_full_request();
	char *at = guard_page_copy(whole.at, whole.n);

	for (size_t i = 0; i < whole.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			int r;

			fresh();
			at[i] ^= (char)(1 << bit);
			r = lsp_otlp_proto_traces(
				&batch, (struct lsp_slice){ at, whole.n }, &result);
			cr_expect(r == 0 || r == -EBADMSG);
			if (r == 0)
				free(batch_spans_text(&batch));
			at[i] ^= (char)(1 << bit);
		}
}

/* Tags with sizes that no message has. */
static const struct {
	const char *bytes;
	size_t n;
} oversize[] = {
	{ "\x0a\x01", 2 },
	{ "\x0a\x7f", 2 },
	{ "\x0a\xff\xff\xff\xff\x0f", 6 },
	{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10 },
	{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
	{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11 }, /* over 64 bits */
	{ "\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12 },
	{ "\x0a\x80", 2 },
	{ "\x0a", 1 },
	{ "\x80", 1 },
	{ "\x00", 1 }, /* field 0 */
	{ "\x02\x00", 2 },
	{ "\x0b\x0c", 2 }, /* a group */
	{ "\x0e\x00", 2 },
	{ "\x0f\x00", 2 },
	{ "\x08\x01", 2 }, /* field 1 as a number */
	{ "\x0d\x01\x02\x03\x04", 5 },
	{ "\x11\x01\x02\x03\x04\x05\x06\x07", 8 },
	{ "\x15\x01\x02\x03", 4 },
	{ "\x82\x80\x80\x80\x80\x01\x00", 7 }, /* field number over 29 bits */
	{ "\x0a\x03\x12\x02\x0a", 5 }, /* a child over its parent's end */
	{ "\x0a\x02\x12\x05\x0a\x00\x0a\x00\x0a\x00", 10 },
};

Test(otlp_proto, refuses_sizes_and_wire_types_that_cannot_be)
{
	for (size_t i = 0; i < sizeof(oversize) / sizeof(oversize[0]); i++) {
		struct wire w = { 0 };

		wire_raw(&w, oversize[i].bytes, oversize[i].n);
		cr_expect_eq(traces(&w), -EBADMSG, "traces %zu", i);
		cr_expect_eq(strncmp(result.message, "malformed protobuf: ", 20), 0, "%s",
			result.message);
		cr_expect_eq(logs(&w), -EBADMSG, "logs %zu", i);
	}
}

Test(otlp_proto, names_an_offset_inside_of_the_body)
{
	struct wire w = wire_full_request(), half = { 0 }, resources = { 0 };
	unsigned offset;

	w.at[w.n - 1] = 0x80; /* in the last fixed64: still right */
	w.n--;
	cr_assert_eq(traces(&w), -EBADMSG);
	cr_assert_eq(sscanf(strrchr(result.message, ' '), "%u", &offset), 1);
	cr_expect_leq(offset, w.n);
	/* A resource in two parts: each is looked at where it is. */
	wire_raw(&half, "\x0a\x05", 2);
	wire_put(&resources, 1, &half);
	wire_put(&resources, 1, &half);
	w.n = 0;
	wire_put(&w, 1, &resources);
	cr_assert_eq(traces(&w), -EBADMSG);
	cr_assert_eq(sscanf(strrchr(result.message, ' '), "%u", &offset), 1);
	cr_expect_leq(offset, w.n);
}

/* More of this: tests/differential. */
Test(otlp_proto, refuses_what_is_malformed_inside_of_a_record)
{
	static const unsigned fields[] = { 9, 11, 13, 15 };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct wire span = wire_span(1, 0, "x"), inside = { 0 }, w;

		wire_bytes(&inside, fields[i] == 13 ? 4 : fields[i] == 9 ? 2 : 3, "\x0a\x05x", 3);
		if (fields[i] == 15)
			inside.n--;
		wire_put(&span, fields[i], &inside);
		w = wire_request(&span);
		cr_expect_eq(traces(&w), -EBADMSG, "field %u", fields[i]);
	}
}

static uint64_t seed = 88172645463325252;
static uint8_t random_byte(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint8_t)(seed >> 32);
}

Test(otlp_proto, never_crashes_on_random_bytes)
{
	uint8_t bytes[256] = { 0 };
	char *end = guard_page_copy(bytes, sizeof(bytes)) + sizeof(bytes);

	for (int i = 0; i < 10000; i++) {
		size_t n = random_byte();
		struct lsp_slice body = { end - n, n };
		int r;

		for (size_t k = 0; k < n; k++)
			end[k - n] = (char)(k % 3 ? random_byte() % 24 : random_byte());
		fresh();
		r = lsp_otlp_proto_traces(&batch, body, &result);
		cr_expect(r == 0 || r == -EBADMSG);
		r = lsp_otlp_proto_logs(&batch, body, &result);
		cr_expect(r == 0 || r == -EBADMSG);
		r = lsp_otlp_proto_metrics(body, &result);
		cr_expect(r == 0 || r == -EBADMSG);
	}
}

/* One field of each wire type with numbers that nobody uses. */
static void put_unknown(struct wire *w)
{
	wire_varint(w, 500, UINT64_MAX);
	wire_fixed(w, 501, 1, 8);
	wire_fixed(w, 0x1fffffff, 1, 4);
	wire_text(w, 1000, "x");
}

Test(otlp_proto, skips_unknown_fields_at_every_level)
{
	struct wire request = { 0 }, resources = { 0 }, scopes = { 0 },
		    resource = wire_service("shop"), span = wire_span(1, 0, "x");

	put_unknown(&resource);
	put_unknown(&span);
	put_unknown(&scopes);
	wire_put(&scopes, 2, &span);
	put_unknown(&scopes);
	put_unknown(&resources);
	wire_put(&resources, 2, &scopes);
	wire_put(&resources, 1, &resource);
	put_unknown(&request);
	wire_put(&request, 1, &resources);
	cr_assert_eq(traces(&request), 0);
	cr_assert_eq(batch.n_spans, 1);
	EXPECT_SLICE(batch.origins[batch.spans[0].origin].service, "shop");
}

Test(otlp_proto, merges_a_resource_that_comes_in_parts_wherever_they_are)
{
	struct wire request = { 0 }, resources = { 0 }, scopes = { 0 },
		    service = wire_service("shop"), host = { 0 }, span = wire_span(1, 0, "x");
	struct lsp_origin *o;
	json_t *json;

	wire_attribute_text(&host, 1, "host.name", "h1");
	wire_put(&scopes, 2, &span);
	wire_put(&resources, 1, &host);
	wire_put(&resources, 2, &scopes);
	wire_put(&resources, 1, &service);
	wire_put(&request, 1, &resources);
	cr_assert_eq(traces(&request), 0);
	o = &batch.origins[batch.spans[0].origin];
	EXPECT_SLICE(o->service, "shop");
	json = lsp_otlp_decode_resource(o->resource);
	cr_expect_str_eq(json_string_value(json_object_get(json, "host.name")), "h1");
	cr_expect_str_eq(json_string_value(json_object_get(json, "service.name")), "shop");
	json_decref(json);
}

Test(otlp_proto, takes_little_memory_for_a_resource_of_very_many_parts)
{
	static uint8_t body[4 * 60000 + 8];
	size_t n = 0;

	body[n++] = 0x0a;
	n += 3; /* the size, three bytes of varint */
	for (int i = 0; i < 60000; i++, n += 4)
		memcpy(body + n, "\x0a\x02\x10\x00", 4);
	body[1] = (uint8_t)((n - 4) | 128);
	body[2] = (uint8_t)((n - 4) >> 7 | 128);
	body[3] = (uint8_t)((n - 4) >> 14);
	cr_assert_eq(lsp_otlp_proto_traces(&batch, (struct lsp_slice){ (char *)body, n }, &result),
		0, "%s", result.message);
	cr_expect_lt(batch.bytes, 4 * n, "%zu bytes", batch.bytes);
}

Test(otlp_proto, takes_no_memory_for_scopes_without_records)
{
	struct wire w = { 0 }, resources = { 0 };

	for (int i = 0; i < 1000; i++)
		wire_raw(&resources, "\x12\x00", 2);
	wire_put(&w, 1, &resources);
	cr_assert_eq(traces(&w), 0);
	cr_expect_eq(batch.bytes, 0);
}

/* ---- logs ------------------------------------------------------------------------------------ */

static struct wire log_record(uint8_t trace, size_t trace_bytes, uint8_t span, size_t span_bytes)
{
	struct wire record = { 0 }, body = { 0 };

	wire_text(&body, 1, "card declined");
	wire_fixed(&record, 1, 1700000000000000077, 8);
	wire_varint(&record, 2, 17);
	wire_put(&record, 5, &body);
	wire_id(&record, 9, trace, trace_bytes);
	wire_id(&record, 10, span, span_bytes);
	return record;
}

static const struct {
	uint8_t trace, span;
	uint8_t trace_bytes, span_bytes;
	bool has_trace, has_span;
	uint8_t uncorrelated;
	const char *message;
} log_ids[] = {
	{ 1, 2, 16, 8, true, true, 0, "" },
	{ 1, 2, 16, 0, true, false, 0, "" },
	{ 0, 0, 0, 0, false, false, 0, "" },
	{ 0, 0, 16, 8, false, false, 0, "" }, /* zeros: how some say "none" */
	{ 1, 0, 16, 8, true, false, 0, "" },
	{ 0, 2, 16, 8, false, false, 1, /* a span without its trace is no use */
		"1 of 1 log records has a span_id but no trace_id: kept without ids, set both" },
	{ 1, 2, 15, 8, false, false, 1,
		"1 of 1 log records is kept without ids: trace_id has 15 bytes, not 16" },
	{ 1, 2, 32, 8, false, false, 1,
		"1 of 1 log records is kept without ids: trace_id has 32 bytes, not 16" },
	{ 1, 2, 16, 9, true, false, 0,
		"1 of 1 log records is kept without its span: span_id has 9 bytes, not 8" },
};

Test(otlp_proto, keeps_every_log_record_and_only_good_ids)
{
	for (size_t i = 0; i < sizeof(log_ids) / sizeof(log_ids[0]); i++) {
		struct wire w = log_record(log_ids[i].trace, log_ids[i].trace_bytes,
			log_ids[i].span, log_ids[i].span_bytes);

		w = wire_request(&w);
		cr_assert_eq(logs(&w), 0);
		cr_assert_eq(batch.n_logs, 1);
		cr_expect_eq(result.rejected, 0);
		cr_expect_eq(result.accepted, 1);
		cr_expect_eq(result.uncorrelated, log_ids[i].uncorrelated, "%zu", i);
		cr_expect_eq(batch.logs[0].trace_id[0] != 0, log_ids[i].has_trace, "%zu", i);
		cr_expect_eq(batch.logs[0].span_id[0] != 0, log_ids[i].has_span, "%zu", i);
		cr_expect_str_eq(result.message, log_ids[i].message);
		cr_expect_eq(batch.logs[0].time_ns, 1700000000000000077);
		cr_expect_eq(batch.logs[0].severity, 17);
		EXPECT_SLICE(batch.logs[0].body, "card declined");
		EXPECT_SLICE(batch.origins[0].service, "shop");
	}
}

Test(otlp_proto, takes_the_observed_time_of_a_log_without_time)
{
	struct wire record = { 0 }, w;

	wire_fixed(&record, 11, 99, 8);
	wire_varint(&record, 2, 25);
	w = wire_request(&record);
	cr_assert_eq(logs(&w), 0);
	cr_expect_eq(batch.logs[0].time_ns, 99);
	cr_expect_eq(batch.logs[0].severity, 0);
	EXPECT_SLICE(batch.logs[0].body, "");
}

Test(otlp_proto, writes_bodies_that_are_no_strings_as_json)
{
	struct wire record = { 0 }, body = { 0 }, map = { 0 }, w;

	wire_attribute_text(&map, 1, "event", "login");
	wire_put(&body, 6, &map);
	wire_put(&record, 5, &body);
	w = wire_request(&record);
	cr_assert_eq(logs(&w), 0);
	EXPECT_SLICE(batch.logs[0].body, "{\"event\":\"login\"}");
	record.n = body.n = 0;
	wire_varint(&body, 3, 42);
	wire_put(&record, 5, &body);
	w = wire_request(&record);
	cr_assert_eq(logs(&w), 0);
	EXPECT_SLICE(batch.logs[0].body, "42");
	record.n = body.n = 0;
	wire_text(&body, 1, "");
	wire_put(&record, 5, &body);
	w = wire_request(&record);
	cr_assert_eq(logs(&w), 0);
	EXPECT_SLICE(batch.logs[0].body, "");
}
