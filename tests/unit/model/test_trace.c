#include "lib/model/trace.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct lsp_span *add(
	struct lsp_trace *t, uint8_t id, uint64_t start_ns, uint64_t end_ns, const char *name)
{
	struct lsp_span *s = lsp_trace_add_span(t);

	cr_assert_not_null(s);
	memset(s->span_id, id, sizeof(s->span_id));
	s->start_ns = start_ns;
	s->end_ns = end_ns;
	s->name = strdup(name);
	s->service = strdup("shop");
	return s;
}

static struct lsp_log *add_log(struct lsp_trace *t, uint64_t time_ns, const char *body)
{
	struct lsp_log *l = lsp_trace_add_log(t);

	cr_assert_not_null(l);
	l->time_ns = time_ns;
	l->body = strdup(body);
	l->body_bytes = strlen(body);
	return l;
}

Test(trace, gives_elements_that_are_empty_values)
{
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_span *s = lsp_trace_add_span(t);
	struct lsp_log *l = lsp_trace_add_log(t);

	cr_expect(json_is_array(t->notes));
	cr_expect(json_is_object(s->attributes) && json_is_object(s->resource));
	cr_expect(json_is_object(s->scope) && json_is_array(s->events) && json_is_array(s->links));
	cr_expect_null(s->name);
	cr_expect_eq(s->end_ns, 0);
	cr_expect(json_is_object(l->attributes) && json_is_object(l->resource));
	cr_expect_null(lsp_trace_free(t));
	cr_expect_null(lsp_trace_free(NULL));
}

Test(trace, finishes_when_empty)
{
	struct lsp_trace *t = lsp_trace_new();

	lsp_trace_finish(t);
	cr_expect_eq(t->n_spans, 0);
	cr_expect_eq(t->n_logs, 0);
	lsp_trace_free(t);
}

Test(trace, sorts_spans_by_start_then_id)
{
	struct lsp_trace *t = lsp_trace_new();

	add(t, 9, 30, 40, "d");
	add(t, 7, 20, 25, "c");
	add(t, 1, UINT64_MAX, UINT64_MAX, "e");
	add(t, 5, 20, 90, "b");
	add(t, 8, 10, 99, "a");
	lsp_trace_finish(t);
	cr_assert_eq(t->n_spans, 5);
	for (size_t i = 0; i < 5; i++)
		cr_expect_eq(t->spans[i].name[0], (char)('a' + i));
	lsp_trace_free(t);
}

Test(trace, keeps_of_one_id_the_span_that_ends_last_then_the_one_that_says_more)
{
	struct lsp_trace *t = lsp_trace_new();

	add(t, 1, 10, 20, "early");
	add(t, 2, 10, 50, "bare");
	add(t, 1, 12, 30, "late");
	add(t, 1, 11, 0, "open");
	json_object_set_new(add(t, 2, 10, 50, "rich")->attributes, "http.route", json_string("/"));
	add(t, 2, 10, 50, "bare");
	lsp_trace_finish(t);
	cr_assert_eq(t->n_spans, 2);
	cr_expect_str_eq(t->spans[0].name, "rich");
	cr_expect_str_eq(t->spans[1].name, "late");
	lsp_trace_free(t);
}

Test(trace, keeps_one_of_very_many_copies)
{
	struct lsp_trace *t = lsp_trace_new();

	for (int i = 0; i < 1000; i++)
		add(t, (uint8_t)(1 + i % 3), 5, 6, "x");
	lsp_trace_finish(t);
	cr_expect_eq(t->n_spans, 3);
	lsp_trace_free(t);
}

Test(trace, sorts_logs_by_time_and_keeps_the_order_of_equal_ones)
{
	struct lsp_trace *t = lsp_trace_new();
	char body[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(body, sizeof(body), "%d", i);
		add_log(t, (uint64_t)(i * 7919 % 10), body);
	}
	lsp_trace_finish(t);
	cr_assert_eq(t->n_logs, 1000);
	for (size_t i = 1; i < t->n_logs; i++) {
		cr_expect_leq(t->logs[i - 1].time_ns, t->logs[i].time_ns);
		if (t->logs[i - 1].time_ns == t->logs[i].time_ns)
			cr_expect_lt(atoi(t->logs[i - 1].body), atoi(t->logs[i].body));
	}
	lsp_trace_free(t);
}

Test(trace, releases_a_log_to_zeros)
{
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_log *l = add_log(t, 5, "x");

	lsp_log_release(l);
	cr_expect_null(l->body);
	cr_expect_null(l->attributes);
	lsp_trace_free(t);
}
