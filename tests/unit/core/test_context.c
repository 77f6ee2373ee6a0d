#include "lib/core/context.h"
#include "context_fixture.h"

#include <criterion/criterion.h>

Test(context, each_source_has_the_name_that_the_json_shows)
{
	static const char *const names[] = { "", "otel", "node", "elastic", "labels", "fd",
		"thread", "env", "content", "text" };

	cr_assert_eq(LSP_SOURCE_N, sizeof(names) / sizeof(names[0]));
	for (unsigned i = 0; i < LSP_SOURCE_N; i++)
		cr_expect_str_eq(lsp_source_name(i), names[i]);
	cr_expect_str_eq(lsp_source_name(LSP_SOURCE_N), "");
	cr_expect_str_eq(lsp_source_name(UINT32_MAX), "");
}

Test(context, one_bit_anywhere_makes_an_id)
{
	for (int bit = 0; bit < 128; bit++) {
		struct lsp_context c = { 0 };

		cr_assert_not(lsp_context_has_trace(&c));
		c.trace_id[bit / 8] = (uint8_t)(1 << bit % 8);
		cr_assert(lsp_context_has_trace(&c));
		cr_assert_not(lsp_context_has_span(&c));
	}
	for (int bit = 0; bit < 64; bit++) {
		struct lsp_context c = { 0 };

		c.span_id[bit / 8] = (uint8_t)(1 << bit % 8);
		cr_assert(lsp_context_has_span(&c));
		cr_assert_not(lsp_context_has_trace(&c));
	}
}

Test(context, flags_and_source_do_not_count_when_contexts_are_compared)
{
	struct lsp_context other = known;

	other.flags = 0;
	other.source = LSP_SOURCE_FD;
	cr_expect(lsp_context_same(&known, &other));
	other.span_id[7] ^= 1;
	cr_expect_not(lsp_context_same(&known, &other));
	other = known;
	other.trace_id[0] ^= 1;
	cr_expect_not(lsp_context_same(&known, &other));
}
