/* All rows of a stretch of time, whatever state their partitions are in. */
#include "store_fixture.h"

#include <errno.h>
#include <time.h>

#define SECOND 1000000000ull
#define ROWS   2000

TestSuite(scan, .init = make_dir, .fini = remove_dir, .timeout = 60);

struct seen {
	uint64_t spans, logs, sum, encoded_bytes;
	int stop_after;
};

static int see_span(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	struct seen *s = arg;
	cr_assert(lsp_slice_equal(from->service, LSP_SLICE("shop")));
	cr_assert(lsp_slice_equal(row->name, LSP_SLICE("buy")));
	cr_assert_eq(row->end_ns, row->start_ns + 1000);
	cr_assert_eq(row->kind, LSP_KIND_SERVER);
	s->spans++;
	s->sum += row->span_id[7] + 256u * row->span_id[6];
	s->encoded_bytes += row->encoded.len + from->resource.len;
	return s->stop_after && s->spans == (uint64_t)s->stop_after ? -ECANCELED : 0;
}

static int see_log(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	struct seen *s = arg;
	cr_assert(lsp_slice_equal(from->service, LSP_SLICE("shop")));
	cr_assert_eq(row->severity, 9);
	cr_assert_eq(row->pid, 10);
	cr_assert(row->body.len > 5 && memcmp(row->body.at, "line ", 5) == 0);
	s->logs++;
	return 0;
}

/* Span n and log record n are of second n. */
static void write_rows(struct lsp_store *s, uint64_t from, uint64_t to)
{
	struct lsp_batch b;
	uint32_t origin;
	lsp_batch_init(&b);
	add_origin(&b, "shop", &origin);
	for (uint64_t i = from; i < to; i++) {
		char body[32];
		snprintf(body, sizeof(body), "line %llu", (unsigned long long)i);
		add_span(&b, origin, i / 4 + 1, i, i * SECOND, "buy");
		add_log(&b, origin, i / 4 + 1, i * SECOND, 9, body);
	}
	cr_assert_eq(lsp_store_write(s, &b), 0);
	lsp_batch_release(&b);
}

static struct seen scan(struct lsp_store *s, struct lsp_scan q)
{
	struct seen seen = { 0 };
	q.arg = &seen;
	q.span = see_span;
	q.log = see_log;
	cr_assert_eq(lsp_store_scan(s, &q), 0);
	return seen;
}

/* Small partitions, so that some are sealed and one is hot. */
static struct lsp_store *filled_store(void)
{
	struct lsp_store_config config = { .data_dir = store_dir, .partition_rows = 1000 };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;
	struct lsp_store_stats stats = { 0 };
	cr_assert_eq(lsp_store_open(&s, &config, why), 0, "%s", why);
	for (uint64_t i = 0; i < ROWS; i += 250)
		write_rows(s, i, i + 250);
	for (int i = 0; i < 200; i++) {
		lsp_store_tick(s, (uint64_t)time(NULL) * SECOND);
		usleep(5000);
	}
	cr_assert_eq(lsp_store_get_stats(s, &stats), 0);
	cr_assert_gt(stats.partitions, 2);
	return s;
}

Test(scan, gives_every_row_once_over_sealed_and_hot_partitions)
{
	struct lsp_store *s = filled_store();
	struct seen all = scan(s, (struct lsp_scan){ 0 });
	cr_assert_eq(all.spans, ROWS);
	cr_assert_eq(all.logs, ROWS);
	cr_assert_eq(all.sum, (uint64_t)ROWS * (ROWS - 1) / 2);
	cr_assert_gt(all.encoded_bytes, ROWS * 10);
	lsp_store_free(s);
}

Test(scan, keeps_to_its_window)
{
	struct lsp_store *s = filled_store();
	struct seen some =
		scan(s, (struct lsp_scan){ .since_ns = 500 * SECOND, .until_ns = 1500 * SECOND });
	cr_assert_eq(some.spans, 1000); /* the end is not in it */
	cr_assert_eq(some.logs, 1000);
	some = scan(s, (struct lsp_scan){ .since_ns = (ROWS - 1) * SECOND });
	cr_assert_eq(some.spans, 1);
	some = scan(s, (struct lsp_scan){ .since_ns = ROWS * SECOND });
	cr_assert_eq(some.spans + some.logs, 0);
	lsp_store_free(s);
}

Test(scan, leaves_out_what_is_not_wanted)
{
	struct lsp_store *s = filled_store();
	struct seen some = scan(s, (struct lsp_scan){ .no_logs = true, .no_encoded = true });
	cr_assert_eq(some.spans, ROWS);
	cr_assert_eq(some.logs, 0);
	cr_assert_eq(some.encoded_bytes, 0);
	some = scan(s, (struct lsp_scan){ .no_spans = true });
	cr_assert_eq(some.spans, 0);
	cr_assert_eq(some.logs, ROWS);
	lsp_store_free(s);
}

Test(scan, ends_when_it_is_told_to)
{
	struct lsp_store *s = filled_store();
	struct seen seen = { .stop_after = 7 };
	struct lsp_scan q = { .arg = &seen, .span = see_span, .log = see_log };
	cr_assert_eq(lsp_store_scan(s, &q), -ECANCELED);
	cr_assert_eq(seen.spans, 7);
	lsp_store_free(s);
}

static int count_row(void *arg, const struct lsp_span_row *row)
{
	uint64_t *n = arg;
	cr_assert_eq(row->end_ns, row->start_ns + 1000);
	cr_assert_eq(row->trace_id[7], 1);
	return ++*n == 1500;
}

Test(scan, samples_the_spans_of_one_operation)
{
	static const struct {
		struct lsp_operation_query q;
		uint64_t wanted;
	} cases[] = {
		{ { "shop", "buy", LSP_KIND_SERVER, 700 }, 700 },
		{ { "shop", "buy", LSP_KIND_SERVER, 1 }, 1 },
		{ { "shop", "buy", LSP_KIND_SERVER, 100000 }, 1500 }, /* the callback stops */
		{ { "shop", "buy", LSP_KIND_CLIENT, 700 }, 0 },
		{ { "shop", "sell", LSP_KIND_SERVER, 700 }, 0 },
		{ { "store", "buy", LSP_KIND_SERVER, 700 }, 0 },
	};
	struct lsp_store *s = filled_store();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 0;
		cr_expect_eq(lsp_store_operation(s, &cases[i].q, count_row, &n), 0);
		cr_expect_eq(n, cases[i].wanted, "case %zu: %lu", i, (unsigned long)n);
	}
	lsp_store_free(s);
}
