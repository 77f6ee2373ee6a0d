#include "lib/core/thread_context.h"
#include "context_fixture.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/time.h>

static struct lsp_thread_record record_of(const struct lsp_context *c)
{
	struct lsp_thread_record r;

	memset(&r, 0, sizeof(r));
	memcpy(r.trace_id, c->trace_id, sizeof(r.trace_id));
	memcpy(r.span_id, c->span_id, sizeof(r.span_id));
	r.valid = 1;
	r.flags = c->flags;
	return r;
}

Test(thread_context, a_valid_record_is_read)
{
	struct lsp_thread_record r = record_of(&known);
	const void *slot = &r;
	struct lsp_context c;

	cr_assert(lsp_thread_context_read(&slot, &c));
	cr_expect(lsp_context_same(&c, &known));
	cr_expect_eq(c.flags, known.flags);
	cr_expect_eq(c.source, LSP_SOURCE_OTEL);
}

Test(thread_context, an_empty_slot_is_no_context)
{
	const void *slot = NULL;
	struct lsp_context c;

	memset(&c, 0x5a, sizeof(c));
	cr_expect_not(lsp_thread_context_read(&slot, &c));
	cr_expect_eq(c.source, 0x5a, "untouched");
}

Test(thread_context, only_valid_1_is_valid)
{
	struct lsp_thread_record r = record_of(&known);
	const void *slot = &r;
	struct lsp_context c;

	for (int valid = 0; valid < 256; valid++) {
		r.valid = (uint8_t)valid;
		cr_expect_eq(lsp_thread_context_read(&slot, &c), valid == 1, "%d", valid);
	}
}

Test(thread_context, a_record_without_both_ids_is_no_context)
{
	struct lsp_context none = { 0 }, c;
	struct lsp_thread_record r = record_of(&none);
	const void *slot = &r;

	cr_expect_not(lsp_thread_context_read(&slot, &c));
	memcpy(r.trace_id, known.trace_id, sizeof(r.trace_id));
	cr_expect_not(lsp_thread_context_read(&slot, &c));
	memset(r.trace_id, 0, sizeof(r.trace_id));
	memcpy(r.span_id, known.span_id, sizeof(r.span_id));
	cr_expect_not(lsp_thread_context_read(&slot, &c));
}

Test(thread_context, a_record_of_28_bytes_is_enough)
{
	struct lsp_thread_record r = record_of(&known);
	const void *slot = guard_page_copy(&r, 28);
	struct lsp_context c;

	cr_expect(lsp_thread_context_read(&slot, &c));
}

Test(thread_context, write_says_what_read_hears)
{
	struct lsp_thread_record r;
	const void *slot = &r;
	struct lsp_context c;

	memset(&r, 0x5a, sizeof(r));
	lsp_thread_context_write(&r, &known);
	cr_assert(lsp_thread_context_read(&slot, &c));
	cr_expect(lsp_context_same(&c, &known));
	cr_expect_eq(r.valid, 1);
	cr_expect_eq(r.attrs_bytes, 0x5a5a, "attributes are not touched");
	lsp_thread_context_write(&r, NULL);
	cr_expect_not(lsp_thread_context_read(&slot, &c));
}

static struct lsp_thread_record shared;
static volatile sig_atomic_t mixed, heard;

/* Contexts whose bytes are all alike: a mixture is seen at once. */
static void look(int signal)
{
	const void *slot = &shared;
	struct lsp_context c;

	(void)signal;
	if (!lsp_thread_context_read(&slot, &c))
		return;
	heard++;
	for (int i = 0; i < 16; i++)
		if (c.trace_id[i] != c.trace_id[0] || c.span_id[i / 2] != c.trace_id[0] ||
			c.flags != c.trace_id[0])
			mixed++;
}

Test(thread_context, a_handler_never_sees_half_a_write)
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	struct lsp_context c;

	signal(SIGALRM, look);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; heard < 500 && i < 20000000; i++) {
		memset(&c, 1 + i % 250, sizeof(c));
		lsp_thread_context_write(&shared, &c);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	cr_expect_eq(mixed, 0);
	cr_expect_gt(heard, 0);
}
