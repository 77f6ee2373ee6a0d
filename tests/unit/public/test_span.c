/* Spans: their ids, and what reaches the ring. */
#include "ring_look.h"

#include <errno.h>
#include <sys/wait.h>

static const struct linespan_context remote = { { 0xaa }, { 0xa1 }, 1 };
static const uint8_t zero[16];

static void expect_active(const struct linespan_context *expected)
{
	struct linespan_context c;

	cr_assert_eq(linespan_current(&c), expected ? 0 : -ENOENT);
	if (expected)
		cr_expect_arr_eq(&c, expected, sizeof(c));
}

Test(span, without_a_context_it_begins_a_trace)
{
	struct linespan_span span;

	cr_assert_eq(linespan_span_begin(&span, "root", LINESPAN_INTERNAL), 0);
	cr_expect(memcmp(span.context.trace_id, zero, 16) != 0);
	cr_expect(memcmp(span.context.span_id, zero, 8) != 0);
	cr_expect_arr_eq(span.parent_span_id, zero, 8);
	cr_expect_eq(span.context.flags, 3, "sampled, and a random trace id");
	expect_active(&span.context);
	cr_assert_eq(linespan_span_end(&span), 0);
	expect_active(NULL);
}

Test(span, inside_another_it_is_its_child)
{
	struct linespan_span outer, inner;

	cr_assert_eq(linespan_span_begin(&outer, "outer", LINESPAN_SERVER), 0);
	cr_assert_eq(linespan_span_begin(&inner, "inner", LINESPAN_CLIENT), 0);
	cr_expect_arr_eq(inner.context.trace_id, outer.context.trace_id, 16);
	cr_expect_arr_eq(inner.parent_span_id, outer.context.span_id, 8);
	cr_expect(memcmp(inner.context.span_id, outer.context.span_id, 8) != 0);
	expect_active(&inner.context);
	linespan_span_end(&inner);
	expect_active(&outer.context);
	linespan_span_end(&outer);
	expect_active(NULL);
}

Test(span, below_a_parent_that_came_in)
{
	struct linespan_span span, root;
	struct linespan_context half = remote;

	cr_assert_eq(linespan_span_begin_below(&span, "request", LINESPAN_SERVER, &remote), 0);
	cr_expect_arr_eq(span.context.trace_id, remote.trace_id, 16);
	cr_expect_arr_eq(span.parent_span_id, remote.span_id, 8);
	cr_expect_eq(span.context.flags, remote.flags);
	cr_assert_eq(linespan_span_begin_below(&root, "other", LINESPAN_SERVER, NULL), 0);
	cr_expect(memcmp(root.context.trace_id, remote.trace_id, 16) != 0, "NULL makes a root");
	cr_expect_arr_eq(root.parent_span_id, zero, 8);
	memset(half.span_id, 0, sizeof(half.span_id));
	cr_expect_eq(linespan_span_begin_below(&span, "x", LINESPAN_SERVER, &half), -EINVAL);
	expect_active(&root.context);
}

Test(span, what_is_no_span_is_refused)
{
	struct linespan_span span;

	memset(&span, 0, sizeof(span));
	cr_expect_eq(linespan_span_begin(NULL, "x", LINESPAN_INTERNAL), -EINVAL);
	cr_expect_eq(linespan_span_begin(&span, NULL, LINESPAN_INTERNAL), -EINVAL);
	cr_expect_eq(linespan_span_begin(&span, "x", (enum linespan_kind)0), -EINVAL);
	cr_expect_eq(linespan_span_begin(&span, "x", (enum linespan_kind)6), -EINVAL);
	cr_expect_eq(linespan_span_end(&span), -EINVAL);
	cr_expect_eq(linespan_span_end(NULL), -EINVAL);
	cr_expect_eq(linespan_span_set_int(&span, "k", 1), -EINVAL);
	cr_expect_eq(linespan_span_set_string(&span, "k", "v"), -EINVAL);
	cr_expect_eq(linespan_span_set_status(&span, LINESPAN_OK), -EINVAL);
	cr_expect_eq(records(), 0);
	expect_active(NULL);
}

Test(span, reaches_the_ring_with_all_it_was_given)
{
	struct linespan_span span;
	const struct lsp_ring_span *r;
	enum lsp_record_type type;
	char attrs[256];

	cr_assert_eq(linespan_span_begin_below(&span, "charge card", LINESPAN_CLIENT, &remote), 0);
	cr_assert_eq(linespan_span_set_string(&span, "order.id", "4711"), 0);
	cr_assert_eq(linespan_span_set_int(&span, "amount", -1250), 0);
	cr_assert_eq(linespan_span_set_status(&span, LINESPAN_OK), 0);
	cr_assert_eq(linespan_span_set_status(&span, (enum linespan_status)3), -EINVAL);
	cr_assert_eq(linespan_span_end(&span), 0);
	r = record_at(0, &type);
	cr_assert_not_null(r);
	cr_expect_eq(type, LSP_RECORD_SPAN);
	cr_expect_arr_eq(r->common.context.trace_id, remote.trace_id, 16);
	cr_expect_arr_eq(r->common.context.span_id, span.context.span_id, 8);
	cr_expect_arr_eq(r->parent_span_id, remote.span_id, 8);
	cr_expect_eq(r->common.pid, (uint32_t)getpid());
	cr_expect_eq(r->common.tid, (uint32_t)gettid());
	cr_expect_eq(r->kind, LINESPAN_CLIENT);
	cr_expect_eq(r->status, LINESPAN_OK);
	cr_expect(r->common.time_ns > 1600000000000000000ull && r->end_ns >= r->common.time_ns);
	cr_assert_eq(r->name_bytes, 11);
	cr_expect_arr_eq(r + 1, "charge card", 11);
	attrs_text((const uint8_t *)(r + 1) + r->name_bytes, r->attr_bytes, attrs);
	cr_expect_str_eq(attrs, "order.id=4711 amount=-1250");
	cr_expect_str_eq(lsp_public_ring()->map->service, "shop");
	cr_expect_str_eq(lsp_public_ring()->map->writer, "library " LINESPAN_VERSION);
}

Test(span, ends_once)
{
	struct linespan_span span;

	cr_assert_eq(linespan_span_begin(&span, "once", LINESPAN_INTERNAL), 0);
	cr_assert_eq(linespan_span_end(&span), 0);
	cr_assert_eq(linespan_attach(&remote, NULL), 0);
	cr_expect_eq(linespan_span_end(&span), 0);
	expect_active(&remote);
	cr_expect_eq(records(), 1);
	cr_expect_eq(linespan_span_set_int(&span, "late", 1), -EINVAL);
	cr_expect_eq(linespan_span_set_status(&span, LINESPAN_ERROR), -EINVAL);
}

Test(span, has_room_for_so_much_and_says_when_it_is_full)
{
	struct linespan_span span;
	char name[300], value[LINESPAN_SPAN_ATTR_BYTES + 1];
	int r, kept = 0;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	cr_assert_eq(linespan_span_begin(&span, name, LINESPAN_INTERNAL), 0);
	cr_expect_eq(span.name_bytes, 127);
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	cr_expect_eq(linespan_span_set_string(&span, "k", value), -ENOSPC);
	cr_expect_eq(span.attr_bytes, 0, "one that does not fit is left out whole");
	while ((r = linespan_span_set_int(&span, "key", kept)) == 0)
		kept++;
	cr_expect_eq(r, -ENOSPC);
	cr_expect_eq(kept, LINESPAN_SPAN_ATTR_BYTES / (4 + 3 + 8));
	cr_expect_eq(linespan_span_end(&span), 0);
	cr_expect_eq(records(), 1);
}

Test(span, an_error_is_a_log_record_and_the_spans_status)
{
	struct linespan_span span;
	const struct lsp_ring_log *r;
	enum lsp_record_type type;
	char attrs[256];

	cr_assert_eq(linespan_span_begin(&span, "charge", LINESPAN_INTERNAL), 0);
	cr_assert_eq(linespan_record_error(&span, "CardError", "declined"), 0);
	cr_assert_eq(linespan_span_end(&span), 0);
	r = record_at(0, &type);
	cr_assert_not_null(r);
	cr_expect_eq(type, LSP_RECORD_LOG);
	cr_expect_arr_eq(r->common.context.span_id, span.context.span_id, 8);
	cr_expect_eq(r->severity, 17);
	cr_expect_eq(r->channel, LSP_CHANNEL_API);
	cr_assert_eq(r->text_bytes, 8);
	cr_expect_arr_eq(r + 1, "declined", 8);
	attrs_text((const uint8_t *)(r + 1) + 8, r->attr_bytes, attrs);
	cr_expect_str_eq(attrs, "exception.type=CardError exception.message=declined");
	cr_assert_not_null(record_at(1, &type));
	cr_expect_eq(((const struct lsp_ring_span *)record_at(1, &type))->status, LINESPAN_ERROR);
}

Test(span, an_error_needs_neither_span_nor_kind_but_a_message)
{
	static char longer[5000];
	const struct lsp_ring_log *r;
	struct linespan_span closed;
	enum lsp_record_type type;

	memset(longer, 'm', sizeof(longer) - 1);
	memset(&closed, 0, sizeof(closed));
	cr_expect_eq(linespan_record_error(NULL, "kind", NULL), -EINVAL);
	cr_expect_eq(linespan_record_error(&closed, "kind", "message"), -EINVAL);
	cr_assert_eq(linespan_record_error(NULL, NULL, "message"), 0);
	cr_assert_eq(linespan_record_error(NULL, longer, longer), 0);
	r = record_at(0, &type);
	cr_expect_arr_eq(r->common.context.trace_id, zero, 16, "belongs to no trace");
	r = record_at(1, &type);
	cr_expect_eq(r->text_bytes, 1024);
	cr_expect(r->attr_bytes > 2048 && r->attr_bytes < 2200);
}

Test(span, a_full_ring_drops_it_and_restores_the_context)
{
	struct linespan_span span;
	int r = 0;

	cr_assert_eq(linespan_attach(&remote, NULL), 0);
	for (int i = 0; i < 100000 && r == 0; i++) {
		cr_assert_eq(linespan_span_begin(&span, "many", LINESPAN_INTERNAL), 0);
		r = linespan_span_end(&span);
	}
	cr_expect_eq(r, -ENOBUFS);
	expect_active(&remote);
	cr_expect_gt(atomic_load(&lsp_public_ring()->counters->slot[LSP_COUNTER_RING_DROPPED]), 0);
}

Test(span, a_forked_child_has_a_ring_and_ids_of_its_own)
{
	struct lsp_ring *ring = lsp_public_ring();
	struct linespan_span outer, ours, theirs;
	char name[sizeof(ring->name)];
	int wait_status, fds[2];
	pid_t child;

	memcpy(name, ring->name, sizeof(name));
	linespan_span_begin(&ours, "before", LINESPAN_INTERNAL);
	linespan_span_end(&ours);
	cr_assert_eq(linespan_span_begin(&outer, "outer", LINESPAN_INTERNAL), 0);
	cr_assert_eq(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		enum lsp_record_type type;
		const struct lsp_ring_span *r;
		int ok;

		linespan_span_begin(&theirs, "child", LINESPAN_INTERNAL);
		ok = linespan_span_end(&theirs) == 0;
		r = record_at(0, &type);
		ok = ok && r && r->common.pid == (uint32_t)getpid() &&
		     r->common.tid == (uint32_t)getpid() && strcmp(ring->name, name) != 0 &&
		     memcmp(theirs.parent_span_id, outer.context.span_id, 8) == 0;
		if (write(fds[1], &theirs, sizeof(theirs)) != sizeof(theirs))
			ok = 0;
		_exit(ok ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &wait_status, 0), child);
	cr_expect_eq(wait_status, 0);
	cr_assert_eq(read(fds[0], &theirs, sizeof(theirs)), sizeof(theirs));
	cr_assert_eq(linespan_span_begin(&ours, "parent", LINESPAN_INTERNAL), 0);
	cr_expect(memcmp(ours.context.span_id, theirs.context.span_id, 8) != 0,
		"the same random numbers on both sides of fork");
	cr_expect_eq(records(), 1, "the child put nothing into the parent's ring");
}
