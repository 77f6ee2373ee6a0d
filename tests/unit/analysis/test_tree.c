#include "lib/analysis/tree.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* A span is written as {id, parent, start, end}; ids are small numbers, 0 is none. */
struct row {
	uint64_t id, parent, start, end;
};

static void put_id(uint8_t to[8], uint64_t id)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(id >> (56 - 8 * i));
}

static struct lsp_tree build(struct lsp_trace *trace, const struct row *rows, size_t n)
{
	struct lsp_tree tree = { 0 };
	*trace = (struct lsp_trace){ .n_spans = n };
	trace->spans = calloc(n ? n : 1, sizeof(*trace->spans));
	for (size_t i = 0; i < n; i++) {
		put_id(trace->spans[i].span_id, rows[i].id);
		put_id(trace->spans[i].parent_span_id, rows[i].parent);
		trace->spans[i].start_ns = rows[i].start;
		trace->spans[i].end_ns = rows[i].end;
	}
	cr_assert_eq(lsp_tree_build(&tree, trace), 0);
	return tree;
}

static void drop(struct lsp_tree *tree, struct lsp_trace *trace)
{
	lsp_tree_release(tree);
	free(trace->spans);
	free(trace->logs);
}

#define BUILD(rows) build(&trace, rows, sizeof(rows) / sizeof(rows[0]))

static void expect_order(const struct lsp_tree *t, const size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(t->order[i], order[i], "place %zu holds span %zu, not %zu", i,
			t->order[i], order[i]);
}

Test(tree, takes_a_trace_of_nothing)
{
	struct lsp_trace trace;
	struct lsp_tree t = build(&trace, NULL, 0);
	cr_expect_eq(t.n_roots, 0);
	cr_expect_eq(t.n_loose_logs, 0);
	cr_expect_eq(t.start_ns, 0);
	cr_expect_eq(t.end_ns, 0);
	drop(&t, &trace);
}

Test(tree, puts_a_job_below_the_server_that_made_it)
{
	/* 1 client, 2 the server that answered it, 3 a job with the client's id in its payload. */
	static const struct row rows[] = { { 1, 0, 0, 90 }, { 2, 1, 5, 80 }, { 3, 1, 10, 70 } };
	static const uint8_t kinds[][3] = {
		{ LSP_KIND_CLIENT, LSP_KIND_SERVER, LSP_KIND_CONSUMER },
		{ LSP_KIND_CLIENT, LSP_KIND_SERVER, LSP_KIND_INTERNAL },
		{ LSP_KIND_PRODUCER, LSP_KIND_SERVER, LSP_KIND_CONSUMER },
	};
	static const size_t parents[] = { 1, 0, 0 };
	for (size_t k = 0; k < 3; k++) {
		struct lsp_trace trace;
		struct lsp_tree t = BUILD(rows);
		for (size_t i = 0; i < 3; i++)
			trace.spans[i].kind = kinds[k][i];
		lsp_tree_release(&t);
		cr_assert_eq(lsp_tree_build(&t, &trace), 0);
		cr_expect_eq(t.nodes[2].parent, parents[k], "case %zu", k);
		drop(&t, &trace);
	}
}

Test(tree, orders_spans_depth_first_and_siblings_by_start)
{
	struct row rows[] = { { 1, 0, 0, 100 }, { 2, 1, 50, 60 }, { 3, 1, 10, 40 },
		{ 4, 3, 20, 30 } };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	expect_order(&t, (size_t[]){ 0, 2, 3, 1 }, 4);
	cr_expect_eq(t.n_roots, 1);
	cr_expect_eq(t.nodes[3].depth, 2);
	cr_expect_eq(t.nodes[3].parent, 2);
	cr_expect_eq(t.nodes[2].next_sibling, 1);
	cr_expect_eq(t.start_ns, 0);
	cr_expect_eq(t.end_ns, 100);
	drop(&t, &trace);
}

Test(tree, keeps_orphans_and_second_roots_as_roots_by_start)
{
	struct row rows[] = { { 1, 0, 10, 20 }, { 2, 99, 5, 8 }, { 3, 0, 30, 40 }, { 4, 2, 6, 7 } };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	cr_assert_eq(t.n_roots, 3);
	cr_expect_eq(t.roots[0], 1);
	cr_expect_eq(t.roots[1], 0);
	cr_expect_eq(t.roots[2], 2);
	cr_expect(t.nodes[1].orphan);
	cr_expect_not(t.nodes[0].orphan);
	cr_expect_not(t.nodes[3].orphan);
	expect_order(&t, (size_t[]){ 1, 3, 0, 2 }, 4);
	drop(&t, &trace);
}

Test(tree, self_time_is_what_no_child_covers)
{
	static const struct {
		const char *what;
		struct row rows[4];
		uint64_t self;
	} cases[] = {
		{ "no child", { { 1, 0, 100, 200 } }, 100 },
		{ "one inside", { { 1, 0, 100, 200 }, { 2, 1, 120, 150 } }, 70 },
		{ "side by side", { { 1, 0, 100, 200 }, { 2, 1, 110, 120 }, { 3, 1, 130, 150 } },
			70 },
		{ "overlapping", { { 1, 0, 100, 200 }, { 2, 1, 110, 150 }, { 3, 1, 120, 160 } },
			50 },
		{ "one in another", { { 1, 0, 100, 200 }, { 2, 1, 110, 190 }, { 3, 1, 120, 130 } },
			20 },
		{ "begins before", { { 1, 0, 100, 200 }, { 2, 1, 50, 150 } }, 50 },
		{ "ends after", { { 1, 0, 100, 200 }, { 2, 1, 150, 999 } }, 50 },
		{ "covers all", { { 1, 0, 100, 200 }, { 2, 1, 50, 300 } }, 0 },
		{ "wholly before", { { 1, 0, 100, 200 }, { 2, 1, 10, 20 } }, 100 },
		{ "wholly after", { { 1, 0, 100, 200 }, { 2, 1, 300, 400 } }, 100 },
		{ "child ends before it starts", { { 1, 0, 100, 200 }, { 2, 1, 150, 140 } }, 100 },
		{ "ends before it starts", { { 1, 0, 200, 100 }, { 2, 1, 150, 160 } }, 0 },
		{ "grandchild does not count",
			{ { 1, 0, 100, 200 }, { 2, 1, 110, 120 }, { 3, 2, 110, 190 } }, 90 },
		{ "up to the end of time", { { 1, 0, 0, UINT64_MAX }, { 2, 1, 1, UINT64_MAX } },
			1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_trace trace;
		size_t n = 0;
		while (n < 4 && cases[i].rows[n].id)
			n++;
		struct lsp_tree t = build(&trace, cases[i].rows, n);
		cr_expect_eq(t.nodes[0].self_ns, cases[i].self, "%s: %lu", cases[i].what,
			(unsigned long)t.nodes[0].self_ns);
		drop(&t, &trace);
	}
}

Test(tree, breaks_a_cycle_at_its_earliest_span)
{
	struct row rows[] = { { 1, 3, 20, 30 }, { 2, 1, 10, 90 }, { 3, 2, 30, 40 },
		{ 4, 3, 35, 36 } };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	cr_assert_eq(t.n_roots, 1);
	cr_expect_eq(t.roots[0], 1);
	cr_expect(t.nodes[1].cycle);
	cr_expect_not(t.nodes[1].orphan);
	cr_expect_not(t.nodes[0].cycle);
	expect_order(&t, (size_t[]){ 1, 2, 0, 3 }, 4);
	drop(&t, &trace);
}

Test(tree, takes_a_span_that_is_its_own_parent_for_a_root)
{
	struct row rows[] = { { 1, 1, 0, 10 }, { 2, 1, 1, 2 } };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	cr_expect_eq(t.n_roots, 1);
	cr_expect(t.nodes[0].cycle);
	cr_expect_eq(t.nodes[1].depth, 1);
	drop(&t, &trace);
}

Test(tree, shows_both_of_two_spans_with_one_id)
{
	struct row rows[] = { { 1, 0, 0, 10 }, { 2, 1, 1, 5 }, { 2, 1, 2, 6 }, { 3, 2, 3, 4 } };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	expect_order(&t, (size_t[]){ 0, 1, 3, 2 }, 4);
	cr_expect_eq(t.nodes[3].parent, 1);
	drop(&t, &trace);
}

Test(tree, puts_each_log_at_its_span_in_order)
{
	struct row rows[] = { { 1, 0, 0, 10 }, { 2, 1, 1, 5 } };
	static const uint64_t at[] = { 2, 1, 7, 2, 0 };
	struct lsp_trace trace;
	struct lsp_tree t = BUILD(rows);
	lsp_tree_release(&t);
	trace.n_logs = 5;
	trace.logs = calloc(5, sizeof(*trace.logs));
	for (size_t i = 0; i < 5; i++) {
		put_id(trace.logs[i].span_id, at[i]);
		trace.logs[i].time_ns = 100 + i;
	}
	cr_assert_eq(lsp_tree_build(&t, &trace), 0);
	cr_expect_eq(t.nodes[0].n_logs, 1);
	cr_expect_eq(t.logs_by_span[t.nodes[0].first_log], 1);
	cr_assert_eq(t.nodes[1].n_logs, 2);
	cr_expect_eq(t.logs_by_span[t.nodes[1].first_log], 0);
	cr_expect_eq(t.logs_by_span[t.nodes[1].first_log + 1], 3);
	cr_assert_eq(t.n_loose_logs, 2);
	cr_expect_eq(t.loose_logs[0], 2);
	cr_expect_eq(t.loose_logs[1], 4);
	cr_expect_eq(t.end_ns, 10, "logs do not stretch a trace that has spans");
	drop(&t, &trace);
}

Test(tree, takes_its_time_from_logs_when_there_are_no_spans)
{
	struct lsp_trace trace = { .n_logs = 2 };
	struct lsp_tree t;
	trace.logs = calloc(2, sizeof(*trace.logs));
	trace.logs[0].time_ns = 5;
	trace.logs[1].time_ns = 9;
	cr_assert_eq(lsp_tree_build(&t, &trace), 0);
	cr_expect_eq(t.start_ns, 5);
	cr_expect_eq(t.end_ns, 9);
	cr_expect_eq(t.n_loose_logs, 2);
	drop(&t, &trace);
}

Test(tree, walks_a_chain_of_100000_spans, .timeout = 5)
{
	size_t n = 100000;
	struct row *rows = calloc(n, sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct row){ i + 1, i, i, 2 * n - i };
	struct lsp_trace trace;
	struct lsp_tree t = build(&trace, rows, n);
	cr_expect_eq(t.n_roots, 1);
	cr_expect_eq(t.nodes[n - 1].depth, n - 1);
	cr_expect_eq(t.order[n - 1], n - 1);
	cr_expect_eq(t.nodes[0].self_ns, 2);
	drop(&t, &trace);
	free(rows);
}

/* Whatever parents are claimed: each span is shown once, below its parent, and roots end. */
Test(tree, shows_every_span_once_for_any_parents, .timeout = 20)
{
	unsigned seed = 7;
	for (int round = 0; round < 2000; round++) {
		struct row rows[24];
		size_t n = 1 + (size_t)rand_r(&seed) % 24;
		for (size_t i = 0; i < n; i++)
			rows[i] = (struct row){ 1 + (uint64_t)rand_r(&seed) % 20,
				(uint64_t)rand_r(&seed) % 24, (uint64_t)rand_r(&seed) % 100,
				(uint64_t)rand_r(&seed) % 200 };
		struct lsp_trace trace;
		struct lsp_tree t = build(&trace, rows, n);
		bool seen[24] = { false };
		for (size_t k = 0; k < n; k++) {
			size_t i = t.order[k], parent = t.nodes[i].parent;
			cr_assert(i < n && !seen[i], "round %d: span %zu", round, i);
			cr_assert(parent == LSP_TREE_NONE || seen[parent], "round %d", round);
			uint64_t length =
				rows[i].end > rows[i].start ? rows[i].end - rows[i].start : 0;
			cr_assert_leq(t.nodes[i].self_ns, length);
			seen[i] = true;
		}
		drop(&t, &trace);
	}
}
