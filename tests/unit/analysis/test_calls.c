#include "lib/analysis/insight.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { UNSET, OK, ERR };
enum { ANY, INT, SRV, CLI, PRO, CON };

static struct lsp_trace *trace;
static struct lsp_tree tree;
static struct lsp_insight in;

static void start(void)
{
	trace = lsp_trace_new();
}

static struct lsp_span *add(uint8_t id, uint8_t parent, unsigned kind, unsigned status,
	uint64_t from, uint64_t to, const char *name)
{
	struct lsp_span *s = lsp_trace_add_span(trace);
	s->span_id[7] = id;
	s->parent_span_id[7] = parent;
	s->kind = (uint8_t)kind;
	s->status = (uint8_t)status;
	s->start_ns = from;
	s->end_ns = to;
	s->service = strdup("shop");
	s->name = strdup(name);
	s->status_message = strdup("");
	return s;
}

static void look(void)
{
	cr_assert_eq(lsp_tree_build(&tree, trace), 0);
	cr_assert_eq(lsp_insight_build(&in, &tree), 0);
}

static void end(void)
{
	lsp_insight_release(&in);
	lsp_tree_release(&tree);
	lsp_trace_free(trace);
}

TestSuite(repeats, .init = start, .fini = end);
TestSuite(retries, .init = start, .fini = end);
TestSuite(waiting, .init = start, .fini = end);

/* n children of 80 each 100, from 100 on. */
static void add_row(size_t n, unsigned kind, unsigned status)
{
	add(1, 0, SRV, OK, 0, 100000, "GET /");
	for (size_t i = 0; i < n; i++)
		add((uint8_t)(10 + i), 1, kind, status, 100 * (i + 1), 100 * (i + 1) + 80, "get");
}

Test(repeats, eleven_equal_calls_are_n_plus_one_and_no_retry)
{
	add_row(11, CLI, OK);
	look();
	cr_assert_eq(in.n_repeats, 1);
	cr_expect_eq(in.repeats[0].n, 11);
	cr_expect_eq(in.repeats[0].total_ns, 880);
	cr_expect(in.repeats[0].in_a_row);
	cr_expect_eq(tree.trace->spans[in.repeats[0].first].span_id[7], 10);
	cr_expect_eq(in.n_retries, 0);
}

Test(repeats, ten_are_not)
{
	add_row(10, CLI, OK);
	look();
	cr_expect_eq(in.n_repeats, 0);
}

Test(repeats, failed_attempts_are_retries_and_no_n_plus_one)
{
	add_row(12, CLI, ERR);
	look();
	cr_expect_eq(in.n_repeats, 0);
	cr_assert_eq(in.n_retries, 1);
	cr_expect_eq(in.retries[0].attempts, 12);
	cr_expect_not(in.retries[0].succeeded);
}

Test(repeats, many_servers_below_one_client_are_a_stream)
{
	add_row(11, SRV, OK);
	trace->spans[0].kind = CLI;
	look();
	cr_expect_eq(in.n_retries, 0);
	cr_expect_eq(in.n_repeats, 1);
}

Test(repeats, consumers_are_not)
{
	add_row(11, CON, OK);
	look();
	cr_expect_eq(in.n_repeats, 0);
}

Test(repeats, durations_far_apart_are_not)
{
	add_row(12, CLI, OK);
	for (size_t i = 0; i < 12; i++)
		trace->spans[1 + i].end_ns = trace->spans[1 + i].start_ns + (1u << i);
	look();
	cr_expect_eq(in.n_repeats, 0);
}

Test(repeats, other_peers_are_other_calls_and_other_questions_are_not)
{
	add_row(22, CLI, OK);
	for (size_t i = 1; i <= 22; i++) {
		json_t *a = trace->spans[i].attributes;
		json_object_set_new(a, "server.address", json_string(i <= 11 ? "a" : "b"));
		json_object_set_new(a, "db.query.text", json_integer((json_int_t)i));
	}
	look();
	cr_assert_eq(in.n_repeats, 2);
	cr_expect_eq(in.repeats[0].n, 11);
	cr_expect_eq(in.repeats[1].n, 11);
}

Test(repeats, side_by_side_is_told_apart)
{
	add_row(11, CLI, OK);
	for (size_t i = 1; i <= 11; i++)
		trace->spans[i].end_ns += 100;
	look();
	cr_assert_eq(in.n_repeats, 1);
	cr_expect_not(in.repeats[0].in_a_row);
}

Test(retries, by_resend_count_even_when_all_is_well)
{
	add(1, 0, SRV, OK, 0, 1000, "GET /");
	add(2, 1, CLI, OK, 10, 100, "GET");
	add(3, 1, CLI, OK, 50, 200, "GET");
	json_object_set_new(
		trace->spans[2].attributes, "http.request.resend_count", json_integer(1));
	look();
	cr_assert_eq(in.n_retries, 1);
	cr_expect_eq(in.retry_of[2], 1);
	cr_expect(in.retries[0].succeeded);
	cr_expect_eq(in.retries[0].wasted_ns, 90);
}

Test(retries, by_a_link_to_the_attempt_before)
{
	add(1, 0, SRV, OK, 0, 1000, "GET /");
	add(2, 1, CLI, OK, 10, 100, "GET");
	add(3, 1, CLI, OK, 50, 200, "GET");
	json_array_append_new(trace->spans[2].links,
		json_pack("{s:s, s:s}", "trace_id", "", "span_id", "0000000000000002"));
	look();
	cr_assert_eq(in.n_retries, 1);
	cr_expect_eq(in.retry_of[2], 1);
}

Test(retries, other_calls_between_the_attempts_do_not_hide_them)
{
	add(1, 0, SRV, OK, 0, 1000, "GET /");
	add(2, 1, CLI, ERR, 10, 100, "pay");
	add(3, 1, CLI, OK, 110, 120, "log");
	add(4, 1, CLI, ERR, 130, 200, "pay");
	add(5, 1, CLI, OK, 400, 500, "pay");
	look();
	cr_assert_eq(in.n_retries, 1);
	cr_expect_eq(in.retries[0].attempts, 3);
	cr_expect(in.retries[0].growing);
	cr_expect_eq(in.retry_of[4], 3);
	cr_expect_eq(in.retry_of[3], 1);
}

/* A reactive gateway: the handler (2) waits beside its call (3). */
static void add_gateway(unsigned kind, uint64_t handler_ends)
{
	add(1, 0, SRV, OK, 0, 1000, "GET /");
	add(2, 1, kind, OK, 10, handler_ends, "handle");
	add(3, 1, CLI, OK, 20, 990, "GET");
	add(4, 3, SRV, OK, 30, 980, "serve");
}

Test(waiting, a_span_that_waits_beside_its_call_is_not_the_slowest)
{
	add_gateway(INT, 995);
	look();
	cr_expect_eq(in.waits_ns[1], 970);
	cr_expect_eq(in.slowest, 3);
	cr_expect_eq(in.critical_ns[1], 0);
	cr_expect_eq(in.critical_ns[0], 30);
	cr_expect_eq(in.critical_ns[2], 20);
	cr_expect_eq(in.critical_ns[3], 950);
	cr_expect_eq(tree.nodes[1].self_ns, 985, "self time is what no child covers");
}

Test(waiting, the_call_may_end_a_moment_later)
{
	add_gateway(INT, 985);
	look();
	cr_expect_eq(in.waits_ns[1], 965);
	cr_expect_eq(in.slowest, 3);
}

Test(waiting, work_beside_a_short_call_stays_work)
{
	add_gateway(INT, 995);
	trace->spans[2].end_ns = 120;
	trace->spans[3].end_ns = 110;
	look();
	cr_expect_eq(in.waits_ns[1], 100);
	cr_expect_eq(in.slowest, 1);
	cr_expect_eq(in.critical_ns[1], 985);
}

Test(waiting, calls_do_not_wait_beside_calls)
{
	add_gateway(CLI, 995);
	look();
	cr_expect_eq(in.waits_ns[1], 0);
	cr_expect_eq(in.slowest, 1);
}
