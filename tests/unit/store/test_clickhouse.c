/* The ClickHouse engine's own parts: types, errors, addresses, rows, the disk queue. What needs a
 * server is in tests/clickhouse. */
#include "store_fixture.h"

#include "lib/store/clickhouse/http.h"
#include "lib/store/clickhouse/otel.h"
#include "lib/store/clickhouse/query.h"
#include "lib/store/clickhouse/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

TestSuite(clickhouse, .init = make_dir, .fini = remove_dir);

Test(clickhouse, knows_how_types_want_their_values)
{
	static const struct {
		const char *name;
		int kind; /* -1: refused */
		unsigned bytes;
		uint64_t ns_per_tick;
		bool array, nullable;
	} cases[] = {
		{ "String", LSP_OTEL_TEXT, 0, 0, false, false },
		{ "LowCardinality(String)", LSP_OTEL_TEXT, 0, 0, false, false },
		{ "LowCardinality(Nullable(String))", LSP_OTEL_TEXT, 0, 0, false, true },
		{ "Nullable(String)", LSP_OTEL_TEXT, 0, 0, false, true },
		{ "Array(LowCardinality(String))", LSP_OTEL_TEXT, 0, 0, true, false },
		{ "DateTime64(9)", LSP_OTEL_TICKS, 0, 1, false, false },
		{ "DateTime64(3, 'UTC')", LSP_OTEL_TICKS, 0, 1000000, false, false },
		{ "DateTime", LSP_OTEL_SECONDS, 0, 0, false, false },
		{ "DateTime('Europe/Berlin')", LSP_OTEL_SECONDS, 0, 0, false, false },
		{ "UInt8", LSP_OTEL_UINT, 1, 0, false, false },
		{ "Int64", LSP_OTEL_UINT, 8, 0, false, false },
		{ "Map(LowCardinality(String), String)", LSP_OTEL_MAP, 0, 0, false, false },
		{ "Array(Map(LowCardinality(String), String))", LSP_OTEL_MAP, 0, 0, true, false },
		{ "Map(String, UInt8)", -1, 0, 0, false, false },
		{ "UInt256", -1, 0, 0, false, false },
		{ "FixedString(32)", -1, 0, 0, false, false },
		{ "Enum8('a' = 1)", -1, 0, 0, false, false },
		{ "JSON", -1, 0, 0, false, false },
		{ "DateTime64(x)", -1, 0, 0, false, false },
		{ "Array(", -1, 0, 0, false, false },
		{ "", -1, 0, 0, false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_otel_type t = { .kind = LSP_OTEL_TEXT };
		bool good = lsp_otel_parse_type(&t, lsp_slice_of(cases[i].name));

		cr_assert_eq(good, cases[i].kind >= 0, "%s", cases[i].name);
		if (!good)
			continue;
		cr_expect_eq((int)t.kind, cases[i].kind, "%s", cases[i].name);
		cr_expect_eq(t.bytes, cases[i].bytes, "%s", cases[i].name);
		cr_expect_eq(t.ns_per_tick, cases[i].ns_per_tick, "%s", cases[i].name);
		cr_expect_eq(t.array, cases[i].array, "%s", cases[i].name);
		cr_expect_eq(t.nullable, cases[i].nullable, "%s", cases[i].name);
	}
}

Test(clickhouse, tells_a_refusal_for_now_from_one_for_ever)
{
	static const struct {
		const char *answer;
		unsigned code;
		enum lsp_click_fate fate;
	} cases[] = {
		{ "Code: 241. DB::Exception: Memory limit", 241, LSP_CLICK_BUSY },
		{ "Code: 252. DB::Exception: Too many parts", 252, LSP_CLICK_BUSY },
		{ "Code: 279, e.displayText() = DB::NetException", 279, LSP_CLICK_SHARD },
		{ "Code: 60. DB::Exception: Table x", 60, LSP_CLICK_MISSING },
		{ "Code: 516. DB::Exception: default: Auth", 516, LSP_CLICK_DENIED },
		{ "Code: 33. DB::Exception: Cannot read all data", 33, LSP_CLICK_POISON },
		{ "Code: 469. DB::Exception: Constraint", 469, LSP_CLICK_POISON },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(lsp_click_error_code(cases[i].answer), cases[i].code);
		cr_expect_eq(
			lsp_click_error_fate(cases[i].code), cases[i].fate, "%u", cases[i].code);
	}
	cr_expect_eq(lsp_click_error_code("502 Bad Gateway"), 0u);
}

Test(clickhouse, reads_addresses)
{
	static const struct {
		const char *url, *base, *database, *user, *password;
	} cases[] = {
		{ "http://u@h:8123/db", "http://h:8123/", "db", "u", NULL },
		{ "http://u:p%40%3A@h:1/db_2", "http://h:1/", "db_2", "u", "p@:" },
		{ "http://h", "http://h:8123/", "default", NULL, NULL },
		{ "https://h/db", "https://h:8443/", "db", NULL, NULL },
		{ "http://[::1]:9/db", "http://[::1]:9/", "db", NULL, NULL },
		{ "http://h/a;DROP", NULL, NULL, NULL, NULL },
		{ "http://h/a/b", NULL, NULL, NULL, NULL },
		{ "ftp://h/db", NULL, NULL, NULL, NULL },
		{ "nothing", NULL, NULL, NULL, NULL },
		{ "", NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[LSP_CLICK_WHY] = "";
		struct lsp_click_http h;
		int rc = lsp_click_http_init(&h, cases[i].url, why);

		cr_assert_eq(rc, cases[i].base ? 0 : -EINVAL, "%s", cases[i].url);
		if (rc) {
			cr_expect_neq(why[0], 0, "%s", cases[i].url);
			continue;
		}
		cr_expect_str_eq(h.base, cases[i].base);
		cr_expect_str_eq(h.database, cases[i].database);
		cr_expect_str_eq(h.user ? h.user : "", cases[i].user ? cases[i].user : "");
		cr_expect_str_eq(
			h.password ? h.password : "", cases[i].password ? cases[i].password : "");
		lsp_click_http_release(&h);
	}
}

Test(clickhouse, no_text_is_read_as_sql)
{
	struct lsp_click_query q;

	lsp_click_query_init(&q, "SELECT 1");
	lsp_click_query_text(&q, " WHERE Text = ", (struct lsp_slice){ "'\\\0x", 4 }, " END");
	cr_assert_eq(q.rc, 0);
	cr_expect_str_eq(q.sql.at, "SELECT 1 WHERE Text = unhex('275c0078') END");
	lsp_click_query_release(&q);
}

/* ---- the disk queue -------------------------------------------------------------------------- */

static void open_queue(struct lsp_click_queue *q, uint64_t max_bytes)
{
	char why[512] = "";

	cr_assert_eq(lsp_click_queue_open(q, store_dir, max_bytes, why), 0, "%s", why);
}

static int put_one(struct lsp_click_queue *q, const char *body)
{
	struct lsp_batch b;
	uint32_t origin;
	int rc;

	lsp_batch_init(&b);
	add_origin(&b, "shop", &origin);
	add_log(&b, origin, 7, 1000, 9, body);
	rc = lsp_click_queue_put(q, &b);
	lsp_batch_release(&b);
	return rc;
}

static size_t count_rows(const struct lsp_click_segment *s)
{
	struct lsp_slice data = { s->bytes, s->len };
	struct lsp_click_row row;
	size_t n = 0;

	while (lsp_click_rows_take(&data, &row) == 1)
		n++;
	return n;
}

/* Changes the one segment: cuts bytes off its end, or turns one byte over. */
static void harm_segment(long cut, long flip_at)
{
	char dir[128], path[512];
	struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/clickhouse", store_dir);
	d = opendir(dir);
	cr_assert(d);
	while ((e = readdir(d)))
		if (e->d_name[0] == '0')
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
	closedir(d);
	cr_assert_eq(stat(path, &st), 0);
	if (cut)
		cr_assert_eq(truncate(path, st.st_size - cut), 0);
	if (flip_at) {
		int fd = open(path, O_RDWR);
		char byte;

		cr_assert_eq(pread(fd, &byte, 1, flip_at), 1);
		byte = (char)~byte;
		cr_assert_eq(pwrite(fd, &byte, 1, flip_at), 1);
		close(fd);
	}
}

Test(clickhouse, queue_gives_back_what_was_put_after_a_restart)
{
	struct lsp_click_segment s;
	struct lsp_click_queue q;

	open_queue(&q, 0);
	cr_assert_eq(put_one(&q, "one"), 0);
	cr_assert_eq(put_one(&q, "two"), 0);
	lsp_click_queue_close(&q);
	open_queue(&q, 0);
	cr_expect_gt(q.bytes, 0u);
	cr_assert_eq(lsp_click_queue_next(&q, 0, &s), 1);
	cr_expect_eq(count_rows(&s), 2u);
	lsp_click_queue_advance(&q, &s);
	free(s.bytes);
	cr_assert_eq(lsp_click_queue_next(&q, 0, &s), 1);
	cr_expect_eq(s.stage, 1u, "it says which tables have it");
	lsp_click_queue_done(&q, &s);
	free(s.bytes);
	cr_expect_eq(q.bytes, 0u);
	cr_expect_eq(lsp_click_queue_next(&q, 0, &s), 0);
	lsp_click_queue_close(&q);
}

Test(clickhouse, queue_leaves_out_a_torn_end)
{
	struct lsp_click_segment s;
	struct lsp_click_queue q;

	open_queue(&q, 0);
	put_one(&q, "whole");
	put_one(&q, "torn");
	lsp_click_queue_close(&q);
	harm_segment(3, 0);
	open_queue(&q, 0);
	cr_assert_eq(lsp_click_queue_next(&q, 0, &s), 1);
	cr_expect_eq(count_rows(&s), 1u);
	cr_expect_eq(q.set_aside, 0u);
	free(s.bytes);
	lsp_click_queue_close(&q);
}

Test(clickhouse, queue_sets_damage_aside)
{
	struct lsp_click_segment s;
	struct lsp_click_queue q;

	open_queue(&q, 0);
	put_one(&q, "damaged");
	put_one(&q, "behind it");
	lsp_click_queue_close(&q);
	harm_segment(0, 40);
	open_queue(&q, 0);
	cr_assert_eq(lsp_click_queue_next(&q, 0, &s), 1);
	cr_expect_eq(count_rows(&s), 0u);
	cr_expect_eq(q.set_aside, 1u);
	free(s.bytes);
	lsp_click_queue_close(&q);
}

Test(clickhouse, queue_has_a_ceiling_and_one_owner)
{
	struct lsp_click_queue q, second;
	char why[512] = "";
	int rc = 0;

	open_queue(&q, 2000);
	for (int i = 0; rc == 0 && i < 100; i++)
		rc = put_one(&q, "0123456789012345678901234567890123456789");
	cr_expect_eq(rc, -EAGAIN);
	cr_expect_leq(q.bytes, 2000u);
	cr_expect_eq(lsp_click_queue_open(&second, store_dir, 0, why), -EBUSY);
	cr_expect(strstr(why, "in use"), "%s", why);
	lsp_click_queue_close(&q);
}
