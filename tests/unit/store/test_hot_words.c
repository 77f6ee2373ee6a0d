/* Which rows of a hot partition may hold a word: what the writer noted, and what is in the file. */
#include "store_fixture.h"

#include "lib/store/sqlite/hot_index.h"

#include <glob.h>

#define BATCHES 40

static sqlite3 *db;
static uint32_t rare_row, n_rows;

static void write_batch(struct lsp_store *s, int rows, const char *rare)
{
	struct lsp_batch b;
	uint32_t origin;
	char body[100];

	lsp_batch_init(&b);
	add_origin(&b, "web", &origin);
	for (int i = 0; i < rows; i++) {
		n_rows++;
		snprintf(body, sizeof(body), "request %u took \"%d\" ms", n_rows, i * 7 % 100);
		add_log(&b, origin, n_rows, n_rows, 9, rare && i == rows / 2 ? rare : body);
		rare_row = rare && i == rows / 2 ? n_rows : rare_row;
	}
	cr_assert_eq(lsp_store_write(s, &b), 0);
	lsp_batch_release(&b);
}

/* Large batches, whose blocks keep words, and single rows, which do not. */
static void fill(void)
{
	struct lsp_store *s;
	char pattern[128];
	glob_t found;

	make_dir();
	s = open_store(false);
	for (int i = 0; i < BATCHES; i++)
		write_batch(s, i % 2 ? 300 : 1, i == 21 ? "found \"Unobtainium\"" : NULL);
	write_batch(s, 1, "a lonely Kryptonite");
	lsp_store_free(s);
	snprintf(pattern, sizeof(pattern), "%s/store/*Z.db", store_dir);
	cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
	cr_assert_eq(sqlite3_open_v2(found.gl_pathv[0], &db, SQLITE_OPEN_READWRITE, NULL), 0);
	globfree(&found);
}

static void empty(void)
{
	sqlite3_close(db);
	remove_dir();
}

TestSuite(hot_words, .init = fill, .fini = empty);

/* How many rows may hold it; those behind the end of the file do not count. */
static uint32_t rows_for(struct lsp_hot_index *x, const char *text, uint32_t *ret_first)
{
	struct lsp_words_wanted wanted;
	struct lsp_ranges ranges = { .n = 0 };
	uint32_t n = 0;

	lsp_words_want(&wanted, text);
	cr_assert_eq(lsp_hot_index_find_words(x, db, &wanted, &ranges), SQLITE_OK);
	*ret_first = ranges.n ? ranges.at[0].first : 0;
	for (size_t i = 0; i < ranges.n; i++)
		if (ranges.at[i].first <= n_rows)
			n += (ranges.at[i].last < n_rows ? ranges.at[i].last : n_rows) -
			     ranges.at[i].first + 1;
	lsp_ranges_release(&ranges);
	return n;
}

Test(hot_words, are_read_from_the_file)
{
	struct lsp_hot_index *x = lsp_hot_index_new();
	uint32_t first, n = rows_for(x, "unobtainium", &first);

	cr_expect_gt(n, 0);
	cr_expect_leq(n, 600, "few rows are looked at: %u of %u", n, n_rows);
	n = rows_for(x, "kryptonite", &first);
	cr_expect_gt(n, 0);
	cr_expect_leq(n, 600);
	cr_expect_leq(first, n_rows);
	cr_expect_eq(rows_for(x, "took", &first), n_rows - 1, "all but the last one");
	cr_expect_eq(rows_for(x, "nowhere", &first), 0);
	lsp_hot_index_free(x);
}

Test(hot_words, that_are_not_in_the_file_are_made_from_the_texts)
{
	struct lsp_hot_index *x = lsp_hot_index_new();
	uint32_t first, n;

	cr_assert_eq(
		sqlite3_exec(db, "DELETE FROM log_hot_words WHERE id > 900", NULL, NULL, NULL), 0);
	n = rows_for(x, "\"unobtainium\"", &first);
	cr_expect_gt(n, 0);
	cr_expect_leq(n, 600);
	cr_expect_eq(rows_for(x, "nowhere", &first), 0);
	lsp_hot_index_free(x);
}

Test(hot_words, of_a_damaged_block_are_an_error)
{
	struct lsp_hot_index *x = lsp_hot_index_new();
	struct lsp_words_wanted wanted;
	struct lsp_ranges ranges = { .n = 0 };

	lsp_words_want(&wanted, "nowhere");
	cr_assert_eq(sqlite3_exec(db,
			     "DELETE FROM log_hot_words;"
			     "UPDATE log_data SET rows = x'5b' WHERE id = 2",
			     NULL, NULL, NULL),
		0);
	cr_expect_neq(lsp_hot_index_find_words(x, db, &wanted, &ranges), SQLITE_OK);
	lsp_ranges_release(&ranges);
	lsp_hot_index_free(x);
}

Test(hot_words, that_do_not_follow_are_left_to_the_file)
{
	struct lsp_hot_index *x = lsp_hot_index_new();
	uint8_t none[LSP_WORDS_BYTES] = { 0 };
	uint32_t first;

	lsp_hot_index_add_words(x, 302, 300, none); /* the row before is not known */
	cr_expect_eq(rows_for(x, "took", &first), n_rows - 1, "all but the last one");
	lsp_hot_index_add_words(x, n_rows + 1, 5, none);
	cr_expect_eq(rows_for(x, "nowhere", &first), 0);
	cr_expect_eq(first, n_rows + 6, "rows that nothing is known of may hold anything");
	lsp_hot_index_free(x);
}

static int count(void *arg, const struct lsp_log *log)
{
	(void)log;
	++*(int *)arg;
	return 0;
}

Test(hot_words, find_what_came_before_and_after_a_restart)
{
	struct lsp_store *s = open_store(false);
	struct lsp_log_query q = { .text = "UNOBTAINIUM" };
	int n = 0;

	write_batch(s, 100, "more Unobtainium");
	cr_assert_eq(lsp_store_logs(s, &q, count, &n, NULL), 0);
	cr_expect_eq(n, 2);
	write_batch(s, 1, "and unobtainium again");
	cr_assert_eq(lsp_store_logs(s, &q, count, &n, NULL), 0);
	cr_expect_eq(n, 5);
	lsp_store_free(s);
}
