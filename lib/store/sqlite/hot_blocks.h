/* Rows on their way into the hot partition: blocks as block.h has them, not compressed. One for
 * each kind of rows; the writer's alone. */
#ifndef LSP_STORE_SQLITE_HOT_BLOCKS_H
#define LSP_STORE_SQLITE_HOT_BLOCKS_H

#include "../../model/record.h"
#include "block.h"
#include "hot_index.h"

struct lsp_hot_blocks {
	enum lsp_rows_kind kind;
	sqlite3_stmt *put_block, *put_data, *put_words; /* the last one for log rows */
	struct lsp_block_maker maker;
	struct lsp_buf tids; /* of the rows in the maker */
	struct lsp_words_set words; /* of log rows in the maker */
	struct lsp_hot_blocks_words {
		uint32_t first, n;
		uint8_t bits[LSP_WORDS_BYTES];
	} *ended; /* of the blocks that ended in this transaction */
	size_t n_ended, cap_ended;
	int64_t next_row; /* of the partition: 1, 2, … */
};

/* Continues behind the rows of db. Returns 0 or -errno; release it in either case. */
int lsp_hot_blocks_init(struct lsp_hot_blocks *h, enum lsp_rows_kind kind, sqlite3 *db);
void lsp_hot_blocks_release(struct lsp_hot_blocks *h);

/* Within a transaction: add rows, then end. origin: its number in the file. Return 0 or -errno;
 * after a failure call undo. */
int lsp_hot_blocks_add_span(
	struct lsp_hot_blocks *h, const struct lsp_span_row *row, int64_t origin);
int lsp_hot_blocks_add_log(struct lsp_hot_blocks *h, const struct lsp_log_row *row, int64_t origin);
int lsp_hot_blocks_end(struct lsp_hot_blocks *h);
/* The transaction was committed: the index gets the words of its rows. */
void lsp_hot_blocks_commit(struct lsp_hot_blocks *h, struct lsp_hot_index *index);
/* The transaction was rolled back: the next row has this number again. */
void lsp_hot_blocks_undo(struct lsp_hot_blocks *h, int64_t next_row);

uint64_t lsp_id_number(const uint8_t id[8]); /* big endian */

#endif
