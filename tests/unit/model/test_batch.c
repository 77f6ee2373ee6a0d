#include "lib/model/batch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

static struct lsp_batch b;

static void init(void)
{
	lsp_batch_init(&b);
}

static void release(void)
{
	lsp_batch_release(&b);
}

TestSuite(batch, .init = init, .fini = release);

Test(batch, adds_zeroed_rows_and_keeps_those_before)
{
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t index = 0;
		struct lsp_origin *o = lsp_batch_add_origin(&b, &index);
		struct lsp_span_row *s = lsp_batch_add_span(&b);
		struct lsp_log_row *l = lsp_batch_add_log(&b);

		cr_assert(o && s && l);
		cr_expect_eq(index, i);
		cr_expect_eq(s->start_ns, 0);
		cr_expect_null(l->body.at);
		s->start_ns = l->time_ns = i + 1;
		o->service = LSP_SLICE("shop");
	}
	cr_expect_eq(b.n_spans, 1000);
	cr_expect_eq(b.n_logs, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		cr_expect_eq(b.spans[i].start_ns, i + 1);
		cr_expect_eq(b.logs[i].time_ns, i + 1);
	}
}

Test(batch, counts_the_bytes_that_it_holds)
{
	cr_expect_eq(b.bytes, 0);
	lsp_batch_add_span(&b);
	cr_expect_eq(b.bytes, sizeof(struct lsp_span_row));
	lsp_batch_own(&b, malloc(5000), 5000);
	cr_expect_eq(b.bytes, sizeof(struct lsp_span_row) + 5000);
	lsp_batch_release(&b);
	cr_expect_eq(b.bytes, 0);
	cr_expect_null(b.spans);
}

Test(batch, gives_memory_that_stays_and_is_aligned)
{
	char *small[300], *large = lsp_batch_alloc(&b, 1 << 20);

	memset(large, 'L', 1 << 20);
	for (size_t i = 0; i < 300; i++) {
		small[i] = lsp_batch_alloc(&b, i * 7);
		cr_assert_not_null(small[i]);
		cr_expect_eq((uintptr_t)small[i] % 16, 0);
		memset(small[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < 300; i++)
		for (size_t k = 0; k < i * 7; k++)
			cr_assert_eq(small[i][k], (char)i);
	cr_expect_eq(large[0], 'L');
	cr_expect_eq(large[(1 << 20) - 1], 'L');
	cr_expect_null(lsp_batch_alloc(&b, SIZE_MAX));
}

Test(batch, copies_bytes)
{
	char from[] = "abc";
	struct lsp_slice copy = { "", 0 }, empty = { "x", 1 };

	cr_assert_eq(lsp_batch_copy(&b, (struct lsp_slice){ from, 3 }, &copy), 0);
	from[0] = 'x';
	cr_expect(lsp_slice_equal(copy, LSP_SLICE("abc")));
	cr_expect_eq(lsp_batch_copy(&b, (struct lsp_slice){ NULL, 0 }, &empty), 0);
	cr_expect_eq(empty.len, 0);
	cr_expect_eq(lsp_batch_copy(&b, (struct lsp_slice){ from, SIZE_MAX }, &copy), -ENOMEM);
	cr_expect(lsp_slice_equal(copy, LSP_SLICE("abc")));
}

Test(batch, is_empty_and_keeps_its_memory_when_cleared)
{
	for (int round = 0; round < 3; round++) {
		uint32_t origin;

		for (size_t i = 0; i < 200; i++)
			memset(lsp_batch_alloc(&b, 3000), 'x', 3000);
		memset(lsp_batch_alloc(&b, 1 << 20), 'y', 1 << 20);
		cr_assert_not_null(lsp_batch_add_origin(&b, &origin));
		cr_expect_eq(origin, 0);
		cr_expect_eq(lsp_batch_add_log(&b)->pid, 0, "rows are zeroed again");
		b.logs[0].pid = 7;
		lsp_batch_own(&b, malloc(100), 100);
		lsp_batch_clear(&b);
		cr_expect_eq(b.n_logs + b.n_origins + b.bytes, 0);
		cr_expect_null(b.owned_body);
		cr_expect_not_null(b.logs);
	}
}
