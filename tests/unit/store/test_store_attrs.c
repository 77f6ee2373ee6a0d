/* Spans and log records by attribute, in hot and in sealed partitions. */
#include "store_fixture.h"

#include <glob.h>
#include <time.h>

TestSuite(store_attrs, .init = make_dir, .fini = remove_dir, .timeout = 120);

#define SPANS 600

/* A log record of no trace with attributes, whose time is its number. */
static void add_log_with(struct lsp_batch *b, uint32_t origin, uint64_t number)
{
	struct lsp_log_row *row = lsp_batch_add_log(b);
	struct lsp_buf attrs, encoded;
	char user[32];

	row->time_ns = number;
	row->origin = origin;
	snprintf(user, sizeof(user), "user-%llu", (unsigned long long)number);
	lsp_batch_copy(b, LSP_SLICE("said"), &row->body);
	lsp_buf_init(&attrs, 1024);
	lsp_buf_init(&encoded, 4096);
	lsp_pb_attr_string(&attrs, 6, LSP_SLICE("user"), lsp_slice_of(user));
	lsp_pb_attr_bool(&attrs, 6, LSP_SLICE("even"), number % 2 == 0);
	lsp_pb_attr_double(&attrs, 6, LSP_SLICE("half"), (double)number / 2);
	lsp_otlp_encode_log(&encoded, row, (struct lsp_slice){ attrs.at, attrs.len });
	lsp_batch_copy(b, (struct lsp_slice){ encoded.at, encoded.len }, &row->encoded);
	lsp_buf_release(&attrs);
	lsp_buf_release(&encoded);
}

/* Spans n = 1 … SPANS, of two services by turns, and as many log records. */
static void fill(struct lsp_store *s)
{
	for (uint64_t from = 1; from <= SPANS; from += 100) {
		struct lsp_batch b;
		uint32_t web, db;

		lsp_batch_init(&b);
		add_origin(&b, "web", &web);
		add_origin(&b, "db", &db);
		for (uint64_t i = from; i < from + 100; i++) {
			add_span(&b, i % 2 ? web : db, 1000 + i, i, i * 1000, "work");
			add_log_with(&b, i % 2 ? web : db, i);
		}
		cr_assert_eq(lsp_store_write(s, &b), 0);
		lsp_batch_release(&b);
	}
}

static struct lsp_store *open_with(uint64_t partition_rows)
{
	struct lsp_store_config config = { .data_dir = store_dir,
		.partition_rows = partition_rows };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	cr_assert_eq(lsp_store_open(&s, &config, why), 0, "%s", why);
	return s;
}

static size_t hot_files(void)
{
	char pattern[128];
	glob_t found;
	size_t n;

	snprintf(pattern, sizeof(pattern), "%s/store/*Z.db", store_dir);
	n = glob(pattern, 0, NULL, &found) ? 0 : found.gl_pathc;
	if (n)
		globfree(&found);
	return n;
}

static struct lsp_attrs attrs_of(const char *a, const char *b)
{
	struct lsp_attrs attrs = { .n = 0 };

	cr_assert_eq(lsp_attrs_add_text(&attrs, a, '='), 0);
	if (b)
		cr_assert_eq(lsp_attrs_add_text(&attrs, b, '='), 0);
	return attrs;
}

struct seen {
	int n;
	uint64_t first, last;
};

static int see_trace(void *arg, const struct lsp_trace_summary *t)
{
	struct seen *seen = arg;

	seen->last = t->start_ns / 1000;
	seen->first = seen->n++ ? seen->first : seen->last;
	return 0;
}

static int see_log(void *arg, const struct lsp_log *l)
{
	struct seen *seen = arg;

	seen->last = l->time_ns;
	seen->first = seen->n++ ? seen->first : seen->last;
	return 0;
}

static void check_spans(struct lsp_store *s, const char *what)
{
	const struct {
		const char *a, *b;
		struct lsp_trace_query q;
		int n;
		uint64_t newest;
	} cases[] = {
		{ "n=77", NULL, { .limit = 0 }, 1, 77 },
		{ "n=077", NULL, { .limit = 0 }, 0, 0 },
		{ "n=601", NULL, { .limit = 0 }, 0, 0 },
		{ "m=77", NULL, { .limit = 0 }, 0, 0 },
		{ "service.name=db", NULL, { .limit = 1000 }, SPANS / 2, SPANS },
		{ "service.name=db", NULL, { .limit = 3 }, 3, SPANS },
		{ "service.name=web", "n=77", { .limit = 0 }, 1, 77 },
		{ "service.name=db", "n=77", { .limit = 0 }, 0, 0 },
		{ "n=77", "n=78", { .limit = 0 }, 0, 0 },
		{ "span.kind=server", "n=5", { .limit = 0 }, 1, 5 },
		{ "error=true", NULL, { .limit = 0 }, 0, 0 },
		{ "error=false", NULL, { .limit = 2 }, 2, SPANS },
		{ "n=77", NULL, { .service = "db" }, 0, 0 },
		{ "n=77", NULL, { .service = "web", .operation = "work" }, 1, 77 },
		{ "n=77", NULL, { .until_ns = 77000 }, 0, 0 },
		{ "service.name=web", NULL, { .until_ns = 77000, .limit = 2 }, 2, 75 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_trace_query q = cases[i].q;
		struct seen seen = { 0 };

		q.attrs = attrs_of(cases[i].a, cases[i].b);
		cr_assert_eq(lsp_store_search(s, &q, see_trace, &seen), 0);
		cr_expect_eq(seen.n, cases[i].n, "%s: %s %s: %d", what, cases[i].a,
			cases[i].b ? cases[i].b : "", seen.n);
		cr_expect_eq(seen.first, cases[i].newest, "%s: %s", what, cases[i].a);
	}
}

static void check_logs(struct lsp_store *s, const char *what)
{
	const struct {
		const char *a, *b;
		struct lsp_log_query q;
		int n;
		uint64_t newest;
	} cases[] = {
		{ "user=user-300", NULL, { .limit = 0 }, 1, 300 },
		{ "user=user-", NULL, { .limit = 0 }, 0, 0 },
		{ "half=38.5", NULL, { .limit = 0 }, 1, 77 },
		{ "half=3850e-2", NULL, { .limit = 0 }, 1, 77 },
		{ "half=38", NULL, { .limit = 0 }, 1, 76 },
		{ "even=true", NULL, { .limit = 0 }, SPANS / 2, SPANS },
		{ "even=true", "service.name=db", { .limit = 4 }, 4, SPANS },
		{ "even=true", "service.name=web", { .limit = 0 }, 0, 0 },
		{ "user=user-300", NULL, { .text = "said" }, 1, 300 },
		{ "user=user-300", NULL, { .text = "unsaid" }, 0, 0 },
		{ "even=false", NULL, { .until_ns = 9, .limit = 2 }, 2, 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_log_query q = cases[i].q;
		struct seen seen = { 0 };

		q.attrs = attrs_of(cases[i].a, cases[i].b);
		cr_assert_eq(lsp_store_logs(s, &q, see_log, &seen, NULL), 0);
		cr_expect_eq(seen.n, cases[i].n, "%s: %s %s: %d", what, cases[i].a,
			cases[i].b ? cases[i].b : "", seen.n);
		cr_expect_eq(seen.last, cases[i].newest, "%s: %s", what, cases[i].a);
	}
}

Test(store_attrs, are_found_in_a_hot_partition)
{
	struct lsp_store *s = open_with(0), *reader;

	fill(s);
	check_spans(s, "hot");
	check_logs(s, "hot");
	reader = open_store(true);
	check_spans(reader, "read by another process");
	check_logs(reader, "read by another process");
	lsp_store_free(reader);
	lsp_store_free(s);
	s = open_with(0);
	check_spans(s, "after a restart");
	check_logs(s, "after a restart");
	lsp_store_free(s);
}

Test(store_attrs, are_found_in_sealed_partitions)
{
	struct lsp_store *s = open_with(200);

	fill(s);
	cr_assert_gt(hot_files(), 2);
	check_spans(s, "waiting to be sealed");
	check_logs(s, "waiting to be sealed");
	for (int i = 0; hot_files() > 1; i++) {
		cr_assert_lt(i, 2000, "sealing does not end");
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
		usleep(5000);
	}
	check_spans(s, "sealed");
	check_logs(s, "sealed");
	lsp_store_free(s);
}

Test(store_attrs, are_followed)
{
	struct lsp_store *s = open_with(0);
	struct lsp_log_query q = { .attrs = attrs_of("even=true", "service.name=db") };
	struct seen seen = { 0 };
	uint64_t last = 0;
	struct lsp_batch b;
	uint32_t db;

	fill(s);
	cr_assert_eq(lsp_store_logs(s, &q, see_log, &seen, &last), 0);
	cr_expect_eq(seen.n, SPANS / 2);
	q.after_row = last;
	lsp_batch_init(&b);
	add_origin(&b, "db", &db);
	add_log_with(&b, db, 2);
	add_log_with(&b, db, 3);
	cr_assert_eq(lsp_store_write(s, &b), 0);
	lsp_batch_release(&b);
	seen = (struct seen){ 0 };
	cr_assert_eq(lsp_store_logs(s, &q, see_log, &seen, &last), 0);
	cr_expect_eq(seen.n, 1);
	cr_expect_eq(seen.last, 2);
	lsp_store_free(s);
}
