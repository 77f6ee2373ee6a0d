/* The attributes that a question is about, as far as a block of rows alone can tell: not those that
 * a resource of the partition has. False is certain; rows are looked at with their resource
 * afterwards. */
#ifndef LSP_STORE_SQLITE_ATTR_FILTER_H
#define LSP_STORE_SQLITE_ATTR_FILTER_H

#include "../../model/attrs.h"
#include "rows.h"

struct lsp_attr_filter {
	enum lsp_rows_kind kind;
	struct lsp_attrs own;
};

/* Returns a code of SQLite. */
int lsp_attr_filter_init(struct lsp_attr_filter *f, sqlite3 *db, enum lsp_rows_kind kind,
	const struct lsp_attrs *wanted);
/* rest: the encodings of all rows of a block. */
bool lsp_attr_filter_block(const struct lsp_attr_filter *f, struct lsp_slice rest);
/* rest: the encoding of one row. */
bool lsp_attr_filter_row(const struct lsp_attr_filter *f,
	const int64_t numbers[LSP_ROWS_NUMBERS], struct lsp_slice rest);

#endif
