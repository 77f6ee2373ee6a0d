#include "sidecar/grep_match.h"

#include <criterion/criterion.h>
#include <guard_page.h>
#include <stdio.h>
#include <stdlib.h>

#define ID  "4bf92f3577b34da6a3ce929d0e0e4736"
#define LOW "a3ce929d0e0e4736"
#define DEC "11803532876627986230"

static struct lsp_needle needle(const char *id, const char *span)
{
	struct lsp_trace_key key;
	struct lsp_needle n;
	uint8_t span_id[8];
	cr_assert_eq(lsp_trace_key_parse(&key, lsp_slice_of(id)), 0);
	if (span)
		cr_assert_eq(lsp_span_id_parse(span_id, lsp_slice_of(span)), 0);
	lsp_needle_init(&n, &key, span ? span_id : NULL);
	return n;
}

/* The text that matches, "" for none. The haystack ends where memory ends. */
static const char *found(const struct lsp_needle *n, const char *text)
{
	static char copy[128];
	const char *start = guard_page_copy(text, strlen(text)), *end = start + strlen(text), *stop;
	const char *at = lsp_needle_find(n, start, start, end, &stop);
	copy[0] = 0;
	if (at)
		snprintf(copy, sizeof(copy), "%.*s", (int)(stop - at), at);
	return copy;
}

struct match_case {
	const char *text, *match;
};

static void expect(const struct lsp_needle *n, const struct match_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* At the start, behind a long head that the wide loop takes, and before a tail. */
		static char text[4096];
		cr_expect_str_eq(found(n, cases[i].text), cases[i].match, "%s", cases[i].text);
		for (size_t pad = 1; pad < 80; pad += 7) {
			snprintf(text, sizeof(text), "%*s%s%*s", (int)pad, "", cases[i].text,
				(int)(80 - pad), "");
			cr_expect_str_eq(
				found(n, text), cases[i].match, "%zu: %s", pad, cases[i].text);
		}
	}
}
#define EXPECT(n, cases) expect(n, cases, sizeof(cases) / sizeof(cases[0]))

Test(grep_match, finds_every_form_of_a_128_bit_id)
{
	static const struct match_case cases[] = {
		{ ID, ID },
		{ "trace_id=" ID " span_id=00f067aa0ba902b7", ID },
		{ "{\"trace_id\":\"" ID "\"}", ID },
		{ "00-" ID "-00f067aa0ba902b7-01", ID },
		{ "4BF92F3577B34DA6A3CE929D0E0E4736", "4BF92F3577B34DA6A3CE929D0E0E4736" },
		{ "4bf92f3577B34DA6a3ce929d0e0e4736", "4bf92f3577B34DA6a3ce929d0e0e4736" },
		{ "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736" },
		{ "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736", "4bf92f35-77b34da6a3ce929d0e0e4736" },
		{ "[app," LOW ",00f067aa0ba902b7]", LOW },
		{ "0000000000000000" LOW, "0000000000000000" LOW },
		{ "dd.trace_id=" DEC, DEC },
		{ "x" ID "y", ID },
	};
	struct lsp_needle n = needle(ID, NULL);
	EXPECT(&n, cases);
}

Test(grep_match, does_not_find_other_ids)
{
	static const struct match_case cases[] = {
		{ "", "" },
		{ "4bf92f3577b34da6a3ce929d0e0e473", "" },
		{ "4bf92f3577b34da6a3ce929d0e0e4737", "" },
		{ ID "0", "" },
		{ "a" ID, "" },
		{ "F" ID, "" },
		{ ID ID, "" },
		{ "1" LOW, "" },
		{ "ffffffffffffffff" LOW, "" }, /* another trace with the same low half */
		{ "ffffffff-ffff-ffff-a3ce-929d0e0e4736", "" },
		{ "14bf92f35-77b3-4da6-a3ce-929d0e0e4736", "" },
		{ "4bf92f35-77b3-4da6-a3cf-929d0e0e4736", "" },
		{ "1-4bf92f36-77b34da6a3ce929d0e0e4736", "" },
		{ "929d0e0e4736", "" },
		{ "1" DEC, "" },
		{ DEC "0", "" },
		{ "a" DEC, "" },
		{ "11803532876627986231", "" },
	};
	struct lsp_needle n = needle(ID, NULL);
	EXPECT(&n, cases);
}

Test(grep_match, a_64_bit_id_fits_every_id_with_that_low_half)
{
	static const struct match_case cases[] = {
		{ LOW, LOW },
		{ ID, ID },
		{ "ffffffffffffffff" LOW, "ffffffffffffffff" LOW },
		{ "0000000000000000" LOW, "0000000000000000" LOW },
		{ DEC, DEC },
		{ "f" LOW, "" },
	};
	struct lsp_needle n = needle(LOW, NULL);
	EXPECT(&n, cases);
}

Test(grep_match, takes_a_short_number_only_where_the_line_calls_it_a_trace_id)
{
	static const struct match_case cases[] = {
		{ "took 12345 ms", "" },
		{ "dd.trace_id=12345 dd.span_id=7", "12345" },
		{ "dd.trace_id=1234 took 12345 ms", "" },
	};
	struct lsp_needle n = needle("00000000000000000000000000003039", NULL);
	EXPECT(&n, cases);
}

Test(grep_match, looks_for_the_span_in_the_line)
{
	static const struct {
		const char *line;
		bool has;
	} cases[] = {
		{ "span_id=00f067aa0ba902b7", true },
		{ "span_id=00F067AA0BA902B7 x", true },
		{ "dd.span_id=67667974448284343", true },
		{ "span_id=00f067aa0ba902b8", false },
		{ "span_id=100f067aa0ba902b7", false },
		{ "00f067aa0ba902b70", false },
		{ "", false },
	};
	struct lsp_needle n = needle(ID, "00f067aa0ba902b7"), any = needle(ID, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].line);
		const char *line = guard_page_copy(cases[i].line, len);
		cr_expect_eq(lsp_needle_has_span(&n, line, line + len), cases[i].has, "%s",
			cases[i].line);
		cr_expect(lsp_needle_has_span(&any, line, line + len));
	}
}

/* Many ids in many places: each is found, at its place, and nothing else is. */
Test(grep_match, finds_all_of_many_in_random_digits, .timeout = 30)
{
	static const char digits[] = "0123456789abcdefABCDEF-- \n\"=:,";
	struct lsp_needle n = needle(ID, NULL);
	unsigned seed = 3;
	for (int round = 0; round < 300; round++) {
		size_t len = 200 + (size_t)rand_r(&seed) % 4000, planted = 0, seen = 0;
		char *text = malloc(len);
		for (size_t i = 0; i < len; i++)
			text[i] = digits[(size_t)rand_r(&seed) % (sizeof(digits) - 1)];
		for (size_t i = 1; i + 40 < len; i += 60 + (size_t)rand_r(&seed) % 300, planted++) {
			text[i - 1] = ' ';
			memcpy(text + i, ID, 32);
			text[i + 32] = ' ';
		}
		const char *hay = guard_page_copy(text, len), *end = hay + len, *stop;
		for (const char *p = hay; (p = lsp_needle_find(&n, hay, p, end, &stop)); p = stop)
			seen += stop - p == 32 && memcmp(p, ID, 32) == 0;
		cr_assert_eq(seen, planted, "round %d: %zu of %zu", round, seen, planted);
		free(text);
	}
}
