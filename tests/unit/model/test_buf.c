#include "lib/model/buf.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(buf, appends_and_ends_with_a_nul)
{
	struct lsp_buf b;

	lsp_buf_init(&b, 100);
	cr_expect_null(b.at);
	cr_expect_eq(lsp_buf_add_text(&b, "ab"), 0);
	cr_expect_eq(lsp_buf_add(&b, "c\0d", 3), 0);
	cr_expect_eq(lsp_buf_add_slice(&b, LSP_SLICE("ef")), 0);
	cr_expect_eq(lsp_buf_printf(&b, "%d-%s", 42, "x"), 0);
	cr_expect_eq(b.len, 11);
	cr_expect_arr_eq(b.at, "abc\0def42-x", 12);
	lsp_buf_clear(&b);
	cr_expect_eq(b.len, 0);
	cr_expect_str_eq(b.at, "");
	lsp_buf_release(&b);
	cr_expect_null(b.at);
	cr_expect_eq(lsp_buf_add_text(&b, "again"), 0);
	cr_expect_str_eq(b.at, "again");
	lsp_buf_release(&b);
}

Test(buf, takes_nothing_from_nowhere)
{
	struct lsp_buf b;

	lsp_buf_init(&b, 0);
	cr_expect_eq(lsp_buf_add(&b, NULL, 0), 0);
	cr_expect_str_eq(b.at, "");
	lsp_buf_release(&b);
}

Test(buf, stops_at_its_ceiling_and_stays_as_it_was)
{
	struct lsp_buf b;

	lsp_buf_init(&b, 5);
	cr_expect_eq(lsp_buf_add_text(&b, "abc"), 0);
	cr_expect_eq(lsp_buf_add_text(&b, "def"), -E2BIG);
	cr_expect_eq(lsp_buf_printf(&b, "%s", "def"), -E2BIG);
	cr_expect_eq(lsp_buf_add(&b, "", SIZE_MAX), -E2BIG);
	cr_expect_null(lsp_buf_reserve(&b, 3));
	cr_expect_null(lsp_buf_reserve(&b, SIZE_MAX));
	cr_expect_str_eq(b.at, "abc");
	cr_expect_eq(lsp_buf_add_text(&b, "de"), 0);
	cr_expect_eq(lsp_buf_add_text(&b, ""), 0);
	cr_expect_eq(lsp_buf_add_text(&b, "f"), -E2BIG);
	cr_expect_str_eq(b.at, "abcde");
	lsp_buf_release(&b);
}

Test(buf, reserves_room_that_the_caller_fills)
{
	struct lsp_buf b;

	lsp_buf_init(&b, 1 << 20);
	for (size_t n = 1; n < 1000; n++) {
		char *at = lsp_buf_reserve(&b, n);

		cr_assert_not_null(at);
		cr_expect_eq(at, b.at + b.len);
		memset(at, 'x', n);
		b.len += n;
	}
	cr_expect_eq(b.len, 999 * 500);
	cr_expect_eq(b.at[0], 'x');
	lsp_buf_release(&b);
}
