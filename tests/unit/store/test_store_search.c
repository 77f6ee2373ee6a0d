/* Searches whose store makes it hard for them: many rows of one trace, no time. */
#include "store_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#define MANY  20000
#define ROUND 1000

static struct lsp_store *store;

/* One trace with as many log records as spans. */
static void fill(void)
{
	make_dir();
	store = open_store(false);
	for (size_t start = 0; start < MANY; start += ROUND) {
		struct lsp_batch b;
		uint32_t origin;

		lsp_batch_init(&b);
		add_origin(&b, "shop", &origin);
		for (size_t i = start; i < start + ROUND; i++) {
			char line[32];

			snprintf(line, sizeof(line), "line 100%% %zu_a", i);
			add_span(&b, origin, 7, i + 1, 1000000 + i, "step");
			add_log(&b, origin, 7, 1000000 + i, 9, line);
		}
		cr_assert_eq(lsp_store_write(store, &b), 0);
		lsp_batch_release(&b);
	}
}

static void empty(void)
{
	store = lsp_store_free(store);
	remove_dir();
}

TestSuite(store_search, .init = fill, .fini = empty);

static int count(void *arg, const struct lsp_trace_summary *t)
{
	(void)t;
	++*(size_t *)arg;
	return 0;
}

static size_t found(const char *text)
{
	struct lsp_trace_query q = { .text = text };
	size_t n = 0;

	cr_assert_eq(lsp_store_search(store, &q, count, &n), 0, "%s", text);
	return n;
}

/* As many times as many: minutes when each span looks through the records of its trace. */
Test(store_search, looks_through_log_records_once)
{
	cr_expect_eq(found("19999_a"), 1);
	cr_expect_eq(found("LINE 100% 5_A"), 1, "in any case");
	cr_expect_eq(found("ste"), 1, "of a span's name");
	cr_expect_eq(found("20000_a"), 0);
	cr_expect_eq(found("19999%a"), 0, "LIKE's own characters are none");
	cr_expect_eq(found("1999__a"), 0);
	cr_expect_eq(found("100%"), 1);
}

Test(store_search, gives_up_when_its_time_is_over)
{
	struct lsp_store_config config = {
		.data_dir = store_dir, .read_only = true, .query_limit_ns = 1
	};
	struct lsp_trace_query traces = { .text = "nowhere", .min_duration_ns = 1 };
	char why[LSP_STORE_WHY_BYTES];
	struct lsp_store *hasty;
	size_t n = 0;

	cr_assert_eq(lsp_store_open(&hasty, &config, why), 0);
	cr_expect_eq(lsp_store_search(hasty, &traces, count, &n), -ETIMEDOUT);
	/* What is looked up by its id is not limited. */
	struct lsp_trace *t = get_trace(hasty, 1, 7);
	cr_assert_not_null(t);
	cr_expect_eq(t->n_spans, MANY);
	lsp_trace_free(t);
	lsp_store_free(hasty);
}

static atomic_bool stop;

static void *search_on(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop))
		found("line");
	return NULL;
}

/* Rows are written and partitions sealed while searches go on; each finds what was there. */
Test(store_search, goes_on_beside_writing_and_sealing)
{
	pthread_t threads[3];

	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, search_on, NULL), 0);
	for (size_t i = 0; i < 40; i++) {
		struct lsp_batch b;
		uint32_t origin;

		lsp_batch_init(&b);
		add_origin(&b, "shop", &origin);
		for (size_t k = 0; k < 100; k++)
			add_log(&b, origin, 100 + i, 5000000 + i, 9, "line of another one");
		cr_assert_eq(lsp_store_write(store, &b), 0);
		lsp_batch_release(&b);
		lsp_store_tick(store, (uint64_t)time(NULL) * 1000000000u);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(found("another one"), 0, "no spans, no traces");
	cr_expect_eq(found("19999_a"), 1);
}
