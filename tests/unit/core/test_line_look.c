/* What the quick look calls plain must be what the slow ones say, too. */
#include "lib/core/line_look.h"
#include "lib/core/stamp.h"
#include "lib/core/text_scan.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>

static const struct {
	const char *text;
	bool plain;
} lines[] = {
	{ "charged order 4711\n", true },
	{ "tab\tinside\n", true },
	{ "x\n", true },
	{ "2026-11-23 12:00:00.123 INFO com.shop.Checkout - all is fine here\n", true },
	{ "", false },
	{ "\n", false },
	{ "no newline", false },
	{ " indented\n", false },
	{ "{\"a\":1}\n", false },
	{ "[x]\n", false },
	{ "\"x\"\n", false },
	{ "<34>x\n", false },
	{ "@cee:{}\n", false },
	{ "}\n", false },
	{ "%PDF-1.7\n", false },
	{ "BZh91AY\n", false },
	{ "1,\n", false },
	{ "dos\r\n", false },
	{ "two\nlines\n", false },
	{ "gr\xc3\xbcn\n", false },
	{ "\x1b[31mred\x1b[0m\n", false },
	{ "trace_id=x\n", false },
	{ "a TRACE_ID=x\n", false },
	{ "0123456789abcdeTrace_id=x and more\n", false },
	{ "a string of metrics\n", false },
	{ "t\n", true },
};

Test(line_look, plain_is_one_printable_line_without_a_name_of_a_trace)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t n = strlen(lines[i].text);

		cr_expect_eq(lsp_line_is_plain(guard_page_copy(lines[i].text, n), n),
			lines[i].plain, "%zu: %s", i, lines[i].text);
	}
}

Test(line_look, the_one_byte_that_is_not_plain_is_seen_anywhere)
{
	char line[80];

	for (size_t n = 2; n < sizeof(line); n++)
		for (size_t at = 0; at + 1 < n; at++) {
			memset(line, 'x', n);
			line[n - 1] = '\n';
			cr_assert(lsp_line_is_plain(line, n));
			line[at] = '\x05';
			cr_assert_not(lsp_line_is_plain(line, n), "%zu of %zu", at, n);
			line[at] = '\n';
			cr_assert_not(lsp_line_is_plain(line, n), "%zu of %zu", at, n);
			line[at] = 't';
			line[at + 1] = 'r';
			if (at + 2 < n)
				cr_assert_not(lsp_line_is_plain(line, n), "%zu of %zu", at, n);
		}
}

Test(line_look, a_plain_line_is_text_without_an_id_and_gets_the_suffix)
{
	static const char likely[] = "abc xyz 019 .,:=/-_ [] {} \"trTR traceid\t";
	struct lsp_stamp_style style = { LSP_FORMAT_AUTO, LSP_FIELDS_OTEL, NULL };
	uint64_t state = 11;
	unsigned plain = 0;

	for (int round = 0; round < 100000; round++) {
		char line[80];
		size_t n = 2 + test_random(&state) % (sizeof(line) - 2);
		struct lsp_insert in;

		for (size_t i = 0; i < n; i++)
			line[i] = test_random(&state) % 200
					  ? likely[test_random(&state) % (sizeof(likely) - 1)]
					  : (char)test_random(&state);
		line[n - 1] = '\n';
		if (!lsp_line_is_plain(line, n))
			continue;
		plain++;
		cr_assert(lsp_text_scan(line, n));
		cr_assert_eq(lsp_stamp_line(&style, &known, line, n - 1, &in), LSP_KEEP_NOT);
		cr_assert(in.at == n - 1 && in.skip == 0 && in.text[0] == ' ');
	}
	cr_expect(plain > 10000, "%u", plain);
}
