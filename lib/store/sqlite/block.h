/* Rows of a partition, some hundred together. Two pieces, compressed when it is sealed:
 *   rows  a JSON array, one row a line: [row,tid_hi,…,origin,"text"] (the first 12 columns of
 *         rows.h), deflated as sqlar_uncompress() of the stock sqlite3 takes it
 *   rest  of each row what no column holds (lib/wire/otlp_strip.h): 4 bytes of length, little
 *         endian, then the bytes; a zstd frame. A hot block's is plain: no length is as large as
 *         the number that a frame begins with */
#ifndef LSP_STORE_SQLITE_BLOCK_H
#define LSP_STORE_SQLITE_BLOCK_H

#include "../../model/buf.h"
#include "rows.h"

#define LSP_BLOCK_BYTES     (40u * 1024) /* a block is closed beyond this */
#define LSP_BLOCK_BYTES_MAX (256u * 1024 * 1024)

struct lsp_block_row {
	int64_t numbers[LSP_ROWS_NUMBERS];
	struct lsp_slice text, rest;
};

/* ---- making one ---- */

struct lsp_block_maker {
	struct lsp_buf rows, rest;
	size_t n;
	int64_t max_row, min_time, max_time;
};
void lsp_block_maker_init(struct lsp_block_maker *m);
void lsp_block_maker_release(struct lsp_block_maker *m);
void lsp_block_maker_clear(struct lsp_block_maker *m);
/* encoded is the canonical encoding, whole. Returns 0 or -errno. */
int lsp_block_maker_add(struct lsp_block_maker *m, enum lsp_rows_kind kind,
	const int64_t numbers[LSP_ROWS_NUMBERS], struct lsp_slice text, struct lsp_slice encoded);
/* Ends the block as a hot one: maker.rows and maker.rest are its pieces. Returns 0 or -errno. */
int lsp_block_maker_close(struct lsp_block_maker *m);
/* Ends the block; rows and rest get the compressed pieces appended, *ret_raw_bytes the size that
 * rows has unpacked. Returns 0 or -errno. */
int lsp_block_maker_finish(struct lsp_block_maker *m, struct lsp_buf *rows, struct lsp_buf *rest,
	size_t *ret_raw_bytes);

/* ---- reading one ---- */

struct lsp_block {
	struct lsp_buf rows;
	uint32_t *starts; /* of each row in rows */
	size_t n;
	struct lsp_buf packed_rest, rest; /* unpacked when first asked for */
	uint32_t *rest_starts;
};
/* Unpacks the rows, keeps a copy of the packed rest. Returns 0, -EUCLEAN when damaged, -ENOMEM. */
int lsp_block_open(
	struct lsp_block *b, struct lsp_slice rows, size_t raw_bytes, struct lsp_slice rest);
void lsp_block_release(struct lsp_block *b);
/* Reads row i < n. text is as it is in JSON, without the quotes: see lsp_block_text(); rest is
 * empty, see lsp_block_rest(). Returns 0 or -EUCLEAN. */
int lsp_block_row(const struct lsp_block *b, size_t i, struct lsp_block_row *ret);
/* Writes the text without escapes to out, which has room for text.len bytes. Returns its size. */
size_t lsp_block_text(struct lsp_slice text, char *out);
/* What no column holds of row i. Returns 0, -EUCLEAN, -ENOMEM. */
int lsp_block_rest(struct lsp_block *b, size_t i, struct lsp_slice *ret);

#endif
