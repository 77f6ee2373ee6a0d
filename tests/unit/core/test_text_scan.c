#include "lib/core/text_scan.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>

#define CASE(text, is_text)                                                                        \
	{                                                                                          \
		text, sizeof(text) - 1, is_text                                                    \
	}

static const struct {
	const char *bytes;
	size_t n;
	bool is_text;
} cases[] = {
	CASE("", true),
	CASE("a", true),
	CASE("GET / HTTP/1.1\r\n", true),
	CASE("tab\there\nnext\n", true),
	CASE("\x1b[31mred\x1b[0m\n", true),
	CASE("\x1b]0;title\x07", false),
	CASE("cut \x1b", true),
	CASE("a\0b", false),
	CASE("\0", false),
	CASE("bell\x07", false),
	CASE("back\bspace", false),
	CASE("form\ffeed", false),
	/* UTF-8, RFC 3629 */
	CASE("gr\xc3\xbc\xc3\x9f"
	     "e \xe2\x82\xac \xf0\x9f\x98\x80\n",
		true),
	CASE("\xc0\xaf overlong", false),
	CASE("\xe0\x80\xaf overlong", false),
	CASE("\xf0\x80\x80\xaf overlong", false),
	CASE("\xed\xa0\x80 surrogate", false),
	CASE("\xf4\x90\x80\x80 too high", false),
	CASE("\xf5\x80\x80\x80 too high", false),
	CASE("\xff\xfe"
	     "b\0o\0m\0",
		false),
	CASE("latin \xe4 one", false),
	CASE("second \xc3\xc3", false),
	/* cut at the end and at the beginning */
	CASE("\xe2\x82", true),
	CASE("\xe2", true),
	CASE("\xf0\x9f\x98", true),
	CASE("text \xed", true),
	CASE("text \xed\xa0", false),
	CASE("\x82\xac rest", true),
	CASE("\x9f\x98\x80 rest", true),
	CASE("\x80\x80\x80\x80 too much of a rest", false),
	CASE("a\x80", false),
	/* magics */
	CASE("\x1f\x8b\x08", false),
	CASE("PK\x03\x04", false),
	CASE("PK is text", true),
	CASE("\x89PNG\r\n\x1a\n", false),
	CASE("\x7f"
	     "ELF",
		false),
	CASE("\x28\xb5\x2f\xfd", false),
	CASE("(text", true),
	CASE("\xfd"
	     "7zXZ",
		false),
	CASE("BZh91AY", false),
	CASE("BZ: text", true),
	CASE("%PDF-1.7", false),
	CASE("%d", true),
};

Test(text_scan, tells_text_from_data)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *bytes = guard_page_copy(cases[i].bytes, cases[i].n);

		cr_expect_eq(lsp_text_scan(bytes, cases[i].n), cases[i].is_text, "%zu: %s", i,
			cases[i].bytes);
	}
}

Test(text_scan, finds_the_one_bad_byte_wherever_it_stands)
{
	for (size_t n = 1; n <= 70; n++)
		for (size_t at = 0; at < n; at++) {
			char raw[70];
			char *bytes;

			memset(raw, 'x', n);
			bytes = guard_page_copy(raw, n);
			cr_assert(lsp_text_scan(bytes, n));
			bytes[at] = 0x01;
			cr_assert_not(lsp_text_scan(bytes, n), "%zu of %zu", at, n);
			munmap((void *)((uintptr_t)bytes & ~4095ul), 8192);
		}
}

/* The rule once more, byte by byte. */
static bool plainly(const unsigned char *b, size_t n)
{
	size_t i = 0;

	while (i < 3 && i < n && (b[i] & 0xc0) == 0x80)
		i++;
	for (; i < n; i++) {
		unsigned char c = b[i];
		size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0x80 ? 1 : 0;
		unsigned long point = more == 0 ? c : c & (0x3fu >> more);
		static const unsigned long least[] = { 0, 0x80, 0x800, 0x10000 };

		if (c == 0x1b && i + 1 < n && b[i + 1] != '[')
			return false;
		if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r' && c != 0x1b) ||
			(c >= 0x80 && c < 0xc2) || c > 0xf4)
			return false;
		for (size_t k = 1; k <= more; k++) {
			unsigned long lowest, highest;

			if (i + k == n)
				return true;
			if ((b[i + k] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (b[i + k] & 0x3f);
			lowest = point << 6 * (more - k);
			highest = lowest | ((1ul << 6 * (more - k)) - 1);
			if (highest < least[more] || lowest > 0x10ffff ||
				(lowest >= 0xd800 && highest <= 0xdfff))
				return false;
		}
		i += more;
	}
	return true;
}

Test(text_scan, agrees_with_the_plain_rule_on_random_bytes)
{
	static const unsigned char likely[] =
		"aZ 9\n\t\r\x1b[[\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x90"
		"\xf4\x8f\xe0\xbf\x00\x05";
	uint64_t state = 7;
	unsigned text = 0;

	for (int round = 0; round < 200000; round++) {
		unsigned char b[64];
		size_t n = test_random(&state) % sizeof(b);

		memset(b, 'x', sizeof(b));
		for (unsigned i = test_random(&state) % 6; i > 0 && n > 0; i--)
			b[test_random(&state) % n] =
				likely[test_random(&state) % (sizeof(likely) - 1)];
		cr_assert_eq(lsp_text_scan((char *)b, n), plainly(b, n), "round %d", round);
		text += plainly(b, n);
	}
	cr_expect(text > 10000 && text < 190000, "%u", text);
}
