/* Log lines as patterns. */
#include "lib/analysis/window/patterns.h"

#include <criterion/criterion.h>

#define LINES 4

/* Lines of one service, and the pattern that the last one ends up in. */
static const struct {
	const char *lines[LINES], *pattern;
} alike[] = {
	{ { "order 17 placed", "order 18 placed" }, "order * placed" },
	{ { "user ada logged in from web", "user bob logged in from web" },
		"user * logged in from web" },
	{ { "[2026-11-24 10:00:01] done" }, "* done" },
	{ { "took 1 2 3 4 5 ms", "took 7 ms" }, "took * ms" },
	{ { "id=deadbeefdeadbeef ok", "id=4bf92f3577b34da6 ok" }, "id * ok" },
	{ { "{\"a\":\"b\",\"n\":12}" }, "a b n *" },
	{ { "first line\nsecond line" }, "first line" },
	{ { "" }, "" },
	{ { "   " }, "" },
	{ { "a b c d e f g h i j k l m n o p q r" }, "a b c d e f g h i j k l m n o p" },
};

Test(patterns, lines_of_one_statement_are_one_pattern)
{
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		struct lsp_patterns p;
		struct lsp_buf text;
		uint32_t first = 0, last = 0;
		lsp_patterns_init(&p);
		lsp_buf_init(&text, 4096);
		for (int j = 0; j < LINES && alike[i].lines[j]; j++) {
			cr_assert_eq(
				lsp_patterns_add(&p, 1, lsp_slice_of(alike[i].lines[j]), &last), 0);
			first = j ? first : last;
			cr_assert_eq(first, last, "%s", alike[i].lines[j]);
		}
		cr_assert_eq(lsp_patterns_text(&p, last, &text), 0);
		cr_assert_str_eq(text.len ? text.at : "", alike[i].pattern);
		lsp_buf_release(&text);
		lsp_patterns_release(&p);
	}
}

/* Pairs of lines that two statements wrote. */
static const char *const different[][2] = {
	{ "order 17 placed", "order 17 cancelled by the customer" },
	{ "connected to cache", "connected to the database at last" },
	{ "Get Price Config Success", "Query for travels failed at once" },
	{ "a", "b" },
};

Test(patterns, lines_of_two_statements_are_two)
{
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
		struct lsp_patterns p;
		uint32_t at[2] = { 0 };
		lsp_patterns_init(&p);
		for (int j = 0; j < 2; j++)
			cr_assert_eq(
				lsp_patterns_add(&p, 1, lsp_slice_of(different[i][j]), &at[j]), 0);
		cr_assert_neq(at[0], at[1], "%s", different[i][0]);
		lsp_patterns_release(&p);
	}
}

Test(patterns, services_do_not_share_them)
{
	struct lsp_patterns p;
	uint32_t a, b;
	lsp_patterns_init(&p);
	cr_assert_eq(lsp_patterns_add(&p, 1, LSP_SLICE("ready"), &a), 0);
	cr_assert_eq(lsp_patterns_add(&p, 2, LSP_SLICE("ready"), &b), 0);
	cr_assert_neq(a, b);
	lsp_patterns_release(&p);
}

Test(patterns, keep_their_numbers_while_the_table_grows)
{
	struct lsp_patterns p;
	uint32_t at;
	lsp_patterns_init(&p);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 3000; i++) {
			char word[8] = { 0 };
			for (uint32_t j = 0, n = i; j < 4; j++, n /= 20)
				word[j] = (char)('a' + n % 20);
			cr_assert_eq(lsp_patterns_add(&p, 1, lsp_slice_of(word), &at), 0);
			cr_assert_eq(at, i);
		}
	}
	lsp_patterns_release(&p);
}
