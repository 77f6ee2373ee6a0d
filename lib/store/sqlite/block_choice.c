#include "block_choice.h"

#include "attr_index.h"
#include "hot_index.h"
#include "ranges.h"
#include "words.h"

#include <stdlib.h>

void lsp_block_choice_release(struct lsp_block_choice *c)
{
	free(c->at);
	*c = (struct lsp_block_choice){ .all = true };
}

/* The blocks of some ranges that rows of the question's times and numbers can be in. */
static int take_range(struct lsp_block_choice *c, size_t *cap, sqlite3_stmt *stmt)
{
	int code;

	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (c->n == *cap) {
			size_t more = *cap ? *cap * 2 : 16;
			void *grown = reallocarray(c->at, more, sizeof(*c->at));

			if (!grown)
				return SQLITE_NOMEM;
			c->at = grown;
			*cap = more;
		}
		c->at[c->n++] = (struct lsp_block_ref){ sqlite3_column_int64(stmt, 0),
			sqlite3_column_int64(stmt, 1) };
	}
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int take_ranges(struct lsp_block_choice *c, const struct lsp_rows_table *table,
	const struct lsp_rows_filter *f, const struct lsp_ranges *ranges)
{
	sqlite3_stmt *stmt = NULL;
	size_t cap = 0;
	char sql[256];
	int code;

	sqlite3_snprintf(sizeof(sql), sql,
		"SELECT id, max_time FROM main.%s_block WHERE id BETWEEN ?1 AND ?2 AND "
		"max_time >= ?3 AND min_time <= ?4 AND max_row >= ?5 ORDER BY id",
		lsp_rows_layouts[table->kind].table);
	code = sqlite3_prepare_v2(table->db, sql, -1, &stmt, NULL);
	for (size_t i = 0; code == SQLITE_OK && i < ranges->n; i++) {
		sqlite3_bind_int64(stmt, 1, ranges->at[i].first);
		sqlite3_bind_int64(stmt, 2, ranges->at[i].last);
		sqlite3_bind_int64(stmt, 3, f->from);
		sqlite3_bind_int64(stmt, 4, f->until);
		sqlite3_bind_int64(stmt, 5, f->row_min);
		code = take_range(c, &cap, stmt);
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	return code;
}

static int newest_first(const void *x, const void *y)
{
	const struct lsp_block_ref *a = x, *b = y;

	if (a->max_time != b->max_time)
		return a->max_time > b->max_time ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int choose_hot(const struct lsp_rows_table *table, const struct lsp_rows_filter *f,
	struct lsp_ranges *ret, bool *ret_all)
{
	struct lsp_words_wanted wanted = { .n = 0 };

	if (f->words && table->kind == LSP_ROWS_LOG)
		lsp_words_want(&wanted, f->words);
	*ret_all = wanted.n == 0;
	return *ret_all ? SQLITE_OK
			: lsp_hot_index_find_words(table->index, table->db, &wanted, ret);
}

/* Bits of both; those that are NULL know nothing. */
static uint8_t *both(uint8_t *a, uint8_t *b, size_t n)
{
	if (!a || !b)
		return a ? a : b;
	for (size_t i = 0; i < (n + 7) / 8; i++)
		a[i] &= b[i];
	free(b);
	return a;
}

static int choose_sealed(const struct lsp_rows_table *table, const struct lsp_rows_filter *f,
	struct lsp_ranges *ret, bool *ret_all)
{
	uint8_t *bits = NULL, *of_attrs = NULL;
	size_t n = 0;
	int code = SQLITE_OK;

	if (f->words && table->kind == LSP_ROWS_LOG)
		code = lsp_words_find(table->db, f->words, &bits, &n);
	if (code == SQLITE_OK && f->attrs)
		code = lsp_attr_index_find(table->db, table->kind, f->attrs, &of_attrs, &n);
	bits = both(bits, of_attrs, n);
	*ret_all = bits == NULL;
	if (code == SQLITE_OK && bits && lsp_ranges_add_bits(ret, bits, n))
		code = SQLITE_NOMEM;
	free(bits);
	return code;
}

int lsp_block_choose(struct lsp_block_choice *ret, const struct lsp_rows_table *table,
	const struct lsp_rows_filter *f)
{
	struct lsp_ranges ranges = { .n = 0 };
	int code;

	lsp_block_choice_release(ret);
	code = table->index ? choose_hot(table, f, &ranges, &ret->all)
			    : choose_sealed(table, f, &ranges, &ret->all);
	if (code == SQLITE_OK && !ret->all)
		code = take_ranges(ret, table, f, &ranges);
	if (f->ordered && ret->n)
		qsort(ret->at, ret->n, sizeof(*ret->at), newest_first);
	lsp_ranges_release(&ranges);
	return code;
}
