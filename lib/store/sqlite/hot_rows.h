/* The rows of a hot partition by their numbers, in any order: what sealing reads. Several unpacked
 * blocks are kept, for rows of one trace lie in blocks that are near each other. */
#ifndef LSP_STORE_SQLITE_HOT_ROWS_H
#define LSP_STORE_SQLITE_HOT_ROWS_H

#include "block.h"

struct lsp_hot_rows {
	sqlite3 *db;
	enum lsp_rows_kind kind;
	sqlite3_stmt *get; /* one block, or one row of a plain table */
	uint32_t *ids; /* of all blocks, sorted; NULL: the file has plain tables */
	size_t n_ids;
	struct lsp_hot_rows_block *open;
	struct lsp_buf text;
};

/* Returns 0 or -errno; release it in either case. */
int lsp_hot_rows_init(struct lsp_hot_rows *h, enum lsp_rows_kind kind, sqlite3 *db);
void lsp_hot_rows_release(struct lsp_hot_rows *h);
/* ret: its text without escapes; rest is the encoding, as a whole or what no column holds; valid
 * until the next call. Returns 0, -EUCLEAN when there is no such row or it is damaged, -errno. */
int lsp_hot_rows_get(struct lsp_hot_rows *h, uint32_t row, struct lsp_block_row *ret);

#endif
