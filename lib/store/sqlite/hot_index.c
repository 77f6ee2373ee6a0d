#include "hot_index.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024
#define WORDS_ROWS  256 /* of one set of bits, when they came one by one */
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

/* The bits of some log rows that follow each other. */
struct words {
	uint32_t first, n;
	uint8_t bits[LSP_WORDS_BYTES];
};

struct lsp_hot_index {
	atomic_uint owners;
	pthread_mutex_t lock;
	struct map maps[LSP_ROWS_KINDS];
	struct words **words; /* in the order of rows */
	size_t n_words, cap_words;
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
	for (size_t i = 0; i < x->n_words; i++)
		free(x->words[i]);
	free(x->words);
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

/* A set for rows from first on: the last one while it is small, else a new one; NULL without
 * memory. */
static struct words *words_for(struct lsp_hot_index *x, uint32_t first, uint32_t n)
{
	struct words *w = x->n_words ? x->words[x->n_words - 1] : NULL;

	if (w && w->first + w->n == first && w->n + n <= WORDS_ROWS)
		return w;
	if (x->n_words == x->cap_words) {
		size_t cap = x->cap_words ? x->cap_words * 2 : 64;
		void *grown = reallocarray(x->words, cap, sizeof(*x->words));

		if (!grown)
			return NULL;
		x->words = grown;
		x->cap_words = cap;
	}
	w = calloc(1, sizeof(*w));
	if (w) {
		w->first = first;
		x->words[x->n_words++] = w;
	}
	return w;
}

void lsp_hot_index_add_words(
	struct lsp_hot_index *x, uint32_t first, uint32_t n, const uint8_t bits[LSP_WORDS_BYTES])
{
	struct words *w;

	pthread_mutex_lock(&x->lock);
	w = words_for(x, first, n);
	for (size_t i = 0; w && i < LSP_WORDS_BYTES; i++)
		w->bits[i] |= bits[i];
	if (w)
		w->n += n;
	pthread_mutex_unlock(&x->lock);
}

/* The set that a row is in, or the first behind it. */
static size_t find_words(const struct lsp_hot_index *x, uint32_t row)
{
	size_t low = 0, high = x->n_words;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (x->words[middle]->first + x->words[middle]->n <= row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool may_hold(
	const struct lsp_hot_index *x, uint32_t first, uint32_t n, const struct lsp_words_wanted *w)
{
	uint32_t row = first;

	for (size_t i = find_words(x, first); row < first + n; i++) {
		if (i == x->n_words || x->words[i]->first > row ||
			lsp_words_has(x->words[i]->bits, w))
			return true;
		row = x->words[i]->first + x->words[i]->n;
	}
	return false;
}

bool lsp_hot_index_may_hold(
	struct lsp_hot_index *x, uint32_t first, uint32_t n, const struct lsp_words_wanted *w)
{
	bool may = true;

	if (w->n == 0)
		return true;
	pthread_mutex_lock(&x->lock);
	may = may_hold(x, first, n, w);
	pthread_mutex_unlock(&x->lock);
	return may;
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
	size_t bytes = sizeof(*x);

	pthread_mutex_lock(&x->lock);
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
