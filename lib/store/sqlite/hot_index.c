#include "hot_index.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024
#define ROWS_FIRST  4096
#define FOLLOWS     0x80000000u /* in next[]: this row follows another of its trace */

struct slot {
	uint64_t tid_lo;
	uint32_t first, last; /* first 0: empty */
};

struct map {
	struct slot *slots;
	size_t n_slots, used;
	uint32_t *next; /* by row */
	size_t cap;
	uint32_t last_row;
};

struct lsp_hot_index {
	atomic_uint owners;
	pthread_mutex_t lock;
	struct map maps[LSP_ROWS_KINDS];
	struct lsp_hot_words words;
};

struct lsp_hot_index *lsp_hot_index_new(void)
{
	struct lsp_hot_index *x = calloc(1, sizeof(*x));

	if (x) {
		x->owners = 1;
		pthread_mutex_init(&x->lock, NULL);
	}
	return x;
}

struct lsp_hot_index *lsp_hot_index_ref(struct lsp_hot_index *x)
{
	x->owners++;
	return x;
}

struct lsp_hot_index *lsp_hot_index_free(struct lsp_hot_index *x)
{
	if (!x || --x->owners)
		return NULL;
	for (int i = 0; i < LSP_ROWS_KINDS; i++) {
		free(x->maps[i].slots);
		free(x->maps[i].next);
	}
	lsp_hot_words_release(&x->words);
	pthread_mutex_destroy(&x->lock);
	free(x);
	return NULL;
}

/* Ids are random, or were chosen by somebody: mix them. */
static struct slot *find(struct map *m, uint64_t tid_lo)
{
	uint64_t h = (tid_lo ^ tid_lo >> 32) * 0x9E3779B97F4A7C15ull;
	size_t i = (h >> 20) & (m->n_slots - 1);

	while (m->slots[i].first && m->slots[i].tid_lo != tid_lo)
		i = (i + 1) & (m->n_slots - 1);
	return &m->slots[i];
}

static int grow_slots(struct map *m)
{
	struct map bigger = { .n_slots = m->n_slots ? m->n_slots * 2 : SLOTS_FIRST };

	bigger.slots = calloc(bigger.n_slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_slots; i++)
		if (m->slots[i].first)
			*find(&bigger, m->slots[i].tid_lo) = m->slots[i];
	free(m->slots);
	m->slots = bigger.slots;
	m->n_slots = bigger.n_slots;
	return 0;
}

static int make_room(struct map *m)
{
	if (m->last_row + 1 >= m->cap) {
		size_t cap = m->cap ? m->cap * 2 : ROWS_FIRST;
		uint32_t *next = reallocarray(m->next, cap, sizeof(*next));

		if (!next)
			return -ENOMEM;
		m->next = next;
		m->cap = cap;
	}
	return m->used * 4 >= m->n_slots * 3 ? grow_slots(m) : 0;
}

static int add(struct map *m, uint32_t row, uint64_t tid_lo)
{
	struct slot *slot;

	if (row != m->last_row + 1 || row >= FOLLOWS)
		return 0;
	if (make_room(m))
		return -ENOMEM;
	m->last_row = row;
	m->next[row] = 0;
	if (tid_lo == 0)
		return 0;
	slot = find(m, tid_lo);
	if (slot->first) {
		m->next[slot->last] = (m->next[slot->last] & FOLLOWS) | row;
		m->next[row] = FOLLOWS;
	} else {
		slot->tid_lo = tid_lo;
		slot->first = row;
		m->used++;
	}
	slot->last = row;
	return 0;
}

static int add_all(struct map *m, uint32_t first, const uint64_t *tids, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add(m, first + (uint32_t)i, tids[i]);
	return r;
}

int lsp_hot_index_add(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t first,
	const uint64_t *tids, size_t n)
{
	int r;

	pthread_mutex_lock(&x->lock);
	r = add_all(&x->maps[kind], first, tids, n);
	pthread_mutex_unlock(&x->lock);
	return r;
}

/* ---- words ----------------------------------------------------------------------------------- */

void lsp_hot_index_add_words(
	struct lsp_hot_index *x, uint32_t first, uint32_t n, const uint8_t bits[LSP_WORDS_BYTES])
{
	pthread_mutex_lock(&x->lock);
	lsp_hot_words_add(&x->words, first, n, bits);
	pthread_mutex_unlock(&x->lock);
}

int lsp_hot_index_find_words(struct lsp_hot_index *x, sqlite3 *db,
	const struct lsp_words_wanted *wanted, struct lsp_ranges *ret)
{
	int code;

	pthread_mutex_lock(&x->lock);
	code = lsp_hot_words_fill(&x->words, db);
	if (code == SQLITE_OK && lsp_hot_words_find(&x->words, wanted, ret))
		code = SQLITE_NOMEM;
	pthread_mutex_unlock(&x->lock);
	return code;
}

/* ---- chains of rows -------------------------------------------------------------------------- */

uint32_t lsp_hot_index_first(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint64_t tid_lo)
{
	struct map *m = &x->maps[kind];
	uint32_t row;

	pthread_mutex_lock(&x->lock);
	row = m->n_slots && tid_lo ? find(m, tid_lo)->first : 0;
	pthread_mutex_unlock(&x->lock);
	return row;
}

uint32_t lsp_hot_index_next(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t row)
{
	struct map *m = &x->maps[kind];

	pthread_mutex_lock(&x->lock);
	row = row && row <= m->last_row ? m->next[row] & ~FOLLOWS : 0;
	pthread_mutex_unlock(&x->lock);
	return row;
}

bool lsp_hot_index_is_first(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t row)
{
	struct map *m = &x->maps[kind];
	bool first;

	pthread_mutex_lock(&x->lock);
	first = row && row <= m->last_row && !(m->next[row] & FOLLOWS);
	pthread_mutex_unlock(&x->lock);
	return first;
}

uint32_t lsp_hot_index_last_row(struct lsp_hot_index *x, enum lsp_rows_kind kind)
{
	uint32_t row;

	pthread_mutex_lock(&x->lock);
	row = x->maps[kind].last_row;
	pthread_mutex_unlock(&x->lock);
	return row;
}

size_t lsp_hot_index_bytes(struct lsp_hot_index *x)
{
	size_t bytes;

	pthread_mutex_lock(&x->lock);
	bytes = sizeof(*x) + lsp_hot_words_bytes(&x->words);
	for (int i = 0; i < LSP_ROWS_KINDS; i++)
		bytes += x->maps[i].n_slots * sizeof(struct slot) +
			 x->maps[i].cap * sizeof(uint32_t);
	pthread_mutex_unlock(&x->lock);
	return bytes;
}

/* One row a row of a plain table, or a block of rows. */
static int take(struct map *m, sqlite3_stmt *stmt)
{
	uint32_t first = (uint32_t)sqlite3_column_int64(stmt, 0);
	const void *tids = sqlite3_column_blob(stmt, 1);
	size_t n = (size_t)sqlite3_column_bytes(stmt, 1) / sizeof(uint64_t);
	uint64_t tid;
	int r = 0;

	if (sqlite3_column_type(stmt, 1) == SQLITE_INTEGER)
		return add(m, first, (uint64_t)sqlite3_column_int64(stmt, 1));
	for (size_t i = 0; r == 0 && i < n; i++) {
		memcpy(&tid, (const char *)tids + i * sizeof(tid), sizeof(tid));
		r = add(m, first + (uint32_t)i, tid);
	}
	return r;
}

int lsp_hot_index_fill(struct lsp_hot_index *x, enum lsp_rows_kind kind, sqlite3 *db)
{
	const char *table = lsp_rows_layouts[kind].table;
	struct map *m = &x->maps[kind];
	sqlite3_stmt *stmt = NULL;
	char sql[256];
	int code;

	sqlite3_snprintf(sizeof(sql), sql,
		"SELECT id, tids FROM main.%s_block WHERE id > ?1 ORDER BY id", table);
	code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (code == SQLITE_ERROR) { /* a file of a version before 3 */
		sqlite3_snprintf(sizeof(sql), sql,
			"SELECT row, tid_lo FROM main.%s WHERE row > ?1 ORDER BY row", table);
		code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	}
	if (code != SQLITE_OK)
		return code;
	pthread_mutex_lock(&x->lock);
	sqlite3_bind_int64(stmt, 1, m->last_row);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
		if (take(m, stmt)) {
			code = SQLITE_NOMEM;
			break;
		}
	pthread_mutex_unlock(&x->lock);
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}
