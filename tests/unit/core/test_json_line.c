#include "lib/core/json_line.h"
#include "guard_page.h"
#include "json_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>

#define MUTANTS 60000

static int line_of(const char *text, size_t n)
{
	size_t close;
	bool empty;

	return lsp_json_line(guard_page_copy(text, n), n, &close, &empty);
}

static const struct {
	const char *text;
	int result;
	size_t close;
	bool empty;
} lines[] = {
	{ "{}", 1, 1, true },
	{ " { } ", 1, 3, true },
	{ "{\"a\":1}", 1, 6, false },
	{ "{\"a\":{}}", 1, 7, false },
	{ "{\"a\":[]}  \t\r\n", 1, 7, false },
	{ "\t{\"a\":\"}\"} ", 1, 9, false },
	{ "{\"a\":\"\\\"}\"}", 1, 10, false },
	{ "{\"\":null}", 1, 8, false },
	{ "{\"a\":1,\"a\":2}", 1, 12, false },
	{ "", 0, 0, 0 },
	{ "   ", 0, 0, 0 },
	{ "text", 0, 0, 0 },
	{ "\"{}\"", 0, 0, 0 },
	{ "12", 0, 0, 0 },
	{ "} {", 0, 0, 0 },
	{ "[]", -EINVAL, 0, 0 },
	{ "[{}]", -EINVAL, 0, 0 },
	{ "{", -EINVAL, 0, 0 },
	{ "[", -EINVAL, 0, 0 },
	{ "{}{}", -EINVAL, 0, 0 },
	{ "{} {}", -EINVAL, 0, 0 },
	{ "{},", -EINVAL, 0, 0 },
	{ "{} text", -EINVAL, 0, 0 },
	{ "{]", -EINVAL, 0, 0 },
	{ "{\"a\":[}", -EINVAL, 0, 0 },
	{ "{\"a\":[1,]}", -EINVAL, 0, 0 },
	{ "{\"a\":1,}", -EINVAL, 0, 0 },
	{ "{,}", -EINVAL, 0, 0 },
	{ "{a:1}", -EINVAL, 0, 0 },
	{ "{'a':1}", -EINVAL, 0, 0 },
	{ "{\"a\"}", -EINVAL, 0, 0 },
	{ "{\"a\":}", -EINVAL, 0, 0 },
	{ "{\"a\" 1}", -EINVAL, 0, 0 },
	{ "{1:1}", -EINVAL, 0, 0 },
	{ "{\"a\":01}", -EINVAL, 0, 0 },
	{ "{\"a\":+1}", -EINVAL, 0, 0 },
	{ "{\"a\":-}", -EINVAL, 0, 0 },
	{ "{\"a\":.5}", -EINVAL, 0, 0 },
	{ "{\"a\":5.}", -EINVAL, 0, 0 },
	{ "{\"a\":1e}", -EINVAL, 0, 0 },
	{ "{\"a\":1e+}", -EINVAL, 0, 0 },
	{ "{\"a\":NaN}", -EINVAL, 0, 0 },
	{ "{\"a\":Infinity}", -EINVAL, 0, 0 },
	{ "{\"a\":True}", -EINVAL, 0, 0 },
	{ "{\"a\":tru}", -EINVAL, 0, 0 },
	{ "{\"a\":truefalse}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\x\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\u12g4\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\ud800\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\ud800\\u0041\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\udc00\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\\uD83D\\uDE00\"}", 1, 19, false },
	{ "{\"a\":\"\\u0000\"}", 1, 13, false },
	{ "{\"a\":\"\x1f\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\t\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\x7f\"}", 1, 8, false },
	{ "{\"a\":\"\xc3\xa4\"}", 1, 9, false },
	{ "{\"a\":\"\xe4\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\xc0\xaf\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\xed\xa0\x80\"}", -EINVAL, 0, 0 },
	{ "{\"a\":\"\xf4\x90\x80\x80\"}", -EINVAL, 0, 0 },
	{ "\xef\xbb\xbf{}", 0, 0, 0 },
	{ "{}\xc2\xa0", -EINVAL, 0, 0 },
	{ "{\"a\":1/**/}", -EINVAL, 0, 0 },
};

Test(json_line, takes_exactly_one_object)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t n = strlen(lines[i].text), close = 4711;
		bool empty = true;
		int r = lsp_json_line(guard_page_copy(lines[i].text, n), n, &close, &empty);

		cr_expect_eq(r, lines[i].result, "%s: %d", lines[i].text, r);
		cr_expect_eq(
			close, r == 1 ? lines[i].close : 4711, "%s: %zu", lines[i].text, close);
		cr_expect_eq(empty, r == 1 ? lines[i].empty : true, "%s", lines[i].text);
	}
}

Test(json_line, a_nul_is_not_json)
{
	cr_expect_eq(line_of("{\"a\":\"\0\"}", 9), -EINVAL);
	cr_expect_eq(line_of("{}\0", 3), -EINVAL);
	cr_expect_eq(line_of("\0{}", 3), 0);
}

Test(json_line, an_object_cut_anywhere_is_not_one)
{
	for (size_t s = 0; s < JSON_SEEDS_N; s++)
		for (size_t n = 0; n < strlen(json_seeds[s]); n++) {
			json_t *object;

			cr_assert_eq(line_of(json_seeds[s], n) == 1,
				json_verdict(json_seeds[s], n, &object) == 1, "%zu of %s", n,
				json_seeds[s]);
			json_decref(object);
		}
}

/* {"a":[[…]]}: as deep as asked. */
static size_t nested(char *out, size_t depth, char open, char shut)
{
	size_t n = 0;

	for (size_t i = 0; i < depth; i++) {
		if (open == '{' && i > 0) {
			memcpy(out + n, "\"a\":", 4);
			n += 4;
		}
		out[n++] = open;
	}
	for (size_t i = 0; i < depth; i++)
		out[n++] = shut;
	return n;
}

Test(json_line, goes_64_deep_and_no_deeper)
{
	char text[100000];

	cr_expect_eq(line_of(text, nested(text, 63, '{', '}')), 1);
	cr_expect_eq(line_of(text, nested(text, 64, '{', '}')), 1);
	cr_expect_eq(line_of(text, nested(text, 65, '{', '}')), -EINVAL);
	cr_expect_eq(line_of(text, nested(text, 16000, '{', '}')), -EINVAL);
	memcpy(text, "{\"a\":", 5);
	for (size_t depth = 60; depth < 70; depth++) {
		size_t n = 5 + nested(text + 5, depth, '[', ']');

		text[n++] = '}';
		cr_expect_eq(line_of(text, n), depth < 64 ? 1 : -EINVAL, "%zu", depth);
	}
}

Test(json_line, agrees_with_jansson)
{
	unsigned objects = 0, others = 0;
	char *line = guard_page_copy(NULL, 0);

	for (uint64_t round = 0; round < MUTANTS; round++) {
		char text[JSON_LINE_BYTES_MAX];
		size_t n = json_mutant(round, text), close;
		json_t *object;
		int verdict = json_verdict(text, n, &object), r;
		bool empty;

		if (verdict < 0)
			continue;
		memcpy(line - n, text, n);
		r = lsp_json_line(line - n, n, &close, &empty);
		cr_assert_eq(r == 1, verdict == 1, "round %zu: %.*s", (size_t)round, (int)n, text);
		if (r == 1) {
			cr_assert_eq(line[(long)close - (long)n], '}');
			cr_assert_eq(empty, json_object_size(object) == 0);
		}
		objects += verdict == 1;
		others += verdict == 0;
		json_decref(object);
	}
	cr_expect(objects > MUTANTS / 10 && others > MUTANTS / 10, "%u, %u", objects, others);
}
