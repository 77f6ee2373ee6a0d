#include "lib/analysis/insight.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Rows say only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { UNSET, OK, ERR };
enum { ANY, INT, SRV, CLI, PRO, CON }; /* kinds, as OTLP numbers them */

/* One hand-made span; ids are small numbers, id 0 ends a table. */
struct row {
	uint8_t id, parent, kind, status;
	uint64_t start, end;
	const char *name, *message;
	uint64_t critical;
	const char *role;
	uint8_t retry_of;
};

#define ROWS_MAX 8

static struct lsp_trace *make(const struct row *rows)
{
	struct lsp_trace *t = lsp_trace_new();
	for (size_t i = 0; i < ROWS_MAX && rows[i].id; i++) {
		struct lsp_span *s = lsp_trace_add_span(t);
		s->span_id[7] = rows[i].id;
		s->parent_span_id[7] = rows[i].parent;
		s->start_ns = rows[i].start;
		s->end_ns = rows[i].end;
		s->kind = rows[i].kind;
		s->status = rows[i].status;
		s->service = strdup("shop");
		s->name = strdup(rows[i].name ? rows[i].name : "work");
		s->status_message = strdup(rows[i].message ? rows[i].message : "");
	}
	return t;
}

static const struct {
	const char *what;
	struct row rows[ROWS_MAX];
} cases[] = {
	{ "one span", { { 1, 0, SRV, OK, 0, 100, .critical = 100 } } },
	{ "one child", { { 1, 0, SRV, OK, 0, 100, .critical = 40 },
			       { 2, 1, CLI, OK, 20, 80, .critical = 60 } } },
	{ "side by side: the last to finish",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 30 }, { 2, 1, INT, OK, 10, 50, "a" },
			{ 3, 1, INT, OK, 20, 90, "b", .critical = 70 } } },
	{ "one after the other", { { 1, 0, SRV, OK, 0, 100, .critical = 30 },
					 { 2, 1, INT, OK, 10, 50, "a", .critical = 40 },
					 { 3, 1, INT, OK, 60, 90, "b", .critical = 30 } } },
	{ "end meets start", { { 1, 0, SRV, OK, 0, 100, .critical = 20 },
				     { 2, 1, INT, OK, 10, 50, "a", .critical = 40 },
				     { 3, 1, INT, OK, 50, 90, "b", .critical = 40 } } },
	{ "a hundredth of overlap is tolerated",
		{ { 1, 0, SRV, OK, 0, 1000, .critical = 200 },
			{ 2, 1, INT, OK, 100, 505, "a", .critical = 400 },
			{ 3, 1, INT, OK, 500, 900, "b", .critical = 400 } } },
	{ "a consumer is not awaited", { { 1, 0, SRV, OK, 0, 100, .critical = 80 },
					       { 2, 1, PRO, OK, 10, 30, "put", .critical = 20 },
					       { 3, 2, CON, OK, 15, 300, "take" } } },
	{ "a child that outlives its parent",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 60 },
			{ 2, 1, INT, OK, 60, 150, .critical = 40 } } },
	{ "a child outside of its parent",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 100 }, { 2, 1, INT, OK, 200, 300 } } },
	{ "ends before it starts", { { 1, 0, SRV, OK, 100, 50 }, { 2, 1, INT, OK, 60, 70 } } },
	{ "up to the end of time",
		{ { 1, 0, SRV, OK, 0, UINT64_MAX, .critical = 10 },
			{ 2, 1, INT, OK, 10, UINT64_MAX, .critical = UINT64_MAX - 10 } } },
	{ "a second root has no part",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 100 }, { 2, 77, INT, OK, 10, 400 } } },

	{ "an error and who passed it on",
		{ { 1, 0, SRV, ERR, 0, 100, .critical = 20, .role = "propagated" },
			{ 2, 1, CLI, ERR, 10, 90, .critical = 20, .role = "propagated" },
			{ 3, 2, SRV, ERR, 20, 80, "pay", "declined", 60, "origin" } } },
	{ "an unset span between them",
		{ { 1, 0, SRV, ERR, 0, 100, .critical = 20, .role = "propagated" },
			{ 2, 1, CLI, UNSET, 10, 90, .critical = 20 },
			{ 3, 2, SRV, ERR, 20, 80, .critical = 60, .role = "origin" } } },
	{ "a well span between them",
		{ { 1, 0, SRV, ERR, 0, 100, .critical = 20, .role = "origin" },
			{ 2, 1, CLI, OK, 10, 90, .critical = 20 },
			{ 3, 2, SRV, ERR, 20, 80, .critical = 60, .role = "origin" } } },
	{ "absorbed", { { 1, 0, SRV, OK, 0, 100, .critical = 20 },
			      { 2, 1, CLI, ERR, 10, 90, .critical = 20, .role = "absorbed" },
			      { 3, 2, SRV, ERR, 20, 80, .critical = 60, .role = "origin" } } },
	{ "other words", { { 1, 0, SRV, ERR, 0, 100, "buy", "no sale", 20, "remapped" },
				 { 2, 1, CLI, ERR, 10, 90, "pay", "declined", 80, "origin" } } },

	{ "retried after an error, then well",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 40 },
			{ 2, 1, CLI, ERR, 10, 30, "pay", .critical = 20, .role = "origin" },
			{ 3, 1, CLI, OK, 40, 80, "pay", .critical = 40, .retry_of = 2 } } },
	{ "two servers below one client",
		{ { 1, 0, CLI, OK, 0, 100, .critical = 40 },
			{ 2, 1, SRV, OK, 10, 30, "pay", .critical = 20 },
			{ 3, 1, SRV, OK, 40, 80, "pay", .critical = 40, .retry_of = 2 } } },
	{ "the same call often, and well: no retry",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 40 },
			{ 2, 1, CLI, OK, 10, 30, "get", .critical = 20 },
			{ 3, 1, CLI, OK, 40, 80, "get", .critical = 40 } } },
	{ "at once: no retry", { { 1, 0, SRV, OK, 0, 100, .critical = 30 },
				       { 2, 1, CLI, ERR, 10, 50, "get", .role = "origin" },
				       { 3, 1, CLI, OK, 20, 90, "get", .critical = 70 } } },
	{ "another call: no retry",
		{ { 1, 0, SRV, OK, 0, 100, .critical = 40 },
			{ 2, 1, CLI, ERR, 10, 30, "get", .critical = 20, .role = "origin" },
			{ 3, 1, CLI, OK, 40, 80, "put", .critical = 40 } } },
	{ "a cycle", { { 1, 2, SRV, ERR, 0, 100, .critical = 90, .role = "propagated" },
			     { 2, 1, SRV, ERR, 10, 20, .critical = 10, .role = "origin" } } },
};

static void check_row(const char *what, const struct lsp_trace *t, const struct lsp_insight *in,
	const struct row *r, size_t i)
{
	const char *role = lsp_error_role_name(in->roles[i]);
	size_t before = in->retry_of[i];
	uint8_t retry_of = before == LSP_TREE_NONE ? 0 : t->spans[before].span_id[7];
	cr_expect_eq(in->critical_ns[i], r->critical, "%s: span %u holds the path for %lu", what,
		r->id, (unsigned long)in->critical_ns[i]);
	cr_expect_str_eq(role ? role : "", r->role ? r->role : "", "%s: span %u is %s", what, r->id,
		role ? role : "well");
	cr_expect_eq(retry_of, r->retry_of, "%s: span %u retries %u", what, r->id, retry_of);
}

Test(insight, answers_as_worked_by_hand)
{
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct lsp_trace *t = make(cases[k].rows);
		struct lsp_tree tree;
		struct lsp_insight in;
		cr_assert_eq(lsp_tree_build(&tree, t), 0);
		cr_assert_eq(lsp_insight_build(&in, &tree), 0);
		for (size_t i = 0; i < t->n_spans; i++)
			check_row(cases[k].what, t, &in, &cases[k].rows[i], i);
		lsp_insight_release(&in);
		lsp_tree_release(&tree);
		lsp_trace_free(t);
	}
}

Test(insight, tells_gaps_apart)
{
	static const struct row rows[ROWS_MAX] = { { 1, 0, SRV, OK, 0, 100 },
		{ 2, 1, CLI, OK, 10, 40, "call" }, { 3, 1, PRO, OK, 50, 60, "put" },
		{ 4, 3, CON, OK, 85, 99, "take" }, { 5, 77, SRV, OK, 20, 30 } };
	static const struct lsp_gap wanted[] = { { 1, 30, LSP_GAP_UNINSTRUMENTED },
		{ 3, 25, LSP_GAP_QUEUE }, { 4, 10, LSP_GAP_MISSING_PARENT } };
	struct lsp_trace *t = make(rows);
	struct lsp_tree tree;
	struct lsp_insight in;
	cr_assert_eq(lsp_tree_build(&tree, t), 0);
	cr_assert_eq(lsp_insight_build(&in, &tree), 0);
	cr_assert_eq(in.n_gaps, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(in.gaps[i].span, wanted[i].span);
		cr_expect_eq(in.gaps[i].ns, wanted[i].ns);
		cr_expect_eq(in.gaps[i].kind, wanted[i].kind);
	}
	lsp_insight_release(&in);
	lsp_tree_release(&tree);
	lsp_trace_free(t);
}

Test(insight, takes_a_trace_of_nothing)
{
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_tree tree;
	struct lsp_insight in;
	cr_assert_eq(lsp_tree_build(&tree, t), 0);
	cr_assert_eq(lsp_insight_build(&in, &tree), 0);
	cr_expect_eq(in.origin, LSP_TREE_NONE);
	cr_expect_eq(in.slowest, LSP_TREE_NONE);
	cr_expect_eq(in.n_gaps + in.n_retries, 0);
	lsp_insight_release(&in);
	lsp_tree_release(&tree);
	lsp_trace_free(t);
}

/* Whatever a sender claims: no crash, and the path is never longer than its root. */
Test(insight, stands_any_parents_times_and_states, .timeout = 20)
{
	unsigned seed = 11;
	for (int round = 0; round < 2000; round++) {
		struct row rows[ROWS_MAX] = { 0 };
		for (size_t i = 0; i < 1 + (size_t)rand_r(&seed) % (ROWS_MAX - 1); i++) {
			rows[i] = (struct row){ .id = (uint8_t)(1 + rand_r(&seed) % 7),
				.parent = (uint8_t)(rand_r(&seed) % 8),
				.kind = (uint8_t)(rand_r(&seed) % 6),
				.status = (uint8_t)(rand_r(&seed) % 3),
				.start = (uint64_t)rand_r(&seed) % 100,
				.end = (uint64_t)rand_r(&seed) % 200 };
			if (rand_r(&seed) % 8 == 0)
				rows[i].end = UINT64_MAX;
		}
		struct lsp_trace *t = make(rows);
		struct lsp_tree tree;
		struct lsp_insight in;
		cr_assert_eq(lsp_tree_build(&tree, t), 0);
		cr_assert_eq(lsp_insight_build(&in, &tree), 0);
		const struct lsp_span *root = &t->spans[in.main_root];
		uint64_t sum = 0,
			 all = root->end_ns > root->start_ns ? root->end_ns - root->start_ns : 0;
		for (size_t i = 0; i < t->n_spans; i++)
			sum += in.critical_ns[i];
		cr_assert_eq(sum, all, "round %d: %lu of %lu", round, (unsigned long)sum,
			(unsigned long)all);
		lsp_insight_release(&in);
		lsp_tree_release(&tree);
		lsp_trace_free(t);
	}
}
