#include "lib/analysis/skew.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Rows say only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { UNSET, OK, ERR };
enum { ANY, INT, SRV, CLI, PRO, CON }; /* kinds, as OTLP numbers them */

#define ROWS_MAX 8
#define BASE     1763933400000000123u /* no whole millisecond */
#define MS       1000000ull

/* Times in microseconds; shift: by how many its host's clock is found to be slow. id 0 ends. */
struct row {
	uint8_t id, parent, kind, status;
	const char *host;
	int64_t start, end, shift;
};

static const struct {
	const char *what;
	struct row rows[ROWS_MAX];
} cases[] = {
	{ "clocks that agree", { { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 10, 90 } } },
	{ "a slow clock: to the middle",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -500, -420, 510 } } },
	{ "a fast clock: to the middle",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 3000, 3060, -2980 } } },
	{ "ends behind its client",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 60, 140, -50 } } },
	{ "ends behind a client that failed: it gave up",
		{ { 1, 0, CLI, ERR, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 60, 140 } } },
	{ "longer than its client: only its beginning counts",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -5, 200, 5 } } },
	{ "the same host", { { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "a", -500, -420 } } },
	{ "below the skewed one: the same clock",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -500, -420, 510 },
			{ 3, 2, INT, OK, "b", -490, -480, 510 } } },
	{ "all calls to a host count: what they all allow",
		{ { 1, 0, SRV, OK, "a", 0, 200 }, { 2, 1, CLI, OK, "a", 0, 100 },
			{ 3, 2, SRV, OK, "b", 50, 90 }, { 4, 1, CLI, OK, "a", 100, 200 },
			{ 5, 4, SRV, OK, "b", 101, 190 } } },
	{ "two calls narrow the bounds",
		{ { 1, 0, SRV, OK, "a", 0, 200 }, { 2, 1, CLI, OK, "a", 0, 100 },
			{ 3, 2, SRV, OK, "b", 1000, 1020, -960 }, { 4, 1, CLI, OK, "a", 100, 200 },
			{ 5, 4, SRV, OK, "b", 1080, 1140, -960 } } },
	{ "a third host by way of the second",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 1010, 1090, -1000 },
			{ 3, 2, CLI, OK, "b", 1020, 1080, -1000 },
			{ 4, 3, SRV, OK, "c", 1030, 1070, -1000 } } },
	{ "a third host whose clock is right",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 1010, 1090, -1000 },
			{ 3, 2, CLI, OK, "b", 1020, 1080, -1000 },
			{ 4, 3, SRV, OK, "c", 30, 70 } } },
	{ "back on the first host: it called itself",
		{ { 1, 0, CLI, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -990, -910, 1000 },
			{ 3, 2, CLI, OK, "b", -980, -920, 1000 },
			{ 4, 3, SRV, OK, "a", 30, 70 } } },
	{ "an internal parent: only the beginning counts",
		{ { 1, 0, SRV, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -30, 10, 30 } } },
	{ "an internal parent does not wait",
		{ { 1, 0, SRV, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", 90, 150 } } },
	{ "a consumer is not shifted",
		{ { 1, 0, PRO, OK, "a", 0, 100 }, { 2, 1, CON, OK, "b", -30, 10 } } },
	{ "nor what is below a producer",
		{ { 1, 0, PRO, OK, "a", 0, 100 }, { 2, 1, SRV, OK, "b", -30, 10 } } },
	{ "a little contradiction is drift: between the two",
		{ { 1, 0, SRV, OK, "a", 0, 200 }, { 2, 1, CLI, OK, "a", 0, 60 },
			{ 3, 2, SRV, OK, "b", 1000, 1060, -995 }, { 4, 1, CLI, OK, "a", 100, 160 },
			{ 5, 4, SRV, OK, "b", 1090, 1150, -995 } } },
	{ "a large one is no clock",
		{ { 1, 0, SRV, OK, "a", 0, 9000 }, { 2, 1, CLI, OK, "a", 0, 60 },
			{ 3, 2, SRV, OK, "b", 5000, 5060 }, { 4, 1, CLI, OK, "a", 100, 160 },
			{ 5, 4, SRV, OK, "b", -5000, -4940 } } },
};

static struct lsp_trace *make(const struct row *rows)
{
	struct lsp_trace *t = lsp_trace_new();
	for (size_t i = 0; i < ROWS_MAX && rows[i].id; i++) {
		struct lsp_span *s = lsp_trace_add_span(t);
		s->span_id[7] = rows[i].id;
		s->parent_span_id[7] = rows[i].parent;
		s->start_ns = BASE + (uint64_t)(rows[i].start * 1000);
		s->end_ns = BASE + (uint64_t)(rows[i].end * 1000);
		s->kind = rows[i].kind;
		s->status = rows[i].status;
		s->service = strdup("shop");
		s->name = strdup("work");
		s->status_message = strdup("");
		json_object_set_new(s->resource, "host.name", json_string(rows[i].host));
		struct lsp_log *l = lsp_trace_add_log(t);
		l->span_id[7] = rows[i].id;
		l->time_ns = s->start_ns;
		l->service = strdup("shop");
	}
	lsp_trace_finish(t);
	return t;
}

static const struct row *row_of(const struct row *rows, const uint8_t *span_id)
{
	while (rows->id != span_id[7])
		rows++;
	return rows;
}

static void check(const char *what, const struct row *rows, const struct lsp_trace *t)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		const struct lsp_span *s = &t->spans[i];
		const struct row *r = row_of(rows, s->span_id);
		cr_expect_eq(s->skew_ns, r->shift * 1000, "%s: span %u by %ld us", what, r->id,
			(long)(s->skew_ns / 1000));
		cr_expect_eq(s->start_ns, BASE + (uint64_t)((r->start + r->shift) * 1000));
		cr_expect_eq(s->end_ns, BASE + (uint64_t)((r->end + r->shift) * 1000));
		cr_expect(i == 0 || t->spans[i - 1].start_ns <= s->start_ns);
	}
	for (size_t i = 0; i < t->n_logs; i++) {
		const struct row *r = row_of(rows, t->logs[i].span_id);
		cr_expect_eq(t->logs[i].time_ns, BASE + (uint64_t)((r->start + r->shift) * 1000),
			"%s: the log of span %u", what, r->id);
	}
}

Test(skew, shifts_a_hosts_spans_and_logs_into_their_callers)
{
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct lsp_trace *t = make(cases[k].rows);
		cr_assert_eq(lsp_skew_correct(t), 0);
		check(cases[k].what, cases[k].rows, t);
		cr_assert_eq(lsp_skew_correct(t), 0);
		check(cases[k].what, cases[k].rows, t);
		lsp_trace_free(t);
	}
}

static const char *note_of(const struct lsp_trace *t)
{
	const char *note = json_string_value(json_array_get(t->notes, 0));
	return note ? note : "";
}

Test(skew, says_so_in_words)
{
	static const struct row slow[ROWS_MAX] = { { 1, 0, CLI, OK, "a", 0, 100 },
		{ 2, 1, SRV, OK, "b", -500, -420 } };
	static const struct row torn[ROWS_MAX] = { { 1, 0, SRV, OK, "a", 0, 9000 },
		{ 2, 1, CLI, OK, "a", 0, 60 }, { 3, 2, SRV, OK, "b", 5000, 5060 },
		{ 4, 1, CLI, OK, "a", 100, 160 }, { 5, 4, SRV, OK, "b", -5000, -4940 } };
	struct lsp_trace *t = make(slow);
	cr_assert_eq(lsp_skew_correct(t), 0);
	cr_expect_str_eq(note_of(t), "the clock of host.name b is 510 us slow: its spans and logs "
				     "are shown that much later");
	lsp_trace_free(t);
	t = make(torn);
	cr_assert_eq(lsp_skew_correct(t), 0);
	cr_expect(strstr(note_of(t), "host.name b contradict those of its callers by 10.1 ms"),
		"%s", note_of(t));
	lsp_trace_free(t);
}

Test(skew, takes_a_host_by_the_surest_name)
{
	static const struct row rows[ROWS_MAX] = { { 1, 0, CLI, OK, "x", 0, 100 },
		{ 2, 1, SRV, OK, "x", -500, -420 } };
	static const struct {
		const char *key, *a, *b;
		bool shifted;
	} names[] = {
		{ "host.id", "1", "2", true }, { "host.id", "1", "1", false },
		{ "service.instance.id", "1", "2", false }, /* host.name says that it is one */
	};
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		struct lsp_trace *t = make(rows);
		for (size_t i = 0; i < 2; i++)
			json_object_set_new(t->spans[i].resource, names[k].key,
				json_string(t->spans[i].span_id[7] == 1 ? names[k].a : names[k].b));
		cr_assert_eq(lsp_skew_correct(t), 0);
		cr_expect_eq(
			t->spans[0].skew_ns || t->spans[1].skew_ns, names[k].shifted, "%zu", k);
		lsp_trace_free(t);
	}
}

Test(skew, a_time_in_whole_milliseconds_is_no_proof)
{
	static const struct row rows[ROWS_MAX] = { { 1, 0, CLI, OK, "a", 0, 9000 },
		{ 2, 1, SRV, OK, "b", 100, 8000 } };
	struct lsp_trace *t = make(rows);
	struct lsp_span *child = &t->spans[t->spans[0].span_id[7] == 2 ? 0 : 1];
	child->start_ns -= child->start_ns % MS;
	cr_assert_eq(lsp_skew_correct(t), 0);
	cr_expect_eq(t->spans[0].skew_ns | t->spans[1].skew_ns, 0);
	lsp_trace_free(t);
}

Test(skew, shifts_events_and_loose_logs_of_the_host)
{
	static const struct row rows[ROWS_MAX] = { { 1, 0, CLI, OK, "a", 0, 100 },
		{ 2, 1, SRV, OK, "b", -500, -420 } };
	struct lsp_trace *t = make(rows);
	struct lsp_log *loose = lsp_trace_add_log(t);
	loose->time_ns = BASE;
	loose->span_id[7] = 99;
	loose->service = strdup("other");
	json_object_set_new(loose->resource, "host.name", json_string("b"));
	struct lsp_span *child = &t->spans[0];
	json_array_append_new(child->events,
		json_pack("{s:s, s:s}", "time_unix_nano", "1763933400000000000", "name", "x"));
	json_t *shared = json_incref(child->events);
	cr_assert_eq(lsp_skew_correct(t), 0);
	cr_expect_eq(t->logs[t->n_logs - 1].time_ns, BASE + 510000);
	for (size_t i = 0; i < 2; i++)
		if (t->spans[i].span_id[7] == 2)
			child = &t->spans[i];
	cr_expect_str_eq(json_string_value(json_object_get(
				 json_array_get(child->events, 0), "time_unix_nano")),
		"1763933400000510000");
	cr_expect_str_eq(
		json_string_value(json_object_get(json_array_get(shared, 0), "time_unix_nano")),
		"1763933400000000000", "what others hold stays");
	json_decref(shared);
	lsp_trace_free(t);
}

/* Whatever a sender claims: no crash, and a second look finds nothing more to shift. */
Test(skew, stands_any_hosts_and_times, .timeout = 20)
{
	static const char *const hosts[] = { "a", "b", "c", "" };
	unsigned seed = 5;
	for (int round = 0; round < 3000; round++) {
		struct row rows[ROWS_MAX] = { 0 };
		for (size_t i = 0; i < 1 + (size_t)rand_r(&seed) % (ROWS_MAX - 1); i++)
			rows[i] = (struct row){ .id = (uint8_t)(1 + i),
				.parent = (uint8_t)(rand_r(&seed) % 8),
				.kind = (uint8_t)(rand_r(&seed) % 6),
				.status = (uint8_t)(rand_r(&seed) % 3),
				.host = hosts[rand_r(&seed) % 4],
				.start = rand_r(&seed) % 1000,
				.end = rand_r(&seed) % 2000 };
		struct lsp_trace *t = make(rows);
		t->spans[0].start_ns = rand_r(&seed) % 2 ? 0 : UINT64_MAX;
		cr_assert_eq(lsp_skew_correct(t), 0);
		lsp_trace_free(t);
	}
}

Test(skew, services_that_name_no_host_may_share_one)
{
	static const struct {
		int64_t start;
		bool shifted;
	} cases_[] = { { -300, false }, { -900, false }, { -5000, true } };
	for (size_t k = 0; k < sizeof(cases_) / sizeof(cases_[0]); k++) {
		const struct row rows[ROWS_MAX] = { { 1, 0, CLI, OK, "", 0, 9000 },
			{ 2, 1, SRV, OK, "", cases_[k].start, cases_[k].start + 1000 } };
		struct lsp_trace *t = make(rows);
		for (size_t i = 0; i < 2; i++) {
			struct lsp_span *s = &t->spans[i];
			free(s->service);
			s->service = strdup(s->span_id[7] == 1 ? "shop" : "bank");
		}
		cr_assert_eq(lsp_skew_correct(t), 0);
		cr_expect_eq((t->spans[0].skew_ns | t->spans[1].skew_ns) != 0, cases_[k].shifted,
			"case %zu", k);
		lsp_trace_free(t);
	}
}
