/* Log records by filter, and traces by search. */
#include "store_fixture.h"

static struct lsp_store *store;

/* Ten records a second apart: of two services, severities 9 and 17, every third without a trace. */
static void fill(void)
{
	struct lsp_batch b;
	uint32_t shop, bank;
	char body[64];

	make_dir();
	store = open_store(false);
	lsp_batch_init(&b);
	add_origin(&b, "shop", &shop);
	add_origin(&b, "bank", &bank);
	for (uint64_t i = 1; i <= 10; i++) {
		snprintf(body, sizeof(body), "Record %d of 100%% _under_ test", (int)i);
		add_log(&b, i % 2 ? shop : bank, i % 3 ? 40 + i : 0, i * 1000000000u,
			i % 5 ? 9 : 17, body);
		add_span(&b, i % 2 ? shop : bank, 40 + i, i, i * 1000000000u, "work");
	}
	cr_assert_eq(lsp_store_write(store, &b), 0);
	lsp_batch_release(&b);
}

static void empty(void)
{
	lsp_store_free(store);
	remove_dir();
}

TestSuite(store_logs, .init = fill, .fini = empty);

struct seen {
	int n;
	uint64_t times[16];
};

static int see(void *arg, const struct lsp_log *log)
{
	struct seen *seen = arg;

	seen->times[seen->n++] = log->time_ns / 1000000000u;
	return 0;
}

static struct seen ask(struct lsp_log_query q)
{
	struct seen seen = { 0 };

	cr_assert_eq(lsp_store_logs(store, &q, see, &seen, NULL), 0);
	return seen;
}

Test(store_logs, come_in_time_order)
{
	struct seen seen = ask((struct lsp_log_query){ .limit = 16 });

	cr_assert_eq(seen.n, 10);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(seen.times[i], (uint64_t)i + 1);
}

Test(store_logs, are_the_newest_when_there_are_more)
{
	struct seen seen = ask((struct lsp_log_query){ .limit = 3 });

	cr_assert_eq(seen.n, 3);
	cr_expect_eq(seen.times[0], 8);
	cr_expect_eq(seen.times[2], 10);
}

Test(store_logs, are_filtered)
{
	struct lsp_trace_key key = { 1, 41 }, low = { 0, 41 };
	uint8_t span[8];
	const struct {
		const char *what;
		struct lsp_log_query q;
		int n;
	} cases[] = {
		{ "service", { .service = "bank" }, 5 },
		{ "no such service", { .service = "ban" }, 0 },
		{ "severity", { .min_severity = 17 }, 2 },
		{ "trace", { .trace = &key }, 1 },
		{ "trace by 64 bits", { .trace = &low }, 1 },
		{ "no trace", { .no_trace = true }, 3 },
		{ "since", { .since_ns = 9000000000u }, 2 },
		{ "until is exclusive", { .until_ns = 3000000000u }, 2 },
		{ "a word, any case", { .text = "rECORD" }, 10 },
		{ "two words", { .text = "record 10" }, 10 },
		{ "the pattern characters are not patterns", { .text = "100% _under_" }, 10 },
		{ "nor do they match others", { .text = "1_0" }, 0 },
		{ "all at once", { .service = "shop", .min_severity = 17, .text = "5" }, 1 },
	};

	set_id(span, 8, 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
			ask(cases[i].q).n, cases[i].n, "%s: %d", cases[i].what, ask(cases[i].q).n);
	cr_expect_eq(ask((struct lsp_log_query){ .span_id = span, .limit = 16 }).n, 7);
}

Test(store_logs, are_followed_by_row)
{
	struct lsp_log_query q = { .limit = 16 };
	struct seen seen = { 0 };
	struct lsp_batch b;
	uint64_t last = 0, again = 0;
	uint32_t origin;

	cr_assert_eq(lsp_store_logs(store, &q, see, &seen, &last), 0);
	cr_assert_neq(last, 0);
	q.after_row = last;
	seen.n = 0;
	cr_assert_eq(lsp_store_logs(store, &q, see, &seen, &again), 0);
	cr_expect_eq(seen.n, 0);
	cr_expect_eq(again, last, "nothing new: the place stays");
	lsp_batch_init(&b);
	add_origin(&b, "late", &origin);
	add_log(&b, origin, 0, 1, 9, "an old record that comes late");
	cr_assert_eq(lsp_store_write(store, &b), 0);
	lsp_batch_release(&b);
	cr_assert_eq(lsp_store_logs(store, &q, see, &seen, &again), 0);
	cr_expect_eq(seen.n, 1);
	cr_expect_gt(again, last);
}

/* ---- traces
 * -------------------------------------------------------------------------------------- */

static int count(void *arg, const struct lsp_trace_summary *t)
{
	int *n = arg;

	cr_expect_eq(t->n_spans, 1);
	cr_expect_eq(t->duration_ns, 1000);
	cr_expect_str_eq(t->root_name, "work");
	++*n;
	return 0;
}

static int search(struct lsp_trace_query q)
{
	int n = 0;

	cr_assert_eq(lsp_store_search(store, &q, count, &n), 0);
	return n;
}

Test(store_logs, and_traces_are_searched)
{
	cr_expect_eq(search((struct lsp_trace_query){ .limit = 100 }), 10);
	cr_expect_eq(search((struct lsp_trace_query){ .limit = 4 }), 4);
	cr_expect_eq(search((struct lsp_trace_query){ .service = "bank" }), 5);
	cr_expect_eq(search((struct lsp_trace_query){ .operation = "play" }), 0);
	cr_expect_eq(search((struct lsp_trace_query){ .min_duration_ns = 1001 }), 0);
	cr_expect_eq(search((struct lsp_trace_query){ .errors = true }), 0);
	cr_expect_eq(search((struct lsp_trace_query){ .since_ns = 10000000000u }), 1);
	cr_expect_eq(search((struct lsp_trace_query){ .text = "Record 7" }), 1);
}

static int join(void *arg, const char *service)
{
	strcat(arg, service);
	strcat(arg, " ");
	return 0;
}

Test(store_logs, and_services_are_listed)
{
	char all[64] = "";

	cr_assert_eq(lsp_store_services(store, join, all), 0);
	cr_expect_str_eq(all, "bank shop ");
}
