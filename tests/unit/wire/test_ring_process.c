#include "wire/ring_fixture.h"

static void set_up(void)
{
	spool_set_up();
	open_ring();
}
TestSuite(ring_process, .init = set_up, .fini = spool_tear_down, .timeout = 60);

static const struct lsp_context child = { { 1, 2, 3 }, { 77 }, LSP_FLAG_SAMPLED, LSP_SOURCE_ENV, 0,
	{ 0 } };

static int start(const struct lsp_context *c)
{
	struct lsp_ring_span_in s = { .context = c,
		.start_ns = 10,
		.kind = LSP_KIND_INTERNAL,
		.name = "job",
		.name_bytes = 3 };
	return lsp_ring_put_span(&ring, LSP_RECORD_PROCESS_START, &s);
}

static void new_reader(void)
{
	lsp_ring_reader_free(reader);
	cr_assert_eq(lsp_ring_reader_new(&reader, dir), 0);
}

Test(ring_process, span_is_sent_when_it_ends_and_only_then)
{
	cr_assert_eq(start(&context), 0);
	cr_expect_eq(poll_once(), 0);
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 1, 0, 0), 0);
	cr_expect_eq(poll_once(), 1);
	cr_assert_eq(batch.n_spans, 1);
	const struct lsp_span_row *row = &batch.spans[0];
	cr_expect_eq(row->start_ns, 10);
	cr_expect_gt(row->end_ns, 10);
	cr_expect_eq(row->status, LSP_STATUS_UNSET);
	cr_expect(lsp_slice_equal(row->name, LSP_SLICE("job")));
	cr_expect(has_small_int(row->encoded, "process.exit.code", 0));
	lsp_ring_reader_ack(reader);
	die();
	cr_expect_eq(poll_once(), 0, "not once more at its death");
}

Test(ring_process, ends_are_told)
{
	static const struct {
		int code, signal;
		uint8_t status;
		const char *message;
	} table[] = {
		{ 0, 0, LSP_STATUS_UNSET, NULL },
		{ 3, 0, LSP_STATUS_ERROR, "exit code 3" },
		{ 0, 11, LSP_STATUS_ERROR, "killed by SIGSEGV" },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (i)
			open_ring();
		cr_assert_eq(start(&context), 0);
		cr_assert_eq(
			lsp_ring_put_exit(&ring, &context, 1, table[i].code, table[i].signal), 0);
		cr_assert_eq(poll_once(), 1);
		const struct lsp_span_row *row = &batch.spans[0];
		cr_expect_eq(row->status, table[i].status, "%zu", i);
		cr_expect(has_small_int(row->encoded, "process.exit.code", table[i].code));
		cr_expect_eq(has_small_int(row->encoded, "process.exit.signal", table[i].signal),
			table[i].signal != 0);
		if (table[i].message)
			cr_expect_not_null(memmem(row->encoded.at, row->encoded.len,
				table[i].message, strlen(table[i].message)));
		lsp_ring_reader_ack(reader);
		die();
	}
}

Test(ring_process, owner_that_dies_without_a_word_ends_at_its_last_record)
{
	cr_assert_eq(start(&context) | put("time 42"), 0);
	cr_assert_eq(poll_once(), 1);
	lsp_ring_reader_ack(reader);
	die();
	cr_assert_eq(poll_once(), 1);
	cr_assert_eq(batch.n_spans, 1);
	cr_expect_eq(batch.spans[0].end_ns, 42);
	cr_expect(has_text(batch.spans[0].encoded, "linespan.process.ended", "unknown"));
	lsp_ring_reader_ack(reader);
	cr_expect_eq(access(path, F_OK), -1);
}

Test(ring_process, new_reader_takes_the_start_from_the_header)
{
	cr_assert_eq(start(&context), 0);
	cr_assert_eq(poll_once(), 0);
	lsp_ring_reader_ack(reader);
	new_reader();
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 1, 5, 0), 0);
	cr_assert_eq(poll_once(), 1);
	cr_expect(has_small_int(batch.spans[0].encoded, "process.exit.code", 5));
	lsp_ring_reader_ack(reader);
	new_reader();
	die();
	cr_expect_eq(poll_once(), 0, "the header says that it was sent");
}

Test(ring_process, full_ring_does_not_lose_it)
{
	while (put("fills") == 0)
		;
	cr_assert_eq(start(&context), -ENOBUFS);
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 1, 5, 0), -ENOBUFS);
	die();
	cr_assert_gt(poll_once(), 100);
	cr_assert_eq(batch.n_spans, 1);
	cr_expect(has_small_int(batch.spans[0].encoded, "process.exit.code", 5));
}

Test(ring_process, rewind_gives_it_again)
{
	cr_assert_eq(start(&context), 0);
	cr_assert_eq(poll_once(), 0);
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 1, 5, 0), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(poll_once(), 1);
		lsp_ring_reader_rewind(reader);
	}
	die();
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(poll_once(), 1);
		cr_expect(has_small_int(batch.spans[0].encoded, "process.exit.code", 5));
		lsp_ring_reader_rewind(reader);
	}
	cr_assert_eq(poll_once(), 1);
	lsp_ring_reader_ack(reader);
	cr_expect_eq(poll_once(), 0);
}

Test(ring_process, several_in_one_ring_are_told_apart_by_their_ids)
{
	cr_assert_eq(start(&context) | start(&child), 0);
	cr_assert_eq(lsp_ring_put_exit(&ring, &child, 1, 7, 0), 0);
	cr_assert_eq(poll_once(), 1);
	cr_expect_eq(batch.spans[0].span_id[0], 77);
	lsp_ring_reader_ack(reader);
	die();
	cr_assert_eq(poll_once(), 1);
	cr_expect_eq(batch.spans[0].span_id[0], 4);
	cr_expect(has_text(batch.spans[0].encoded, "linespan.process.ended", "unknown"));
}

Test(ring_process, more_than_there_is_room_for_are_sent_at_once)
{
	for (uint8_t i = 0; i < 20; i++) {
		struct lsp_context c = context;
		c.span_id[7] = i + 1;
		cr_assert_eq(start(&c), 0);
	}
	cr_expect_eq(poll_once(), 12);
	lsp_ring_reader_ack(reader);
	die();
	cr_expect_eq(poll_once(), 8);
}

Test(ring_process, ends_without_a_start_and_second_ends_say_nothing)
{
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 1, 0, 0), 0);
	cr_expect_eq(poll_once(), 0);
	cr_assert_eq(start(&child), 0);
	cr_assert_eq(lsp_ring_put_exit(&ring, &child, 1, 1, 0), 0);
	cr_assert_eq(lsp_ring_put_exit(&ring, &child, 1, 2, 0), 0);
	cr_expect_eq(poll_once(), 1);
	lsp_ring_reader_ack(reader);
	cr_assert_eq(lsp_ring_put_exit(&ring, &child, 1, 3, 0), 0);
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(stats().bad_records, 0);
}
