#include "lib/core/traceparent.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define T  TRACE_HEX
#define S  SPAN_HEX
#define T0 "00000000000000000000000000000000"
#define S0 "0000000000000000"

static const struct {
	const char *text;
	int result;
	uint8_t flags;
} values[] = {
	{ "00-" T "-" S "-01", 0, 1 },
	{ "00-" T "-" S "-00", 0, 0 },
	{ "00-" T "-" S "-02", 0, 2 },
	{ "00-" T "-" S "-03", 0, 3 },
	{ "00-" T "-" S "-ff", 0, 3 },
	{ "00-" T "-" S "-fc", 0, 0 },
	{ "00-" T "-" S "-FF", -EINVAL, 0 },
	{ "00-" T "-" S "-0", -EINVAL, 0 },
	{ "00-" T "-" S "-0g", -EINVAL, 0 },
	{ "00-" T "-" S "-", -EINVAL, 0 },
	{ "00-" T "-" S "-01-", -EINVAL, 0 },
	{ "00-" T "-" S "-01-more", -EINVAL, 0 },
	{ "00-" T "-" S "-01 ", -EINVAL, 0 },
	{ " 00-" T "-" S "-01", -EINVAL, 0 },
	{ "00-" T "-" S "-01.", -EINVAL, 0 },
	{ "00-" T "-" S "-011", -EINVAL, 0 },
	{ "ff-" T "-" S "-01", -EINVAL, 0 },
	{ "FF-" T "-" S "-01", -EINVAL, 0 },
	{ "0g-" T "-" S "-01", -EINVAL, 0 },
	{ "0-" T "-" S "-01", -EINVAL, 0 },
	{ "-00" T "-" S "-01", -EINVAL, 0 },
	/* higher versions: the same places, the sampled bit only, more behind a dash */
	{ "cc-" T "-" S "-01", 0, 1 },
	{ "cc-" T "-" S "-03", 0, 1 },
	{ "cc-" T "-" S "-fe", 0, 0 },
	{ "01-" T "-" S "-01-what-the-future-brings", 0, 1 },
	{ "fe-" T "-" S "-01-", 0, 1 },
	{ "01-" T "-" S "-01.what", -EINVAL, 0 },
	{ "01-" T "-" S "-010", -EINVAL, 0 },
	{ "01-" T "-" S "-0", -EINVAL, 0 },
	/* zeros and upper case */
	{ "00-" T0 "-" S "-01", -EINVAL, 0 },
	{ "00-" T "-" S0 "-01", -EINVAL, 0 },
	{ "00-" T0 "-" S0 "-00", -EINVAL, 0 },
	{ "00-4BF92F3577B34DA6A3CE929D0E0E4736-" S "-01", -EINVAL, 0 },
	{ "00-" T "-00F067AA0BA902B7-01", -EINVAL, 0 },
	{ "00-4bf92f3577b34da6a3ce929d0e0e473.-" S "-01", -EINVAL, 0 },
	{ "00-" T "-00f067aa0ba902b.-01", -EINVAL, 0 },
	{ "00_" T "_" S "_01", -EINVAL, 0 },
	{ "00" T S "01", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "00", -EINVAL, 0 },
};

Test(traceparent, takes_what_level_2_allows_and_nothing_else)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t n = strlen(values[i].text);
		const char *text = guard_page_copy(values[i].text, n);
		struct lsp_context c, before;

		memset(&c, 0x5a, sizeof(c));
		before = c;
		cr_expect_eq(
			lsp_traceparent_parse(text, n, &c), values[i].result, "%s", values[i].text);
		if (values[i].result) {
			cr_expect_arr_eq(&c, &before, sizeof(c), "touched by %s", values[i].text);
			continue;
		}
		cr_expect(lsp_context_same(&c, &known), "%s", values[i].text);
		cr_expect_eq(c.flags, values[i].flags, "%s", values[i].text);
		cr_expect_eq(c.source, LSP_SOURCE_NONE);
	}
}

Test(traceparent, is_refused_at_each_length_below_55)
{
	for (size_t n = 0; n < LSP_TRACEPARENT_CHARS; n++) {
		struct lsp_context c;

		cr_assert_eq(
			lsp_traceparent_parse(guard_page_copy(TRACEPARENT, n), n, &c), -EINVAL);
	}
}

Test(traceparent, any_other_byte_at_any_place_is_refused_or_changes_just_that)
{
	for (size_t at = 0; at < LSP_TRACEPARENT_CHARS; at++)
		for (int b = 0; b < 256; b++) {
			char text[LSP_TRACEPARENT_CHARS + 1] = TRACEPARENT;
			bool digit = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f');
			bool dash = at == 2 || at == 35 || at == 52;
			struct lsp_context c;

			text[at] = (char)b;
			cr_assert_eq(lsp_traceparent_parse(text, LSP_TRACEPARENT_CHARS, &c),
				(dash ? b == '-' : digit) ? 0 : -EINVAL, "%s", text);
		}
}

Test(traceparent, format_and_parse_are_inverse)
{
	uint64_t state = 1;

	for (int i = 0; i < 1000; i++) {
		char out[LSP_TRACEPARENT_CHARS + 1] = { 0 };
		struct lsp_context c = known, got;

		c.trace_id[i % 16] = (uint8_t)test_random(&state);
		c.span_id[i % 8] = (uint8_t)test_random(&state);
		c.flags = (uint8_t)test_random(&state);
		lsp_traceparent_format(&c, out);
		cr_assert_eq(out[LSP_TRACEPARENT_CHARS], 0);
		cr_assert_eq(lsp_traceparent_parse(out, LSP_TRACEPARENT_CHARS, &got), 0, "%s", out);
		cr_assert(lsp_context_same(&c, &got));
		cr_assert_eq(got.flags, c.flags & 3, "unknown bits are not passed on");
	}
}

Test(traceparent, format_writes_version_00)
{
	char out[LSP_TRACEPARENT_CHARS];

	lsp_traceparent_format(&known, out);
	cr_expect_arr_eq(out, TRACEPARENT, LSP_TRACEPARENT_CHARS);
}
