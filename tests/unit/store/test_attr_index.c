/* The index of attributes of a sealed partition: it names the blocks that hold them, few others. */
#include "lib/store/sqlite/attr_index.h"
#include "lib/wire/otlp_attr_hash.h"
#include "lib/wire/otlp_encode.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCKS      900
#define PER_BLOCK   50
#define IN_BLOCK(n) (1 + (n) / PER_BLOCK)

static sqlite3 *db;

static void run(const char *sql)
{
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
}

static void open_db(void)
{
	cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	run("CREATE TABLE span_block(id INTEGER PRIMARY KEY);"
	    "CREATE TABLE log_block(id INTEGER PRIMARY KEY);"
	    "CREATE TABLE span_attrs(bucket INTEGER PRIMARY KEY, list BLOB);"
	    "CREATE TABLE log_attrs(bucket INTEGER PRIMARY KEY, list BLOB)");
}

static void close_db(void)
{
	sqlite3_close(db);
}

TestSuite(attr_index, .init = open_db, .fini = close_db, .timeout = 60);

struct adding {
	struct lsp_attr_index *x;
	int64_t block;
};

static void add(void *arg, uint32_t hash)
{
	struct adding *a = arg;

	cr_assert_eq(lsp_attr_index_add(a->x, hash, a->block), 0);
}

/* Spans with a number of their own, one of eleven routes, a double and a list. */
static struct lsp_attr_index *fill(int64_t blocks)
{
	struct adding a = { lsp_attr_index_new(), 0 };
	struct lsp_buf span;
	char route[32];

	lsp_buf_init(&span, 4096);
	for (int64_t n = 0; n < blocks * PER_BLOCK; n++) {
		lsp_buf_clear(&span);
		snprintf(route, sizeof(route), "/route/%d", (int)(n % 11));
		lsp_pb_attr_int(&span, 9, LSP_SLICE("n"), n);
		lsp_pb_attr_string(&span, 9, LSP_SLICE("route"), lsp_slice_of(route));
		lsp_pb_attr_double(&span, 9, LSP_SLICE("half"), (double)n / 2);
		lsp_pb_attr_string(&span, 9, LSP_SLICE("constant"), LSP_SLICE("x"));
		a.block = IN_BLOCK(n);
		lsp_otlp_span_hashes((struct lsp_slice){ span.at, span.len }, add, &a);
	}
	lsp_buf_release(&span);
	for (int64_t i = 1; i <= blocks; i++) {
		char sql[64];

		snprintf(sql, sizeof(sql), "INSERT INTO span_block VALUES(%d)", (int)i);
		run(sql);
	}
	return a.x;
}

static void fill_and_store(int64_t blocks)
{
	struct lsp_attr_index *x = fill(blocks);

	cr_assert_eq(lsp_attr_index_store(x, db, LSP_ROWS_SPAN), SQLITE_OK);
	lsp_attr_index_free(x);
}

/* How many blocks; -1 when any may, -2 when the index is damaged. *ret_block: one of them. */
static int find(const char *first, const char *second, int *ret_block)
{
	struct lsp_attrs wanted = { .n = 0 };
	uint8_t *bits = NULL;
	size_t n = 0;
	int found = 0;

	cr_assert_eq(lsp_attrs_add_text(&wanted, first, '='), 0);
	if (second)
		cr_assert_eq(lsp_attrs_add_text(&wanted, second, '='), 0);
	if (lsp_attr_index_find(db, LSP_ROWS_SPAN, &wanted, &bits, &n) != SQLITE_OK)
		return -2;
	if (!bits)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (bits[i / 8] >> i % 8 & 1) {
			found++;
			*ret_block = (int)i + 1;
		}
	free(bits);
	return found;
}

Test(attr_index, names_the_block_of_each_value)
{
	int more = 0, block = 0;
	char text[48];

	fill_and_store(BLOCKS);
	for (int n = 0; n < BLOCKS * PER_BLOCK; n += 97) {
		snprintf(text, sizeof(text), "n=%d", n);
		more += find(text, NULL, &block) - 1;
		cr_expect(block == IN_BLOCK(n) || more, "%s: %d", text, block);
		snprintf(text, sizeof(text), "half=%g", n / 2.0);
		cr_expect_geq(find(text, NULL, &block), 1, "%s", text);
		snprintf(text, sizeof(text), "half=%de-1", n * 5);
		cr_expect_geq(find(text, "constant=x", &block), 1, "%s", text);
	}
	cr_expect_leq(more, 10, "blocks that do not hold it: %d", more);
	cr_expect_eq(find("route=/route/3", NULL, &block), BLOCKS);
	cr_expect_eq(find("constant=x", NULL, &block), BLOCKS);
	cr_expect_leq(find("n=77", "n=7700", &block), 0);
	cr_expect_leq(find("n=-1", NULL, &block), 1);
	cr_expect_leq(find("constant=y", NULL, &block), 1);
	cr_expect_leq(find("m=77", "constant=x", &block), 1);
}

Test(attr_index, leaves_status_and_kind_to_the_rows)
{
	int block;

	fill_and_store(3);
	cr_expect_eq(find("error=true", NULL, &block), 3);
	cr_expect_eq(find("span.kind=server", "n=60", &block), 1);
	cr_expect_eq(block, 2);
}

Test(attr_index, of_few_values_is_one_row)
{
	int block;
	sqlite3_stmt *stmt;

	fill_and_store(3);
	cr_assert_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM span_attrs", -1, &stmt, NULL), 0);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	cr_expect_eq(sqlite3_column_int(stmt, 0), 2);
	sqlite3_finalize(stmt);
	cr_expect_eq(find("n=149", NULL, &block), 1);
	cr_expect_eq(block, 3);
}

Test(attr_index, that_is_not_there_excludes_nothing)
{
	int block;

	cr_expect_eq(find("n=1", NULL, &block), -1);
	run("DROP TABLE span_attrs");
	cr_expect_eq(find("n=1", NULL, &block), -1);
}

Test(attr_index, is_given_up_when_it_is_too_large)
{
	struct lsp_attr_index *x = fill(2);
	int block;

	cr_expect_eq(lsp_attr_index_add(x, 1, 40000), 0);
	cr_expect_eq(lsp_attr_index_add(x, 1, 1), 0);
	cr_assert_eq(lsp_attr_index_store(x, db, LSP_ROWS_SPAN), SQLITE_OK);
	lsp_attr_index_free(x);
	cr_expect_eq(find("n=1", NULL, &block), -1);
}

Test(attr_index, that_is_damaged_is_an_error_or_names_blocks_that_exist)
{
	static const char *const damage[] = { "UPDATE span_attrs SET list = x'' WHERE bucket = -1",
		"UPDATE span_attrs SET list = x'0a0b' WHERE bucket = -1",
		"UPDATE span_attrs SET list = x'ff' WHERE bucket = -1",
		"UPDATE span_attrs SET list = x'1b' WHERE bucket = -1",
		"UPDATE span_attrs SET list = x'00ff' WHERE bucket >= 0",
		"UPDATE span_attrs SET list = x'03ffffffff7f01' WHERE bucket >= 0",
		"UPDATE span_attrs SET list = x'ffffffffffffffff' WHERE bucket >= 0",
		"UPDATE span_attrs SET list = x'0000' WHERE bucket >= 0",
		"DELETE FROM span_attrs WHERE bucket >= 0", "DELETE FROM span_block" };
	int block;

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		fill_and_store(100);
		run(damage[i]);
		for (int n = 0; n < 100; n++) {
			char text[32];

			snprintf(text, sizeof(text), "n=%d", n);
			(void)find(text, "constant=x", &block);
		}
		run("DELETE FROM span_block; DELETE FROM span_attrs");
	}
}
