/* Which blocks of a sealed partition hold rows with an attribute: for each pair of key and value,
 * as a number of LSP_ATTR_INDEX_BITS bits (lib/wire/otlp_attr_hash.h), the blocks. Two pairs may
 * have one number: rows are looked at in any case.
 *
 * Table span_attrs, log_attrs: row -1 has in its list one byte, how many of a number's high bits
 * make its bucket; row B the numbers of bucket B in order, each as a varint of twice the distance
 * from the one before (of the first: from the bucket's least), plus 1 when it is in several blocks,
 * then a varint how many those are; then a varint for each block, the distance from the one before.
 */
#ifndef LSP_STORE_SQLITE_ATTR_INDEX_H
#define LSP_STORE_SQLITE_ATTR_INDEX_H

#include "../../model/attrs.h"
#include "rows.h"

#include <stddef.h>

#define LSP_ATTR_INDEX_BITS    27
#define LSP_ATTR_INDEX_BUCKETS 1024 /* while it is made */

struct lsp_attr_index {
	struct lsp_attr_bucket {
		uint32_t *at; /* the rest of the number, then the block */
		uint32_t n, cap;
	} buckets[LSP_ATTR_INDEX_BUCKETS];
	size_t n;
	bool too_large; /* it is given up: such a partition is searched row by row */
	uint32_t seen[8192]; /* numbers of this block that are there already, some of them */
	int64_t block;
};

/* About 45 KB: not for the stack. */
struct lsp_attr_index *lsp_attr_index_new(void); /* NULL without memory */
struct lsp_attr_index *lsp_attr_index_free(struct lsp_attr_index *x);
/* Blocks come in order: 1, 2, … Returns 0 or -ENOMEM. */
int lsp_attr_index_add(struct lsp_attr_index *x, uint32_t hash, int64_t block);
/* Sorts, and writes it. Returns a code of SQLite. */
int lsp_attr_index_store(struct lsp_attr_index *x, sqlite3 *db, enum lsp_rows_kind kind);

/* Finds the blocks that may hold a row with all attributes. *ret is NULL when any may (the file has
 * no index), else malloc'ed, a row of bits, block 1 first, of *ret_n blocks. Returns a code of
 * SQLite. */
int lsp_attr_index_find(sqlite3 *db, enum lsp_rows_kind kind, const struct lsp_attrs *wanted,
	uint8_t **ret, size_t *ret_n);

#endif
