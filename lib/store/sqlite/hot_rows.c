#include "hot_rows.h"

#include "sqlite_store.h"

#include <errno.h>
#include <stdlib.h>

#define OPEN_BLOCKS    64
#define TEXT_BYTES_MAX LSP_BLOCK_BYTES_MAX

struct lsp_hot_rows_block {
	uint32_t id; /* 0: empty */
	struct lsp_block block;
};

static int read_ids(struct lsp_hot_rows *h, sqlite3_stmt *stmt)
{
	size_t cap = 1024;
	int code;

	h->ids = malloc(cap * sizeof(*h->ids));
	if (!h->ids)
		return -ENOMEM;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (h->n_ids == cap) {
			uint32_t *grown = reallocarray(h->ids, cap *= 2, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			h->ids = grown;
		}
		h->ids[h->n_ids++] = (uint32_t)sqlite3_column_int64(stmt, 0);
	}
	return lsp_sqlite_errno(code);
}

static int prepare(sqlite3 *db, sqlite3_stmt **ret, const char *format, const char *table)
{
	char sql[512];

	sqlite3_snprintf(sizeof(sql), sql, format, table, table);
	return sqlite3_prepare_v2(db, sql, -1, ret, NULL);
}

static int init_plain(struct lsp_hot_rows *h)
{
	const struct lsp_rows_layout *l = &lsp_rows_layouts[h->kind];
	char sql[512];

	sqlite3_snprintf(
		sizeof(sql), sql, "SELECT %s FROM main.%s WHERE row = ?1", l->columns, l->table);
	return lsp_sqlite_errno(sqlite3_prepare_v2(h->db, sql, -1, &h->get, NULL));
}

int lsp_hot_rows_init(struct lsp_hot_rows *h, enum lsp_rows_kind kind, sqlite3 *db)
{
	const char *table = lsp_rows_layouts[kind].table;
	sqlite3_stmt *ids = NULL;
	int code, r;

	*h = (struct lsp_hot_rows){ .db = db, .kind = kind };
	lsp_buf_init(&h->text, TEXT_BYTES_MAX);
	code = prepare(db, &ids, "SELECT id FROM main.%s_block ORDER BY id", table);
	if (code == SQLITE_ERROR)
		return init_plain(h);
	r = lsp_sqlite_errno(code);
	if (r == 0)
		r = read_ids(h, ids);
	sqlite3_finalize(ids);
	if (r == 0)
		r = lsp_sqlite_errno(prepare(db, &h->get,
			"SELECT d.rows, b.raw_bytes, d.rest FROM main.%s_block b JOIN main.%s_data "
			"d ON d.id = b.id WHERE b.id = ?1",
			table));
	h->open = r ? NULL : calloc(OPEN_BLOCKS, sizeof(*h->open));
	return r ? r : h->open ? 0 : -ENOMEM;
}

void lsp_hot_rows_release(struct lsp_hot_rows *h)
{
	for (size_t i = 0; h->open && i < OPEN_BLOCKS; i++)
		if (h->open[i].id)
			lsp_block_release(&h->open[i].block);
	free(h->open);
	free(h->ids);
	lsp_buf_release(&h->text);
	sqlite3_finalize(h->get);
	*h = (struct lsp_hot_rows){ .db = NULL };
}

static struct lsp_slice bytes_of(sqlite3_stmt *stmt, int column)
{
	const char *at = sqlite3_column_blob(stmt, column);

	return (struct lsp_slice){ at ? at : "", (size_t)sqlite3_column_bytes(stmt, column) };
}

/* ---- plain tables ---------------------------------------------------------------------------- */

static int get_plain(struct lsp_hot_rows *h, uint32_t row, struct lsp_block_row *ret)
{
	int code;

	sqlite3_reset(h->get);
	sqlite3_bind_int64(h->get, 1, row);
	code = sqlite3_step(h->get);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -EUCLEAN : lsp_sqlite_errno(code);
	for (int i = 0; i < LSP_ROWS_NUMBERS; i++)
		ret->numbers[i] = sqlite3_column_int64(h->get, i);
	ret->text = bytes_of(h->get, LSP_ROWS_TEXT);
	ret->rest = bytes_of(h->get, LSP_ROWS_ENCODED);
	return 0;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static int load_block(struct lsp_hot_rows *h, uint32_t id, struct lsp_block *ret)
{
	int code, r;

	sqlite3_bind_int64(h->get, 1, id);
	code = sqlite3_step(h->get);
	if (code == SQLITE_ROW)
		r = lsp_block_open(ret, bytes_of(h->get, 0),
			(size_t)sqlite3_column_int64(h->get, 1), bytes_of(h->get, 2));
	else
		r = code == SQLITE_DONE ? -EUCLEAN : lsp_sqlite_errno(code);
	sqlite3_reset(h->get);
	return r;
}

/* The last block that begins at or before a row. */
static size_t find_block(const struct lsp_hot_rows *h, uint32_t row)
{
	size_t low = 0, high = h->n_ids;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (h->ids[middle] <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int get_block(struct lsp_hot_rows *h, uint32_t row, struct lsp_hot_rows_block **ret)
{
	size_t i = find_block(h, row);
	struct lsp_hot_rows_block *o = &h->open[i % OPEN_BLOCKS];
	int r = 0;

	if (h->n_ids == 0 || h->ids[i] > row)
		return -EUCLEAN;
	if (o->id != h->ids[i]) {
		if (o->id)
			lsp_block_release(&o->block);
		o->id = 0;
		r = load_block(h, h->ids[i], &o->block);
		o->id = r ? 0 : h->ids[i];
	}
	*ret = o;
	return r;
}

int lsp_hot_rows_get(struct lsp_hot_rows *h, uint32_t row, struct lsp_block_row *ret)
{
	struct lsp_hot_rows_block *o;
	char *text;
	int r;

	if (!h->ids)
		return get_plain(h, row, ret);
	r = get_block(h, row, &o);
	if (r || row - o->id >= o->block.n)
		return r ? r : -EUCLEAN;
	r = lsp_block_row(&o->block, row - o->id, ret);
	if (r)
		return r;
	lsp_buf_clear(&h->text);
	text = lsp_buf_reserve(&h->text, ret->text.len + 1);
	if (!text)
		return -ENOMEM;
	ret->text = (struct lsp_slice){ text, lsp_block_text(ret->text, text) };
	return lsp_block_rest(&o->block, row - o->id, &ret->rest);
}
