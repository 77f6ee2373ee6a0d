/* The active context, and the record in which others see it. */
#include "ring_look.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

static const struct linespan_context a = { { 0xaa }, { 0xa1 }, 1 }, b = { { 0xbb }, { 0xb1 }, 0 };

/* As another reader finds it: by name, then by offsets. */
static const uint8_t *published(void)
{
	const uint8_t *const *slot = dlsym(RTLD_DEFAULT, "otel_thread_ctx_v1");

	cr_assert(slot, "the record's symbol is not exported");
	return *slot;
}

Test(context, is_none_at_first)
{
	struct linespan_context c = b;

	cr_expect_eq(linespan_current(&c), -ENOENT);
	cr_expect_arr_eq(&c, &b, sizeof(c));
	cr_expect_eq(linespan_current(NULL), -EINVAL);
	cr_expect_null(published());
}

Test(context, attach_is_seen_by_readers_of_the_standard_record)
{
	struct linespan_context c;
	const uint8_t *record;

	cr_assert_eq(linespan_attach(&a, NULL), 0);
	record = published();
	cr_assert_not_null(record);
	cr_expect_arr_eq(record, a.trace_id, 16);
	cr_expect_arr_eq(record + 16, a.span_id, 8);
	cr_expect_eq(record[24], 1);
	cr_expect_eq(record[25], 1);
	cr_expect_eq((uintptr_t)record % 2, 0);
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &a, sizeof(c));
	linespan_detach(NULL);
	cr_expect_eq(published(), record, "the pointer stays");
	cr_expect_eq(record[24], 0);
	cr_expect_eq(linespan_current(&c), -ENOENT);
}

Test(context, attach_hands_back_what_detach_restores)
{
	struct linespan_context outer, inner, none, c;

	cr_assert_eq(linespan_attach(&a, &outer), 0);
	cr_assert_eq(linespan_attach(&b, &inner), 0);
	cr_expect_arr_eq(&inner, &a, sizeof(a));
	cr_assert_eq(linespan_attach(NULL, &none), 0);
	cr_expect_arr_eq(&none, &b, sizeof(b));
	cr_expect_eq(linespan_current(&c), -ENOENT);
	linespan_detach(&none);
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &b, sizeof(c));
	linespan_detach(&inner);
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &a, sizeof(c));
	linespan_detach(&outer);
	cr_expect_eq(linespan_current(&c), -ENOENT);
}

Test(context, half_a_context_is_refused_and_changes_nothing)
{
	struct linespan_context half = a, previous = b, c;

	cr_assert_eq(linespan_attach(&a, NULL), 0);
	memset(half.span_id, 0, sizeof(half.span_id));
	cr_expect_eq(linespan_attach(&half, &previous), -EINVAL);
	half = a;
	memset(half.trace_id, 0, sizeof(half.trace_id));
	cr_expect_eq(linespan_attach(&half, &previous), -EINVAL);
	cr_expect_arr_eq(&previous, &b, sizeof(b));
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &a, sizeof(c));
}

static void *other_thread(void *arg)
{
	struct linespan_context c;

	(void)arg;
	cr_expect_eq(linespan_current(&c), -ENOENT);
	cr_expect_eq(linespan_attach(&b, NULL), 0);
	cr_expect_eq(published()[0], 0xbb);
	return (void *)published();
}

Test(context, each_thread_has_its_own)
{
	pthread_t thread;
	void *theirs;

	cr_assert_eq(linespan_attach(&a, NULL), 0);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, &theirs);
	cr_expect_neq(theirs, published());
	cr_expect_eq(published()[0], 0xaa);
}

static volatile sig_atomic_t calls;

static void attach_in_handler(int signal)
{
	struct linespan_context mine, previous;

	(void)signal;
	calls++;
	memset(&mine, 0xff, sizeof(mine));
	linespan_attach(&mine, &previous);
	linespan_detach(&previous);
}

/* Contexts whose bytes are all alike: a mixture is seen at once. */
Test(context, a_handler_that_attaches_leaves_no_mixed_ids_behind)
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	unsigned mixed = 0, lost = 0;

	signal(SIGALRM, attach_in_handler);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; calls < 10000 && i < 50000000; i++) {
		struct linespan_context mine, c;

		memset(&mine, 1 + i % 250, sizeof(mine));
		linespan_attach(&mine, NULL);
		if (linespan_current(&c))
			lost++;
		else if (memcmp(&c, &mine, sizeof(c)) != 0)
			mixed++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	cr_expect_eq(mixed, 0, "%u of %d", mixed, (int)calls);
	cr_expect_eq(lost, 0, "%u of %d", lost, (int)calls);
}

Test(context, traceparent_goes_out_and_comes_in)
{
	char text[LINESPAN_TRACEPARENT_CHARS + 1];
	struct linespan_context c, zero = { { 0 }, { 0 }, 0 };

	cr_expect_eq(linespan_traceparent_format(&a, text, sizeof(text) - 1), -ENOSPC);
	cr_expect_eq(linespan_traceparent_format(&zero, text, sizeof(text)), -EINVAL);
	cr_expect_eq(linespan_traceparent_format(NULL, text, sizeof(text)), -EINVAL);
	cr_assert_eq(linespan_traceparent_format(&a, text, sizeof(text)), 0);
	cr_expect_str_eq(text, "00-aa000000000000000000000000000000-a100000000000000-01");
	cr_assert_eq(linespan_traceparent_parse(text, strlen(text), &c), 0);
	cr_expect_arr_eq(&c, &a, sizeof(c));
	cr_expect_eq(linespan_traceparent_parse(text, strlen(text) - 1, &c), -EINVAL);
	cr_expect_eq(linespan_traceparent_parse(NULL, 0, &c), -EINVAL);
}

Test(context, the_version_is_the_headers)
{
	cr_expect_str_eq(linespan_version(), LINESPAN_VERSION);
	cr_expect_str_eq(LINESPAN_VERSION, LINESPAN_VERSION_TEXT, "header and build file differ");
}
