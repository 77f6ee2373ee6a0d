#include "lib/core/traceparent.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static const struct {
	const char *text;
	int result;
} lists[] = {
	{ "", 0 },
	{ ",", 0 },
	{ " , ,\t", 0 },
	{ "a=1", 1 },
	{ "a=1,b=2", 2 },
	{ "a=1,,b=2", 2 },
	{ "a=1 \t, \tb=2", 2 },
	{ "a=1,a=2", 2 },
	{ "tenant@system=x", 1 },
	{ "0a_-*/=~!\"#$%&'()*+-./:;<>?@[]^_`{|}", 1 },
	{ "a=x y", 1 },
	{ "a= x", 1 },
	{ "a", -EINVAL },
	{ "a=", -EINVAL },
	{ "=1", -EINVAL },
	{ "A=1", -EINVAL },
	{ "_a=1", -EINVAL },
	{ "a b=1", -EINVAL },
	{ "a =1", -EINVAL },
	{ "a=1=2", -EINVAL },
	{ "a=\x7f", -EINVAL },
	{ "a=\x1f", -EINVAL },
	{ "a=\xc3\xa4", -EINVAL },
	{ "a=1,b", -EINVAL },
	{ "a=1;b=2", -EINVAL },
};

Test(tracestate, counts_members_and_refuses_what_is_none)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t n = strlen(lists[i].text);

		cr_expect_eq(lsp_tracestate_check(guard_page_copy(lists[i].text, n), n),
			lists[i].result, "%s", lists[i].text);
	}
}

static size_t many(char *out, int members)
{
	size_t n = 0;

	for (int i = 0; i < members; i++)
		n += (size_t)sprintf(out + n, "%sk%d=v", i ? "," : "", i);
	return n;
}

Test(tracestate, takes_32_members_and_not_33)
{
	char text[512];

	cr_expect_eq(lsp_tracestate_check(text, many(text, 32)), 32);
	cr_expect_eq(lsp_tracestate_check(text, many(text, 33)), -EINVAL);
}

Test(tracestate, keys_and_values_end_at_256_characters)
{
	char text[600];

	for (size_t len = 255; len <= 257; len++) {
		memset(text, 'k', len);
		memcpy(text + len, "=v", 2);
		cr_expect_eq(lsp_tracestate_check(text, len + 2), len <= 256 ? 1 : -EINVAL);
		memcpy(text, "k=", 2);
		memset(text + 2, 'v', len);
		cr_expect_eq(lsp_tracestate_check(text, len + 2), len <= 256 ? 1 : -EINVAL);
	}
}

static const struct {
	const char *text;
	size_t cap;
	const char *result;
} copies[] = {
	{ "a=1,b=2", 512, "a=1,b=2" },
	{ " a=1 ,, b=2\t", 512, "a=1,b=2" },
	{ "a=1,b=2", 7, "a=1,b=2" },
	{ "a=1,b=2", 6, "a=1" },
	{ "a=1,b=2", 3, "a=1" },
	{ "a=1,b=2", 2, "" },
	{ "a=1", 0, "" },
	{ "", 512, "" },
};

Test(tracestate, is_cut_between_members)
{
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		char *out = guard_page_copy(NULL, 0) - copies[i].cap;
		size_t n = lsp_tracestate_copy(
			out, copies[i].cap, copies[i].text, strlen(copies[i].text));

		cr_expect_eq(
			n, strlen(copies[i].result), "%s at %zu", copies[i].text, copies[i].cap);
		cr_expect_arr_eq(out, copies[i].result, strlen(copies[i].result));
	}
}

Test(tracestate, long_members_leave_first)
{
	char text[700], out[512];
	size_t n = (size_t)sprintf(text, "a=1,long=%0200d,b=2,also=%0200d,c=3", 1, 2);

	cr_expect_eq(lsp_tracestate_copy(out, 512, text, n), n, "nothing leaves while all fit");
	cr_expect_arr_eq(out, text, n);
	cr_expect_eq(lsp_tracestate_copy(out, n - 1, text, n), 11u);
	cr_expect_arr_eq(out, "a=1,b=2,c=3", 11);
}
