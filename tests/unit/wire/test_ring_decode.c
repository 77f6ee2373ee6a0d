#include "wire/ring_fixture.h"

static void set_up(void)
{
	spool_set_up();
	open_ring();
}
TestSuite(ring_decode, .init = set_up, .fini = spool_tear_down, .timeout = 60);

static struct lsp_log_row *put_line(const struct lsp_ring_line *line, enum lsp_record_type type)
{
	cr_assert_eq(lsp_ring_put_line(&ring, type, line), 0);
	cr_assert_eq(poll_once(), 1);
	cr_assert_eq(batch.n_logs, 1);
	lsp_ring_reader_ack(reader);
	return &batch.logs[0];
}

static struct lsp_log_row *put_text(const char *text)
{
	struct lsp_ring_line line = { .context = &context,
		.time_ns = 42,
		.tid = 7,
		.channel = LSP_CHANNEL_STDERR,
		.text = text,
		.text_bytes = strlen(text) };
	return put_line(&line, LSP_RECORD_LOG);
}

Test(ring_decode, line_becomes_a_log_row)
{
	struct lsp_ring_line line = { .context = &context,
		.time_ns = 42,
		.tid = 7,
		.channel = LSP_CHANNEL_STDOUT,
		.severity = 13,
		.flags = LSP_LOG_STAMPED,
		.text = "hello",
		.text_bytes = 5 };
	const struct lsp_log_row *row = put_line(&line, LSP_RECORD_LOG);
	cr_expect(body_is(0, "hello"));
	cr_expect_eq(memcmp(row->trace_id, context.trace_id, sizeof(row->trace_id)), 0);
	cr_expect_eq(memcmp(row->span_id, context.span_id, sizeof(row->span_id)), 0);
	cr_expect_eq(row->time_ns, 42);
	cr_expect_eq(row->severity, 13);
	cr_expect_eq(row->intake, LSP_INTAKE_RING);
	cr_expect_eq(row->context_source, LSP_SOURCE_FD);
	cr_expect_eq(row->pid, (uint32_t)getpid());
	cr_expect_eq(row->tid, 7);
	cr_expect(has_text(row->encoded, "log.iostream", "stdout"));
	cr_expect(has_text(row->encoded, "linespan.channel", "stdout"));
	cr_expect(has_bool(row->encoded, "linespan.stamped", true));
	cr_expect_null(memmem(row->encoded.at, row->encoded.len, "unsure", 6));
	cr_expect_null(memmem(row->encoded.at, row->encoded.len, "truncated", 9));
	cr_expect_not_null(memmem(row->encoded.at, row->encoded.len, "hello", 5));
}

Test(ring_decode, origin_says_who_wrote)
{
	put_text("x");
	cr_assert_eq(batch.n_origins, 1);
	const struct lsp_origin *o = &batch.origins[0];
	cr_expect_eq(batch.logs[0].origin, 0);
	cr_expect(lsp_slice_equal(o->service, LSP_SLICE("shop")));
	cr_expect(has_text(o->resource, "service.name", "shop"));
	cr_expect(has_text(o->resource, "process.executable.name", "prog"));
	cr_expect_not_null(memmem(o->resource.at, o->resource.len, "process.pid", 11));
	cr_expect_not_null(memmem(o->resource.at, o->resource.len, "process.user.id", 15));
	cr_expect_not_null(memmem(o->resource.at, o->resource.len, "host.name", 9));
	const char *id = memmem(o->resource.at, o->resource.len, "service.instance.id", 19);
	cr_assert_not_null(id); /* key, then the tags and lengths of AnyValue and its string */
	cr_expect_eq(id[19 + 4 + 14], '8', "a UUID of version 8");
	cr_expect_not_null(memmem(o->scope.at, o->scope.len, "linespan.preload", 16));
	cr_expect_not_null(memmem(o->scope.at, o->scope.len, "0.1.0", 5));
}

Test(ring_decode, one_origin_serves_a_round)
{
	cr_assert_eq(put("a") | put("b") | put("c"), 0);
	cr_assert_eq(poll_once(), 3);
	cr_expect_eq(batch.n_origins, 1);
}

Test(ring_decode, service_without_a_name_is_the_program)
{
	strcpy(ring.map->service, "");
	put_text("x");
	cr_expect(lsp_slice_equal(batch.origins[0].service, LSP_SLICE("prog")));
}

Test(ring_decode, service_is_mended_and_ends_in_time)
{
	memset(ring.map->service, 0xFF, sizeof(ring.map->service));
	put_text("x");
	cr_expect_eq(batch.origins[0].service.len, 3 * (sizeof(ring.map->service) - 1));
}

Test(ring_decode, severity_is_the_records_or_the_texts)
{
	cr_expect_eq(put_text("ERROR: no such thing")->severity, 17);
	cr_expect_eq(put_text("hello")->severity, 0);
	struct lsp_ring_line line = { .severity = 200, .text = "hello", .text_bytes = 5 };
	cr_expect_eq(put_line(&line, LSP_RECORD_LOG)->severity, 0, "no such number");
	line.severity = 9;
	cr_expect_eq(put_line(&line, LSP_RECORD_ERROR)->severity, 21, "errors are fatal");
}

Test(ring_decode, unsure_lines_get_no_ids)
{
	struct lsp_ring_line line = {
		.context = &context, .flags = LSP_LOG_UNSURE, .text = "x", .text_bytes = 1
	};
	const struct lsp_log_row *row = put_line(&line, LSP_RECORD_LOG);
	const struct lsp_context none = { 0 };
	cr_expect_eq(memcmp(row->trace_id, none.trace_id, sizeof(row->trace_id)), 0);
	cr_expect_eq(memcmp(row->span_id, none.span_id, sizeof(row->span_id)), 0);
	cr_expect_eq(row->context_source, LSP_SOURCE_NONE);
	cr_expect(has_bool(row->encoded, "linespan.unsure", true));
	cr_expect(has_bool(row->encoded, "linespan.stamped", false));
}

Test(ring_decode, lines_without_a_trace_have_no_source)
{
	struct lsp_context empty = { .source = LSP_SOURCE_OTEL, .span_id = { 1 } };
	struct lsp_ring_line line = { .context = &empty, .text = "x", .text_bytes = 1 };
	const struct lsp_log_row *row = put_line(&line, LSP_RECORD_LOG);
	cr_expect_eq(row->context_source, LSP_SOURCE_NONE);
	cr_expect_eq(row->span_id[0], 0);
	struct lsp_context strange = context;
	strange.source = 99;
	line.context = &strange;
	row = put_line(&line, LSP_RECORD_LOG);
	cr_expect_eq(row->trace_id[0], 1);
	cr_expect_eq(row->context_source, LSP_SOURCE_NONE);
}

Test(ring_decode, cut_lines_say_so)
{
	static char text[LSP_RING_TEXT_BYTES_MAX + 10];
	memset(text, 't', sizeof(text));
	struct lsp_ring_line line = { .text = text, .text_bytes = sizeof(text) };
	const struct lsp_log_row *row = put_line(&line, LSP_RECORD_LOG);
	cr_expect_eq(row->body.len, LSP_RING_TEXT_BYTES_MAX);
	cr_expect(has_bool(row->encoded, "linespan.truncated", true));
}

Test(ring_decode, bodies_lose_their_newline_and_are_utf8)
{
	static const struct {
		const char *text, *body;
	} table[] = {
		{ "", "" },
		{ "\n", "" },
		{ "a\n", "a" },
		{ "a\r\n", "a" },
		{ "a\n\n", "a\n" },
		{ "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F" },
		{ "a\xFFz", "a\xEF\xBF\xBDz" },
		{ "cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		put_text(table[i].text);
		cr_expect(body_is(0, table[i].body), "%zu", i);
	}
}

Test(ring_decode, error_record_keeps_its_attributes)
{
	uint8_t attrs[256];
	size_t used = 0;
	lsp_attr_put_string(attrs, sizeof(attrs), &used, "exception.type", "SIGSEGV", 7);
	lsp_attr_put_int(attrs, sizeof(attrs), &used, "signal", 11);
	lsp_attr_put_bool(attrs, sizeof(attrs), &used, "core", true);
	lsp_attr_put_double(attrs, sizeof(attrs), &used, "load", 0.5);
	lsp_attr_put_string(attrs, sizeof(attrs), &used, "dirt", "\xFF", 1);
	struct lsp_ring_line line = { .context = &context,
		.text = "died",
		.text_bytes = 4,
		.attrs = attrs,
		.attr_bytes = used };
	struct lsp_slice encoded = put_line(&line, LSP_RECORD_ERROR)->encoded;
	cr_expect(has_text(encoded, "exception.type", "SIGSEGV"));
	cr_expect(has_small_int(encoded, "signal", 11));
	cr_expect(has_bool(encoded, "core", true));
	cr_expect(has_attr(encoded, "load", "\x21\0\0\0\0\0\0\xE0\x3F", 9));
	cr_expect(has_text(encoded, "dirt", "\xEF\xBF\xBD"));
}

Test(ring_decode, attributes_that_are_wrong_are_left_out)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
		bool good_seen; /* the attribute k=v behind it */
	} table[] = {
		{ "unknown type", "\x09\x01\x01\0bx", 6, true },
		{ "an int of four bytes", "\x02\x01\x04\0b1234", 9, true },
		{ "a bool of two", "\x03\x01\x02\0b12", 7, true },
		{ "a double of none", "\x04\x01\x00\0b", 5, true },
		{ "no key", "\x01\x00\x01\0v", 5, true },
		{ "a key that is no text", "\x01\x01\x01\0\xFFv", 6, true },
		{ "longer than the record",
			"\x01\x01\xFF\xFF"
			"bv",
			6, false },
		{ "a key longer than the record",
			"\x01\xFF\x00\x00"
			"b",
			5, false },
		{ "cut: what follows is read as its rest", "\x01\x01", 2, false },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t attrs[64];
		memcpy(attrs, table[i].bytes, table[i].n);
		size_t used = table[i].n;
		lsp_attr_put_string(attrs, sizeof(attrs), &used, "k", "v", 1);
		struct lsp_ring_line line = {
			.text = "x", .text_bytes = 1, .attrs = attrs, .attr_bytes = used
		};
		struct lsp_slice encoded = put_line(&line, LSP_RECORD_LOG)->encoded;
		cr_expect_eq(has_text(encoded, "k", "v"), table[i].good_seen, "%s", table[i].what);
		cr_expect_null(memmem(encoded.at, encoded.len,
				       "\x0A\x01"
				       "b",
				       3),
			"%s", table[i].what);
		cr_expect_null(
			memmem(encoded.at, encoded.len, "\x0A\x01\xFF", 3), "%s", table[i].what);
	}
}

Test(ring_decode, span_becomes_a_span_row)
{
	const uint8_t parent[8] = { 9, 9 };
	uint8_t attrs[64];
	size_t used = 0;
	lsp_attr_put_string(attrs, sizeof(attrs), &used, "http.route", "/", 1);
	struct lsp_ring_span_in s = { .context = &context,
		.parent_span_id = parent,
		.start_ns = 100,
		.end_ns = 250,
		.kind = LSP_KIND_SERVER,
		.status = LSP_STATUS_ERROR,
		.name = "GET \xFF",
		.name_bytes = 5,
		.attrs = attrs,
		.attr_bytes = used };
	cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_SPAN, &s), 0);
	cr_assert_eq(poll_once(), 1);
	cr_assert_eq(batch.n_spans, 1);
	const struct lsp_span_row *row = &batch.spans[0];
	cr_expect_eq(memcmp(row->trace_id, context.trace_id, sizeof(row->trace_id)), 0);
	cr_expect_eq(memcmp(row->span_id, context.span_id, sizeof(row->span_id)), 0);
	cr_expect_eq(memcmp(row->parent_span_id, parent, sizeof(parent)), 0);
	cr_expect_eq(row->start_ns, 100);
	cr_expect_eq(row->end_ns, 250);
	cr_expect_eq(row->kind, LSP_KIND_SERVER);
	cr_expect_eq(row->status, LSP_STATUS_ERROR);
	cr_expect_eq(row->intake, LSP_INTAKE_RING);
	cr_expect(lsp_slice_equal(row->name, LSP_SLICE("GET \xEF\xBF\xBD")));
	cr_expect(has_text(row->encoded, "http.route", "/"));
}

Test(ring_decode, spans_with_impossible_fields_are_mended_or_refused)
{
	struct lsp_ring_span_in s = {
		.context = &context, .start_ns = 100, .end_ns = 50, .kind = 77, .status = 88
	};
	cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_SPAN, &s), 0);
	cr_assert_eq(poll_once(), 1);
	cr_expect_eq(batch.spans[0].end_ns, 100);
	cr_expect_eq(batch.spans[0].kind, LSP_KIND_UNSPECIFIED);
	cr_expect_eq(batch.spans[0].status, LSP_STATUS_UNSET);
	struct lsp_context no_span = { .trace_id = { 1 } }, no_trace = { .span_id = { 1 } };
	const struct lsp_context *bad[] = { &no_span, &no_trace, NULL };
	for (size_t i = 0; i < 3; i++) {
		s.context = bad[i];
		cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_SPAN, &s), 0);
		cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_PROCESS_START, &s), 0);
		cr_expect_eq(poll_once(), 0);
	}
	cr_expect_eq(stats().bad_records, 6);
	cr_expect_eq(stats().bad_rings, 0);
}

static int name_frames(void *arg, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out)
{
	cr_expect_eq(owner, getuid());
	cr_expect(lsp_slice_equal(raw, LSP_SLICE("/bin/shop+0x1f")));
	return arg ? lsp_buf_add_text(out, arg) : -EAGAIN;
}

static const struct lsp_log_row *put_error(void)
{
	uint8_t attrs[256];
	size_t used = 0;
	struct lsp_ring_line line = {
		.context = &context, .text = "SIGSEGV: at", .text_bytes = 11, .attrs = attrs
	};
	cr_assert_eq(
		lsp_attr_put_string(attrs, sizeof(attrs), &used, "exception.type", "SIGSEGV", 7),
		0);
	cr_assert_eq(lsp_attr_put_string(attrs, sizeof(attrs), &used, "exception.stacktrace",
			     "/bin/shop+0x1f", 14),
		0);
	cr_assert_eq(lsp_attr_put_int(attrs, sizeof(attrs), &used, "n", 5), 0);
	line.attr_bytes = used;
	return put_line(&line, LSP_RECORD_ERROR);
}

Test(ring_decode, frames_of_an_error_get_names)
{
	char named[] = "handle (shop.c:7) shop+0x1f";
	lsp_ring_reader_set_name_frames(reader, name_frames, named);
	const struct lsp_log_row *row = put_error();
	cr_expect(has_text(row->encoded, "exception.stacktrace", named));
	cr_expect(has_text(row->encoded, "exception.type", "SIGSEGV"));
	cr_expect_not_null(memmem(row->encoded.at, row->encoded.len, "\n\001n", 3));
	cr_expect_eq(row->severity, 21);
}

Test(ring_decode, frames_without_names_stay)
{
	lsp_ring_reader_set_name_frames(reader, name_frames, NULL);
	cr_expect(has_text(put_error()->encoded, "exception.stacktrace", "/bin/shop+0x1f"));
}

Test(ring_decode, names_that_are_too_long_are_cut)
{
	static char named[70000];
	memset(named, 'n', sizeof(named) - 1);
	lsp_ring_reader_set_name_frames(reader, name_frames, named);
	const struct lsp_log_row *row = put_error();
	cr_expect_null(memmem(row->encoded.at, row->encoded.len, "/bin/shop", 9));
	cr_expect_lt(row->encoded.len, 66000);
	cr_expect_gt(row->encoded.len, 65000);
}
