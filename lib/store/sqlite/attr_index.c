/* Making an index of attributes. */
#include "attr_index.h"

#include "../../model/buf.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKET_BITS  10
#define REST_BITS    (LSP_ATTR_INDEX_BITS - BUCKET_BITS)
#define BLOCK_BITS   (32 - REST_BITS)
#define BLOCKS_MAX   (1u << BLOCK_BITS)
#define ENTRIES_MAX  (8u << 20)
#define LIST_ENTRIES 2048 /* of one row of the table, about */
#define LIST_BYTES   (256u * 1024 * 1024)

_Static_assert(1 << BUCKET_BITS == LSP_ATTR_INDEX_BUCKETS, "buckets");

struct lsp_attr_index *lsp_attr_index_new(void)
{
	return calloc(1, sizeof(struct lsp_attr_index));
}

static void forget(struct lsp_attr_index *x)
{
	for (size_t i = 0; i < LSP_ATTR_INDEX_BUCKETS; i++) {
		free(x->buckets[i].at);
		x->buckets[i] = (struct lsp_attr_bucket){ .n = 0 };
	}
	x->n = 0;
}

struct lsp_attr_index *lsp_attr_index_free(struct lsp_attr_index *x)
{
	if (x)
		forget(x);
	free(x);
	return NULL;
}

static int put(struct lsp_attr_bucket *b, uint32_t entry)
{
	if (b->n == b->cap) {
		uint32_t cap = b->cap ? b->cap + b->cap / 2 : 16;
		void *grown = reallocarray(b->at, cap, sizeof(*b->at));

		if (!grown)
			return -ENOMEM;
		b->at = grown;
		b->cap = cap;
	}
	b->at[b->n++] = entry;
	return 0;
}

int lsp_attr_index_add(struct lsp_attr_index *x, uint32_t hash, int64_t block)
{
	uint32_t number = hash >> (32 - LSP_ATTR_INDEX_BITS);
	uint32_t *seen = &x->seen[number % (sizeof(x->seen) / sizeof(x->seen[0]))];

	if (x->too_large)
		return 0;
	if (block >= BLOCKS_MAX || x->n >= ENTRIES_MAX) {
		x->too_large = true;
		forget(x);
		return 0;
	}
	if (block != x->block)
		memset(x->seen, 0, sizeof(x->seen));
	x->block = block;
	if (*seen == number + 1)
		return 0;
	*seen = number + 1;
	x->n++;
	return put(&x->buckets[number >> REST_BITS],
		(number & ((1u << REST_BITS) - 1)) << BLOCK_BITS | (uint32_t)block);
}

/* ---- the table ------------------------------------------------------------------------------- */

static int compare(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* Sorts, and leaves out what is there twice. */
static void sort(struct lsp_attr_bucket *b)
{
	uint32_t n = 0;

	if (b->n)
		qsort(b->at, b->n, sizeof(*b->at), compare);
	for (uint32_t i = 0; i < b->n; i++)
		if (n == 0 || b->at[n - 1] != b->at[i])
			b->at[n++] = b->at[i];
	b->n = n;
}

static int put_varint(struct lsp_buf *out, uint32_t value)
{
	uint8_t bytes[5];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	return lsp_buf_add(out, bytes, n);
}

/* The numbers of one bucket; *last is the one before. */
static int put_bucket(
	struct lsp_buf *out, const struct lsp_attr_bucket *b, uint32_t high, uint32_t *last)
{
	int r = 0;

	for (uint32_t i = 0, n; r == 0 && i < b->n; i += n) {
		uint32_t rest = b->at[i] >> BLOCK_BITS, number = high << REST_BITS | rest,
			 block = 0;

		for (n = 1; i + n < b->n && b->at[i + n] >> BLOCK_BITS == rest;)
			n++;
		r = put_varint(out, (number - *last) * 2 + (n > 1));
		if (r == 0 && n > 1)
			r = put_varint(out, n);
		for (uint32_t k = i; r == 0 && k < i + n; k++) {
			uint32_t this_block = b->at[k] & (BLOCKS_MAX - 1);

			r = put_varint(out, this_block - block);
			block = this_block;
		}
		*last = number;
	}
	return r;
}

static int put_row(sqlite3_stmt *stmt, int64_t bucket, const void *at, size_t n)
{
	int code;

	sqlite3_bind_int64(stmt, 1, bucket);
	sqlite3_bind_blob64(stmt, 2, n ? at : "", n, SQLITE_STATIC);
	code = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* As many of the buckets that it was made in as fit, to one row. */
static int put_rows(const struct lsp_attr_index *x, sqlite3_stmt *stmt, unsigned bits)
{
	uint32_t each = LSP_ATTR_INDEX_BUCKETS >> bits;
	struct lsp_buf list;
	int code = SQLITE_OK;

	lsp_buf_init(&list, LIST_BYTES);
	for (uint32_t row = 0; code == SQLITE_OK && row < 1u << bits; row++) {
		uint32_t last = row << (LSP_ATTR_INDEX_BITS - bits);
		int r = 0;

		lsp_buf_clear(&list);
		for (uint32_t i = row * each; r == 0 && i < (row + 1) * each; i++)
			r = put_bucket(&list, &x->buckets[i], i, &last);
		if (r || list.len)
			code = r ? SQLITE_NOMEM : put_row(stmt, row, list.at, list.len);
	}
	lsp_buf_release(&list);
	return code;
}

int lsp_attr_index_store(struct lsp_attr_index *x, sqlite3 *db, enum lsp_rows_kind kind)
{
	sqlite3_stmt *stmt = NULL;
	uint8_t bits = 0;
	char sql[64];
	int code;

	if (x->too_large)
		return SQLITE_OK;
	for (size_t i = 0; i < LSP_ATTR_INDEX_BUCKETS; i++)
		sort(&x->buckets[i]);
	while (bits < BUCKET_BITS && x->n >> bits > LIST_ENTRIES)
		bits++;
	sqlite3_snprintf(sizeof(sql), sql, "INSERT INTO %s_attrs VALUES(?, ?)",
		lsp_rows_layouts[kind].table);
	code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = put_row(stmt, -1, &bits, sizeof(bits));
	if (code == SQLITE_OK)
		code = put_rows(x, stmt, bits);
	sqlite3_finalize(stmt);
	return code;
}
