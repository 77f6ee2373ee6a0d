#include "sidecar/term_text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <guard_page.h>
#include <stdlib.h>

static const char *clean(const char *bytes, size_t n)
{
	static struct lsp_buf out;
	lsp_buf_release(&out);
	lsp_buf_init(&out, 4096);
	cr_assert_eq(lsp_text_clean(&out, guard_page_copy(bytes, n), n), 0);
	return out.at ? out.at : "";
}

Test(term_text, makes_visible_what_could_steer_a_terminal)
{
	static const struct {
		const char *bytes, *shown;
	} cases[] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "tab\there", "tab\there" },
		{ "\033[31mred", "\\x1b[31mred" },
		{ "a\rb\nc", "a\\x0db\\x0ac" },
		{ "bell\a", "bell\\x07" },
		{ "\x7f", "\\x7f" },
		{ "grün 日本 🙂", "grün 日本 🙂" },
		{ "\xc2\x9b"
		  "31m",
			"<U+009B>31m" }, /* CSI as one character */
		{ "\x9b", "\\x9b" },
		{ "\xe2\x80\xae", "<U+202E>" }, /* right-to-left override */
		{ "\xe2\x81\xa6", "<U+2066>" },
		{ "\xe2\x80\x8f", "<U+200F>" },
		{ "\xd8\x9c", "<U+061C>" },
		{ "\xe2\x80\xa8", "<U+2028>" },
		{ "\xf3\xa0\x81\x81", "<U+E0041>" }, /* a tag: letters that nobody sees */
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc0\xaf", "\\xc0\\xaf" }, /* overlong */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" }, /* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "cut \xf0\x9f\x99", "cut \\xf0\\x9f\\x99" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(clean(cases[i].bytes, strlen(cases[i].bytes)), cases[i].shown,
			"%s", cases[i].shown);
	cr_expect_str_eq(clean("a\0b", 3), "a\\x00b");
}

Test(term_text, never_lets_a_control_byte_of_random_bytes_through)
{
	unsigned seed = 11;
	for (int round = 0; round < 3000; round++) {
		char bytes[64];
		size_t n = (size_t)rand_r(&seed) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)rand_r(&seed);
		for (const char *p = clean(bytes, n); *p; p++)
			cr_assert((unsigned char)*p >= 0x20 || *p == '\t');
	}
}

Test(term_text, says_when_there_is_no_room)
{
	struct lsp_buf out;
	lsp_buf_init(&out, 4);
	cr_expect_eq(lsp_text_clean(&out, "\033\033", 2), -E2BIG);
	lsp_buf_release(&out);
}

Test(term_text, counts_columns_and_not_bytes)
{
	static const struct {
		const char *text;
		size_t columns;
	} cases[] = { { "", 0 }, { "abc", 3 }, { "ü", 1 }, { "日本", 4 }, { "e\xcc\x81", 1 },
		{ "🙂", 2 }, { "├─ ", 3 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(lsp_text_columns(cases[i].text, strlen(cases[i].text)),
			cases[i].columns, "%s", cases[i].text);
}

Test(term_text, cuts_in_the_middle)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *dots, *result;
	} cases[] = {
		{ "short", 5, "…", "short" },
		{ "longer", 5, "…", "lo…er" },
		{ "checkout ProcessOrder", 11, "...", "chec...rder" },
		{ "checkout ProcessOrder", 12, "…", "checko…Order" },
		{ "abcdef", 1, "…", "a" },
		{ "abcdef", 3, "...", "abc" },
		{ "abcdef", 0, "…", "" },
		{ "日本語日本語", 7, "…", "日…語" },
		{ "日本語日本語", 6, "…", "日…語" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_buf out;
		lsp_buf_init(&out, 256);
		cr_expect_eq(lsp_text_fit(&out, cases[i].text, strlen(cases[i].text),
				     cases[i].columns, cases[i].dots),
			0);
		const char *got = out.at ? out.at : "";
		cr_expect_str_eq(got, cases[i].result, "%s in %zu: %s", cases[i].text,
			cases[i].columns, got);
		cr_expect_leq(lsp_text_columns(got, out.len), cases[i].columns, "%s", got);
		lsp_buf_release(&out);
	}
}

Test(term_text, writes_durations_for_people)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" },
		{ 999, "999ns" },
		{ 1000, "1.00µs" },
		{ 250000, "250µs" },
		{ 999700, "1.00ms" },
		{ 12340000, "12.3ms" },
		{ 1530000000, "1.53s" },
		{ 99990000000, "100s" },
		{ 119000000000, "119s" },
		{ 150000000000, "2.50m" },
		{ 7200000000000, "2.00h" },
		{ UINT64_MAX, "5124096h" },
	};
	char out[24];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lsp_text_duration(out, sizeof(out), cases[i].ns, false);
		cr_expect_str_eq(out, cases[i].text, "%s", out);
	}
	lsp_text_duration(out, sizeof(out), 250000, true);
	cr_expect_str_eq(out, "250us");
}

Test(term_text, wraps_between_words)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "", "" },
		{ "short\n", "short\n" },
		{ "one two three four\n", "one two\n  three\n  four\n" },
		{ "  in  a b c d e", "  in  a b\n    c d e" },
		{ "aaaaaaaaaaaaaaaaaa b", "aaaaaaaaaaaaaaaaaa\n  b" },
		{ "\033[1mone\033[0m two aaa b", "\033[1mone\033[0m two\n  aaa b" },
		{ "日本語 日本語", "日本語\n  日本語" },
		{ "a\n\n b\n", "a\n\n b\n" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_buf out;
		lsp_buf_init(&out, 4096);
		cr_expect_eq(lsp_text_wrap(&out, cases[i].text, strlen(cases[i].text), 10), 0);
		cr_expect_str_eq(out.at ? out.at : "", cases[i].wanted);
		lsp_buf_release(&out);
	}
}
