#include "lib/core/carrier_env.h"
#include "context_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>

#define OTHER "00-11111111111111111111111111111111-2222222222222222-00"
#define BAD   "00-00000000000000000000000000000000-2222222222222222-00"

enum { FOUND_KNOWN, FOUND_OTHER };

static const struct {
	const char *envp[5];
	int result, found;
} blocks[] = {
	{ { NULL }, -ENOENT, 0 },
	{ { "PATH=/bin", NULL }, -ENOENT, 0 },
	{ { "TRACEPARENT=" TRACEPARENT, NULL }, 0, FOUND_KNOWN },
	{ { "PATH=/bin", "TRACEPARENT=" TRACEPARENT, "HOME=/", NULL }, 0, FOUND_KNOWN },
	{ { "HTTP_TRACEPARENT=" TRACEPARENT, NULL }, 0, FOUND_KNOWN },
	{ { "HTTP_TRACEPARENT=" OTHER, "TRACEPARENT=" TRACEPARENT, NULL }, 0, FOUND_KNOWN },
	{ { "TRACEPARENT=" TRACEPARENT, "TRACEPARENT=" OTHER, NULL }, 0, FOUND_KNOWN },
	{ { "TRACEPARENT=" BAD, "TRACEPARENT=" TRACEPARENT, NULL }, -EINVAL, 0 },
	{ { "TRACEPARENT=" BAD, "HTTP_TRACEPARENT=" OTHER, NULL }, 0, FOUND_OTHER },
	{ { "TRACEPARENT=", "HTTP_TRACEPARENT=" OTHER, NULL }, 0, FOUND_OTHER },
	{ { "TRACEPARENT=", NULL }, -ENOENT, 0 },
	{ { "TRACEPARENT", NULL }, -ENOENT, 0 },
	{ { "TRACEPARENT=" TRACEPARENT " ", NULL }, -EINVAL, 0 },
	{ { "TRACEPARENT= " TRACEPARENT, NULL }, -EINVAL, 0 },
	{ { "TRACEPARENT=garbage", NULL }, -EINVAL, 0 },
	{ { "traceparent=" TRACEPARENT, NULL }, -ENOENT, 0 },
	{ { "TRACEPARENT_X=" TRACEPARENT, NULL }, -ENOENT, 0 },
	{ { "XTRACEPARENT=" TRACEPARENT, NULL }, -ENOENT, 0 },
	{ { "X=TRACEPARENT=" TRACEPARENT, NULL }, -ENOENT, 0 },
	{ { "", "=", "TRACEPARENT=" TRACEPARENT, NULL }, 0, FOUND_KNOWN },
};

Test(carrier_env, finds_the_standard_names_only)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct lsp_context c, before;

		memset(&c, 0x5a, sizeof(c));
		before = c;
		cr_expect_eq(lsp_carrier_env_read((char *const *)blocks[i].envp, &c),
			blocks[i].result, "%zu: %s", i, blocks[i].envp[0]);
		if (blocks[i].result) {
			cr_expect_arr_eq(&c, &before, sizeof(c), "%zu touched", i);
			continue;
		}
		cr_expect_eq(c.source, LSP_SOURCE_ENV);
		cr_expect_eq(
			lsp_context_same(&c, &known), blocks[i].found == FOUND_KNOWN, "%zu", i);
	}
}

Test(carrier_env, no_environment_is_an_empty_one)
{
	struct lsp_context c;

	cr_expect_eq(lsp_carrier_env_read(NULL, &c), -ENOENT);
}

Test(carrier_env, a_value_without_end_is_refused)
{
	static char value[1 << 20];
	char *envp[] = { value, NULL };
	struct lsp_context c;

	memset(value, 'x', sizeof(value) - 1);
	memcpy(value, "TRACEPARENT=", 12);
	cr_expect_eq(lsp_carrier_env_read(envp, &c), -EINVAL);
}
