#include "hot_words.h"

#include "block.h"

#include <errno.h>
#include <stdlib.h>

#define SET_ROWS 256 /* of one set of bits, when they came a few at a time */

/* The bits of some log rows that follow each other. */
struct lsp_hot_words_set {
	uint32_t first, n;
	uint8_t bits[LSP_WORDS_BYTES];
};

void lsp_hot_words_release(struct lsp_hot_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->sets[i]);
	free(w->sets);
	*w = (struct lsp_hot_words){ .n = 0 };
}

size_t lsp_hot_words_bytes(const struct lsp_hot_words *w)
{
	return w->n * sizeof(**w->sets) + w->cap * sizeof(*w->sets);
}

/* The last set while it is small, else a new one; NULL without memory. */
static struct lsp_hot_words_set *set_for(struct lsp_hot_words *w, uint32_t first, uint32_t n)
{
	struct lsp_hot_words_set *s = w->n ? w->sets[w->n - 1] : NULL;

	if (s && s->n + n <= SET_ROWS)
		return s;
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		void *grown = reallocarray(w->sets, cap, sizeof(*w->sets));

		if (!grown)
			return NULL;
		w->sets = grown;
		w->cap = cap;
	}
	s = calloc(1, sizeof(*s));
	if (s) {
		s->first = first;
		w->sets[w->n++] = s;
	}
	return s;
}

void lsp_hot_words_add(
	struct lsp_hot_words *w, uint32_t first, uint32_t n, const uint8_t bits[LSP_WORDS_BYTES])
{
	struct lsp_hot_words_set *s = first == w->last_row + 1 ? set_for(w, first, n) : NULL;

	if (!s)
		return;
	for (size_t i = 0; i < LSP_WORDS_BYTES; i++)
		s->bits[i] |= bits[i];
	s->n += n;
	w->last_row += n;
}

int lsp_hot_words_find(const struct lsp_hot_words *w, const struct lsp_words_wanted *wanted,
	struct lsp_ranges *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n; i++) {
		const struct lsp_hot_words_set *s = w->sets[i];

		if (lsp_words_has(s->bits, wanted))
			r = lsp_ranges_add(ret, s->first, s->first + s->n - 1);
	}
	return r ? r : lsp_ranges_add(ret, w->last_row + 1, UINT32_MAX);
}

/* ---- from the file --------------------------------------------------------------------------- */

static struct lsp_slice slice_of(sqlite3_stmt *stmt, int column)
{
	const char *at = sqlite3_column_blob(stmt, column);

	return (struct lsp_slice){ at ? at : "", (size_t)sqlite3_column_bytes(stmt, column) };
}

/* The words of the texts of a block. */
static int look_at_texts(const struct lsp_block *b, uint8_t bits[LSP_WORDS_BYTES])
{
	struct lsp_block_row row;
	struct lsp_words_set set = { .bytes = { 0 } };
	struct lsp_buf text;
	int r = 0;

	lsp_buf_init(&text, LSP_BLOCK_BYTES_MAX);
	for (size_t i = 0; r == 0 && i < b->n; i++) {
		char *at;

		r = lsp_block_row(b, i, &row);
		at = r ? NULL : lsp_buf_reserve(&text, row.text.len + 1);
		if (at)
			lsp_words_add(&set, at, lsp_block_text(row.text, at));
		else
			r = r ? r : -ENOMEM;
	}
	lsp_words_pack(&set, bits);
	lsp_buf_release(&text);
	return r;
}

static int make_bits(sqlite3_stmt *data, int64_t id, uint8_t bits[LSP_WORDS_BYTES])
{
	struct lsp_block block;
	int code, r;

	sqlite3_bind_int64(data, 1, id);
	code = sqlite3_step(data);
	r = code != SQLITE_ROW
		    ? -EUCLEAN
		    : lsp_block_open(&block, slice_of(data, 0),
			      (size_t)sqlite3_column_int64(data, 1), (struct lsp_slice){ "", 0 });
	if (r == 0) {
		r = look_at_texts(&block, bits);
		lsp_block_release(&block);
	}
	sqlite3_reset(data);
	return r == 0 ? SQLITE_OK : r == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT_VTAB;
}

/* The statements of a fill. */
struct filling {
	struct lsp_hot_words *words;
	sqlite3_stmt *stored; /* words in the file; NULL: it has none, as before version 5 */
	sqlite3_stmt *blocks, *data;
};

/* The blocks between the last row that is known and another one. */
static int take_blocks(struct filling *f, int64_t before)
{
	int code = SQLITE_OK, step;

	sqlite3_bind_int64(f->blocks, 1, f->words->last_row);
	sqlite3_bind_int64(f->blocks, 2, before);
	while ((step = sqlite3_step(f->blocks)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(f->blocks, 0);
		uint8_t bits[LSP_WORDS_BYTES] = { 0 };

		code = make_bits(f->data, id, bits);
		if (code != SQLITE_OK)
			break;
		lsp_hot_words_add(
			f->words, (uint32_t)id, (uint32_t)sqlite3_column_int64(f->blocks, 1), bits);
	}
	sqlite3_reset(f->blocks);
	return code ? code : step == SQLITE_DONE ? SQLITE_OK : step;
}

static int take_stored(struct filling *f)
{
	int code = SQLITE_OK, step = SQLITE_DONE;

	if (f->stored)
		sqlite3_bind_int64(f->stored, 1, f->words->last_row);
	while (f->stored && code == SQLITE_OK && (step = sqlite3_step(f->stored)) == SQLITE_ROW) {
		uint32_t id = (uint32_t)sqlite3_column_int64(f->stored, 0);
		struct lsp_slice bits = slice_of(f->stored, 2);

		if (bits.len != LSP_WORDS_BYTES)
			return SQLITE_CORRUPT_VTAB;
		if (id != f->words->last_row + 1)
			code = take_blocks(f, id);
		if (code == SQLITE_OK)
			lsp_hot_words_add(f->words, id,
				(uint32_t)sqlite3_column_int64(f->stored, 1),
				(const uint8_t *)bits.at);
	}
	return code ? code : step == SQLITE_DONE ? SQLITE_OK : step;
}

static int prepare(struct filling *f, sqlite3 *db)
{
	int code = sqlite3_prepare_v2(db,
		"SELECT id, n, bits FROM main.log_hot_words WHERE id > ?1 ORDER BY id", -1,
		&f->stored, NULL);

	if (code == SQLITE_OK || code == SQLITE_ERROR)
		code = sqlite3_prepare_v2(db,
			"SELECT id, n FROM main.log_block WHERE id > ?1 AND id < ?2 ORDER BY id",
			-1, &f->blocks, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db,
			"SELECT d.rows, b.raw_bytes FROM main.log_block b JOIN main.log_data d "
			"ON d.id = b.id WHERE b.id = ?1",
			-1, &f->data, NULL);
	return code;
}

int lsp_hot_words_fill(struct lsp_hot_words *w, sqlite3 *db)
{
	struct filling f = { .words = w };
	int code = prepare(&f, db);

	if (code == SQLITE_OK)
		code = take_stored(&f);
	if (code == SQLITE_OK)
		code = take_blocks(&f, INT64_MAX);
	sqlite3_finalize(f.stored);
	sqlite3_finalize(f.blocks);
	sqlite3_finalize(f.data);
	return code;
}
