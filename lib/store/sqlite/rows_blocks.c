/* Rows out of blocks. Newest first means: blocks are opened in the order of their newest row, and
 * a row is given out when no unopened block can hold a newer one. Which blocks hold rows of a trace
 * is in a table of a sealed file, and for a hot one in memory (hot_index.h). */
#include "attr_filter.h"
#include "block.h"
#include "block_choice.h"
#include "hot_index.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>

#define OPEN_MAX 32 /* unpacked blocks of one cursor; others are unpacked again */

struct entry {
	int64_t time, row;
	int64_t block;
	uint32_t at;
};

struct open_block {
	int64_t id; /* 0: empty */
	uint64_t used;
	struct lsp_block block;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct lsp_rows_filter filter;
	struct lsp_block_choice choice; /* the blocks, where it is known which */
	sqlite3_stmt *list, *data; /* id and newest time of blocks, else; one block */
	bool listed; /* there is a block that is not open yet: this one */
	int64_t listed_id, listed_time;
	uint32_t next_row; /* of a trace in a hot partition: list finds its block */
	char *text; /* words that are asked for */
	struct lsp_attr_filter attrs;
	struct open_block open[OPEN_MAX];
	uint64_t clock;
	struct entry *heap; /* newest first, or (not ordered) a queue from `head` on */
	size_t n, cap, head;
	bool at_end;
	struct entry now;
	struct lsp_block_row row;
};

static const struct lsp_rows_table *table_of(const struct cursor *c)
{
	return (const struct lsp_rows_table *)c->base.pVtab;
}

static int code_of(int r)
{
	return r == 0 ? SQLITE_OK : r == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT_VTAB;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = sqlite3_malloc(sizeof(*c));

	(void)table;
	if (!c)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof(*c));
	*ret = &c->base;
	return SQLITE_OK;
}

static void reset(struct cursor *c)
{
	sqlite3_finalize(c->list);
	c->list = NULL;
	lsp_block_choice_release(&c->choice);
	free(c->text);
	c->text = NULL;
	c->next_row = 0;
	c->n = c->head = 0;
	c->at_end = false;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	reset(c);
	sqlite3_finalize(c->data);
	for (int i = 0; i < OPEN_MAX; i++)
		if (c->open[i].id)
			lsp_block_release(&c->open[i].block);
	free(c->heap);
	sqlite3_free(c);
	return SQLITE_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static int load_block(struct cursor *c, int64_t id, struct lsp_block *ret)
{
	const char *name = lsp_rows_layouts[table_of(c)->kind].table;
	char sql[256];
	int code;

	sqlite3_snprintf(sizeof(sql), sql,
		"SELECT d.rows, b.raw_bytes, d.rest FROM main.%s_block b JOIN main.%s_data d ON "
		"d.id = b.id WHERE b.id = ?",
		name, name);
	if (!c->data && (code = sqlite3_prepare_v2(table_of(c)->db, sql, -1, &c->data, NULL)))
		return code;
	sqlite3_bind_int64(c->data, 1, id);
	code = sqlite3_step(c->data);
	if (code == SQLITE_ROW) {
		struct lsp_slice rows = { sqlite3_column_blob(c->data, 0),
			(size_t)sqlite3_column_bytes(c->data, 0) };
		struct lsp_slice rest = { sqlite3_column_blob(c->data, 2),
			(size_t)sqlite3_column_bytes(c->data, 2) };

		code = code_of(
			lsp_block_open(ret, rows, (size_t)sqlite3_column_int64(c->data, 1), rest));
	} else if (code == SQLITE_DONE) {
		code = SQLITE_CORRUPT_VTAB;
	}
	sqlite3_reset(c->data);
	return code;
}

static int get_block(struct cursor *c, int64_t id, struct lsp_block **ret)
{
	struct open_block *oldest = &c->open[0];
	int code;

	for (int i = 0; i < OPEN_MAX; i++) {
		struct open_block *o = &c->open[i];

		if (o->id == id) {
			o->used = ++c->clock;
			*ret = &o->block;
			return SQLITE_OK;
		}
		if (o->used < oldest->used)
			oldest = o;
	}
	if (oldest->id)
		lsp_block_release(&oldest->block);
	oldest->id = 0;
	oldest->used = 0;
	code = load_block(c, id, &oldest->block);
	if (code != SQLITE_OK)
		return code;
	oldest->id = id;
	oldest->used = ++c->clock;
	*ret = &oldest->block;
	return SQLITE_OK;
}

/* To the block of the trace's next row. Rows that this connection does not see yet are passed
 * over. */
static int next_of_trace(struct cursor *c)
{
	const struct lsp_rows_table *t = table_of(c);

	c->listed = false;
	while (c->next_row) {
		uint32_t end;
		int code;

		sqlite3_reset(c->list);
		sqlite3_bind_int64(c->list, 1, c->next_row);
		code = sqlite3_step(c->list);
		if (code != SQLITE_ROW)
			return code == SQLITE_DONE ? SQLITE_OK : code;
		c->listed_id = sqlite3_column_int64(c->list, 0);
		end = (uint32_t)c->listed_id + (uint32_t)sqlite3_column_int64(c->list, 1);
		c->listed = c->next_row < end;
		while (c->next_row && (c->next_row < end || !c->listed))
			c->next_row = lsp_hot_index_next(t->index, t->kind, c->next_row);
		if (c->listed)
			return SQLITE_OK;
	}
	return SQLITE_OK;
}

/* To the next block that may hold a row. */
static int next_listed(struct cursor *c)
{
	int code;

	if (table_of(c)->index && c->filter.by_trace && c->filter.tid_lo)
		return next_of_trace(c);
	if (!c->choice.all) {
		c->listed = c->choice.next < c->choice.n;
		if (c->listed) {
			c->listed_id = c->choice.at[c->choice.next].id;
			c->listed_time = c->choice.at[c->choice.next++].max_time;
		}
		return SQLITE_OK;
	}
	code = sqlite3_step(c->list);
	c->listed = code == SQLITE_ROW;
	if (c->listed) {
		c->listed_id = sqlite3_column_int64(c->list, 0);
		c->listed_time = sqlite3_column_int64(c->list, 1);
	}
	return c->listed || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* ---- the heap -------------------------------------------------------------------------------- */

static bool is_newer(const struct entry *a, const struct entry *b)
{
	return a->time != b->time ? a->time > b->time : a->row > b->row;
}

static int push(struct cursor *c, struct entry e)
{
	size_t i;

	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 256;
		struct entry *grown = reallocarray(c->heap, cap, sizeof(*grown));

		if (!grown)
			return SQLITE_NOMEM;
		c->heap = grown;
		c->cap = cap;
	}
	i = c->n++;
	for (; c->filter.ordered && i > 0 && is_newer(&e, &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		c->heap[i] = c->heap[(i - 1) / 2];
	c->heap[i] = e;
	return SQLITE_OK;
}

static struct entry pop(struct cursor *c)
{
	struct entry top = c->heap[c->head], last;
	size_t i = 0;

	if (!c->filter.ordered) {
		c->head++;
		return top;
	}
	last = c->heap[--c->n];
	for (size_t child; (child = 2 * i + 1) < c->n; i = child) {
		if (child + 1 < c->n && is_newer(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!is_newer(&c->heap[child], &last))
			break;
		c->heap[i] = c->heap[child];
	}
	c->heap[i] = last;
	return top;
}

/* A row's own attributes are looked at here: by SQL a row costs more than its attributes. */
static int may_hold_attrs(
	const struct cursor *c, struct lsp_block *b, size_t i, const struct lsp_block_row *row)
{
	struct lsp_slice rest;
	int r = lsp_block_rest(b, i, &rest);

	return r ? r : lsp_attr_filter_row(&c->attrs, row->numbers, rest);
}

/* Returns SQLITE_OK; *ret is false when the block cannot hold what is asked for. */
static int look_at_block(const struct cursor *c, struct lsp_block *b, bool *ret)
{
	struct lsp_slice rest = { "", 0 };
	int r;

	*ret = true;
	if (c->attrs.own.n == 0 || b->n == 0)
		return SQLITE_OK;
	r = lsp_block_rest(b, 0, &rest);
	*ret = lsp_attr_filter_block(&c->attrs, (struct lsp_slice){ b->rest.at, b->rest.len });
	return code_of(r);
}

static int open_listed(struct cursor *c)
{
	const struct lsp_rows_filter *f = &c->filter;
	int time = lsp_rows_layouts[table_of(c)->kind].time;
	int64_t id = c->listed_id;
	struct lsp_block *b;
	struct lsp_block_row row;
	bool worth = false;
	int code = get_block(c, id, &b), has = 1;

	if (code == SQLITE_OK)
		code = look_at_block(c, b, &worth);
	for (size_t i = 0; code == SQLITE_OK && worth && i < b->n; i++) {
		int64_t t;

		code = code_of(lsp_block_row(b, i, &row));
		if (code != SQLITE_OK)
			break;
		t = row.numbers[time];
		if ((f->by_trace && row.numbers[LSP_ROWS_TID_LO] != f->tid_lo) || t < f->from ||
			t > f->until || row.numbers[0] < f->row_min ||
			(c->text && !lsp_words_may_be_in(c->text, row.text.at, row.text.len)))
			continue;
		if (c->attrs.own.n)
			has = may_hold_attrs(c, b, i, &row);
		if (has < 0)
			code = code_of(has);
		else if (has)
			code = push(c, (struct entry){ t, row.numbers[0], id, (uint32_t)i });
	}
	return code == SQLITE_OK ? next_listed(c) : code;
}

static int next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;
	struct lsp_block *b;
	int code = SQLITE_OK;

	if (c->head == c->n && !c->filter.ordered)
		c->head = c->n = 0;
	while (code == SQLITE_OK && c->listed &&
		(c->head == c->n || (c->filter.ordered && c->listed_time >= c->heap[0].time)))
		code = open_listed(c);
	if (code != SQLITE_OK)
		return code;
	c->at_end = c->head == c->n;
	if (c->at_end)
		return SQLITE_OK;
	c->now = pop(c);
	code = get_block(c, c->now.block, &b);
	return code == SQLITE_OK ? code_of(lsp_block_row(b, c->now.at, &c->row)) : code;
}

/* ---- the question ---------------------------------------------------------------------------- */

static int list_blocks(struct cursor *c)
{
	const struct lsp_rows_filter *f = &c->filter;
	const char *name = lsp_rows_layouts[table_of(c)->kind].table;
	/* Rows of no trace are in no list of a trace. */
	bool by_trace = f->by_trace && f->tid_lo != 0;
	struct lsp_hot_index *index = table_of(c)->index;
	char sql[320];
	int code;

	if (!by_trace) {
		code = lsp_block_choose(&c->choice, table_of(c), f);
		if (code != SQLITE_OK || !c->choice.all)
			return code == SQLITE_OK ? next_listed(c) : code;
	}
	if (by_trace && index)
		sqlite3_snprintf(sizeof(sql), sql,
			"SELECT id, n FROM main.%s_block WHERE id <= ?1 ORDER BY id DESC LIMIT "
			"1",
			name);
	else if (by_trace)
		sqlite3_snprintf(sizeof(sql), sql,
			"SELECT block, 0 FROM main.%s_trace WHERE tid_lo = ?1", name);
	else
		sqlite3_snprintf(sizeof(sql), sql,
			"SELECT id, max_time FROM main.%s_block WHERE max_time >= ?1 AND "
			"min_time <= ?2 AND max_row >= ?3 ORDER BY %s",
			name, f->ordered ? "max_time DESC" : "id");
	code = sqlite3_prepare_v2(table_of(c)->db, sql, -1, &c->list, NULL);
	if (code != SQLITE_OK)
		return code;
	if (by_trace && index) {
		code = lsp_hot_index_fill(index, table_of(c)->kind, table_of(c)->db);
		c->next_row = lsp_hot_index_first(index, table_of(c)->kind, (uint64_t)f->tid_lo);
		return code == SQLITE_OK ? next_listed(c) : code;
	}
	sqlite3_bind_int64(c->list, 1, by_trace ? f->tid_lo : f->from);
	if (!by_trace) {
		sqlite3_bind_int64(c->list, 2, f->until);
		sqlite3_bind_int64(c->list, 3, f->row_min);
	}
	return next_listed(c);
}

static int filter(
	sqlite3_vtab_cursor *base, int number, const char *plan, int argc, sqlite3_value **args)
{
	struct cursor *c = (struct cursor *)base;
	int code;

	(void)argc;
	reset(c);
	lsp_rows_read_plan(&c->filter, number, plan, args);
	c->text = c->filter.words ? strdup(c->filter.words) : NULL;
	c->attrs.own.n = 0;
	code = c->filter.attrs ? lsp_attr_filter_init(&c->attrs, table_of(c)->db, table_of(c)->kind,
					 c->filter.attrs)
			       : SQLITE_OK;
	if (code == SQLITE_OK)
		code = list_blocks(c);
	return code == SQLITE_OK ? next(base) : code;
}

static int is_end(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->at_end;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int i)
{
	struct cursor *c = (struct cursor *)base;
	struct lsp_block *b;
	struct lsp_slice rest;
	int code;

	if (i < LSP_ROWS_NUMBERS) {
		sqlite3_result_int64(context, c->row.numbers[i]);
	} else if (i == LSP_ROWS_TEXT) {
		char *text = sqlite3_malloc64(c->row.text.len + 1);

		if (!text)
			return SQLITE_NOMEM;
		sqlite3_result_text64(context, text, lsp_block_text(c->row.text, text),
			sqlite3_free, SQLITE_UTF8);
	} else if (i == LSP_ROWS_ENCODED) {
		code = get_block(c, c->now.block, &b);
		if (code == SQLITE_OK)
			code = code_of(lsp_block_rest(b, c->now.at, &rest));
		if (code != SQLITE_OK)
			return code;
		sqlite3_result_blob64(context, rest.at, rest.len, SQLITE_TRANSIENT);
	}
	return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	*ret = ((struct cursor *)base)->row.numbers[0];
	return SQLITE_OK;
}

const sqlite3_module lsp_rows_blocks_module = {
	.xCreate = lsp_rows_connect,
	.xConnect = lsp_rows_connect,
	.xBestIndex = lsp_rows_best_index,
	.xDisconnect = lsp_rows_disconnect,
	.xDestroy = lsp_rows_disconnect,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = is_end,
	.xColumn = column,
	.xRowid = row_id,
};
