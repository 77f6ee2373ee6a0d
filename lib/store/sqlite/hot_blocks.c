#include "hot_blocks.h"

#include "sqlite_store.h"

#include <stdlib.h>

/* Small enough for a look-up to read some, large enough that a row costs no step of SQLite. */
#define HOT_BLOCK_BYTES (64u * 1024)
#define TIDS_BYTES_MAX  (64u * 1024 * 1024)

uint64_t lsp_id_number(const uint8_t id[8])
{
	uint64_t value;

	memcpy(&value, id, sizeof(value));
	return __builtin_bswap64(value);
}

static int prepare(sqlite3 *db, sqlite3_stmt **ret, const char *format, const char *table)
{
	char sql[256];

	sqlite3_snprintf(sizeof(sql), sql, format, table);
	return lsp_sqlite_errno(
		sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

int lsp_hot_blocks_init(struct lsp_hot_blocks *h, enum lsp_rows_kind kind, sqlite3 *db)
{
	const char *table = lsp_rows_layouts[kind].table;
	sqlite3_stmt *last = NULL;
	int code = SQLITE_OK, r;

	*h = (struct lsp_hot_blocks){ .kind = kind };
	lsp_block_maker_init(&h->maker);
	lsp_buf_init(&h->tids, TIDS_BYTES_MAX);
	r = prepare(db, &h->put_block, "INSERT INTO %s_block VALUES(?,?,?,?,?,?,?)", table);
	if (r == 0 && kind == LSP_ROWS_LOG)
		r = prepare(db, &h->put_words, "INSERT INTO %s_hot_words VALUES(?,?,?)", table);
	if (r == 0)
		r = prepare(db, &h->put_data, "INSERT INTO %s_data VALUES(?,?,?)", table);
	if (r == 0)
		r = prepare(
			db, &last, "SELECT max_row FROM %s_block ORDER BY id DESC LIMIT 1", table);
	if (r == 0 && (code = sqlite3_step(last)) == SQLITE_ROW)
		h->next_row = sqlite3_column_int64(last, 0);
	h->next_row++;
	sqlite3_finalize(last);
	return r ? r : lsp_sqlite_errno(code);
}

void lsp_hot_blocks_release(struct lsp_hot_blocks *h)
{
	sqlite3_finalize(h->put_block);
	sqlite3_finalize(h->put_data);
	sqlite3_finalize(h->put_words);
	lsp_block_maker_release(&h->maker);
	lsp_buf_release(&h->tids);
	free(h->ended);
	*h = (struct lsp_hot_blocks){ .next_row = 0 };
}

static int step_once(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : lsp_sqlite_errno(code);
}

/* Without memory the words are left out, and made again when they are asked for. */
static void keep_words(
	struct lsp_hot_blocks *h, uint32_t first, const uint8_t bits[LSP_WORDS_BYTES])
{
	struct lsp_hot_blocks_words *e;

	if (h->n_ended == h->cap_ended) {
		size_t cap = h->cap_ended ? h->cap_ended * 2 : 16;
		void *grown = reallocarray(h->ended, cap, sizeof(*h->ended));

		if (!grown)
			return;
		h->ended = grown;
		h->cap_ended = cap;
	}
	e = &h->ended[h->n_ended++];
	e->first = first;
	e->n = (uint32_t)h->maker.n;
	memcpy(e->bits, bits, sizeof(e->bits));
}

static void forget_rows(struct lsp_hot_blocks *h)
{
	lsp_block_maker_clear(&h->maker);
	lsp_buf_clear(&h->tids);
	memset(&h->words, 0, sizeof(h->words));
}

static int put_words(struct lsp_hot_blocks *h, int64_t first)
{
	uint8_t bits[LSP_WORDS_BYTES];

	lsp_words_pack(&h->words, bits);
	keep_words(h, (uint32_t)first, bits);
	if (h->maker.n < LSP_HOT_WORDS_ROWS_MIN)
		return 0;
	sqlite3_bind_int64(h->put_words, 1, first);
	sqlite3_bind_int64(h->put_words, 2, (sqlite3_int64)h->maker.n);
	sqlite3_bind_blob64(h->put_words, 3, bits, sizeof(bits), SQLITE_STATIC);
	return step_once(h->put_words);
}

static int put_block(struct lsp_hot_blocks *h)
{
	const struct lsp_block_maker *m = &h->maker;
	int64_t first = m->max_row - (int64_t)m->n + 1;
	int r;

	sqlite3_bind_int64(h->put_block, 1, first);
	sqlite3_bind_int64(h->put_block, 2, (sqlite3_int64)m->n);
	sqlite3_bind_int64(h->put_block, 3, m->max_row);
	sqlite3_bind_int64(h->put_block, 4, m->min_time);
	sqlite3_bind_int64(h->put_block, 5, m->max_time);
	sqlite3_bind_int64(h->put_block, 6, (sqlite3_int64)m->rows.len);
	sqlite3_bind_blob64(h->put_block, 7, h->tids.at, h->tids.len, SQLITE_STATIC);
	sqlite3_bind_int64(h->put_data, 1, first);
	sqlite3_bind_blob64(h->put_data, 2, m->rows.at, m->rows.len, SQLITE_STATIC);
	sqlite3_bind_blob64(h->put_data, 3, m->rest.at, m->rest.len, SQLITE_STATIC);
	r = step_once(h->put_block);
	r = r ? r : step_once(h->put_data);
	return r || h->kind != LSP_ROWS_LOG ? r : put_words(h, first);
}

int lsp_hot_blocks_end(struct lsp_hot_blocks *h)
{
	int r;

	if (h->maker.n == 0)
		return 0;
	r = lsp_block_maker_close(&h->maker);
	if (r == 0)
		r = put_block(h);
	forget_rows(h);
	return r;
}

void lsp_hot_blocks_commit(struct lsp_hot_blocks *h, struct lsp_hot_index *index)
{
	for (size_t i = 0; i < h->n_ended; i++)
		lsp_hot_index_add_words(index, h->ended[i].first, h->ended[i].n, h->ended[i].bits);
	h->n_ended = 0;
}

void lsp_hot_blocks_undo(struct lsp_hot_blocks *h, int64_t next_row)
{
	forget_rows(h);
	h->n_ended = 0;
	h->next_row = next_row;
}

static int add(struct lsp_hot_blocks *h, int64_t numbers[LSP_ROWS_NUMBERS], struct lsp_slice text,
	struct lsp_slice encoded)
{
	int r = lsp_block_maker_add(&h->maker, h->kind, numbers, text, encoded);

	if (r == 0)
		r = lsp_buf_add(&h->tids, &numbers[LSP_ROWS_TID_LO], sizeof(numbers[0]));
	h->next_row++;
	if (r == 0 && h->maker.rows.len + h->maker.rest.len >= HOT_BLOCK_BYTES)
		r = lsp_hot_blocks_end(h);
	return r;
}

int lsp_hot_blocks_add_span(
	struct lsp_hot_blocks *h, const struct lsp_span_row *row, int64_t origin)
{
	int64_t numbers[LSP_ROWS_NUMBERS] = { h->next_row, (int64_t)lsp_id_number(row->trace_id),
		(int64_t)lsp_id_number(row->trace_id + 8), (int64_t)lsp_id_number(row->span_id),
		(int64_t)lsp_id_number(row->parent_span_id), (int64_t)row->start_ns,
		(int64_t)row->end_ns, row->kind, row->status, row->intake, origin };

	return add(h, numbers, row->name, row->encoded);
}

int lsp_hot_blocks_add_log(struct lsp_hot_blocks *h, const struct lsp_log_row *row, int64_t origin)
{
	int64_t numbers[LSP_ROWS_NUMBERS] = { h->next_row, (int64_t)lsp_id_number(row->trace_id),
		(int64_t)lsp_id_number(row->trace_id + 8), (int64_t)lsp_id_number(row->span_id),
		(int64_t)row->time_ns, row->severity, row->intake, row->context_source, row->pid,
		row->tid, origin };

	lsp_words_add(&h->words, row->body.at, row->body.len);
	return add(h, numbers, row->body, row->encoded);
}
