/* A process that was started with TRACEPARENT. */
#define TEST_TRACEPARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#include "ring_look.h"

#include <dlfcn.h>
#include <errno.h>

static const struct linespan_context other = { { 0xaa }, { 0xa1 }, 1 };

static void expect_environments(void)
{
	char text[LINESPAN_TRACEPARENT_CHARS + 1];
	struct linespan_context c;

	cr_assert_eq(linespan_current(&c), 0);
	cr_assert_eq(linespan_traceparent_format(&c, text, sizeof(text)), 0);
	cr_expect_str_eq(text, TEST_TRACEPARENT);
}

Test(context_env, is_the_context_of_the_process)
{
	expect_environments();
	cr_expect_null(*(void **)dlsym(RTLD_DEFAULT, "otel_thread_ctx_v1"), "and is not published");
}

Test(context_env, is_read_once)
{
	setenv("TRACEPARENT", "00-11111111111111111111111111111111-2222222222222222-01", 1);
	expect_environments();
	unsetenv("TRACEPARENT");
	expect_environments();
}

Test(context_env, an_attached_one_outranks_it)
{
	struct linespan_context previous, c;

	cr_assert_eq(linespan_attach(&other, &previous), 0);
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &other, sizeof(c));
	linespan_detach(&previous);
	expect_environments();
	cr_expect_eq((*(uint8_t **)dlsym(RTLD_DEFAULT, "otel_thread_ctx_v1"))[24], 0);
}

Test(context_env, spans_begin_below_it)
{
	struct linespan_span span;
	char text[LINESPAN_TRACEPARENT_CHARS + 1];

	cr_assert_eq(linespan_span_begin(&span, "job", LINESPAN_CONSUMER), 0);
	linespan_traceparent_format(&span.context, text, sizeof(text));
	cr_expect_arr_eq(text, TEST_TRACEPARENT, 36);
	cr_expect(memcmp(text + 36, &TEST_TRACEPARENT[36], 16) != 0);
	cr_expect_arr_eq(
		span.parent_span_id, ((uint8_t[]){ 0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 2, 0xb7 }), 8);
	cr_assert_eq(linespan_span_end(&span), 0);
	expect_environments();
}
