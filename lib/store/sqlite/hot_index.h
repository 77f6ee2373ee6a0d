/* Which rows of a hot partition belong to a trace: in memory, so that taking rows in costs no
 * B-tree on random keys. Fed by the writer after each commit; a process that only reads fills it
 * from the file. Rows are numbered 1, 2, … per table.
 *
 * Every function may be called from any thread. */
#ifndef LSP_STORE_SQLITE_HOT_INDEX_H
#define LSP_STORE_SQLITE_HOT_INDEX_H

#include "hot_words.h"
#include "rows.h"

#include <stddef.h>

struct lsp_hot_index;

struct lsp_hot_index *lsp_hot_index_new(void); /* NULL without memory */
/* One more owner; each calls free. */
struct lsp_hot_index *lsp_hot_index_ref(struct lsp_hot_index *x);
struct lsp_hot_index *lsp_hot_index_free(struct lsp_hot_index *x); /* NULL is fine */

/* The rows of a trace follow each other; 0 (and row 0: none) when there is none. */
uint32_t lsp_hot_index_first(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint64_t tid_lo);
uint32_t lsp_hot_index_next(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t row);
/* Whether a row is the first of its trace, or has no trace: the start of a chain. */
bool lsp_hot_index_is_first(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t row);
uint32_t lsp_hot_index_last_row(struct lsp_hot_index *x, enum lsp_rows_kind kind);
size_t lsp_hot_index_bytes(struct lsp_hot_index *x);

/* Takes n rows from first on, with the low halves of their trace ids (0: of no trace). Rows that
 * are there are left out; when rows before them are missing, all are (a later fill finds them).
 * Returns 0 or -ENOMEM. */
int lsp_hot_index_add(struct lsp_hot_index *x, enum lsp_rows_kind kind, uint32_t first,
	const uint64_t *tids, size_t n);
/* Takes the words of n log rows from first on; those that do not follow the last one are left out.
 */
void lsp_hot_index_add_words(
	struct lsp_hot_index *x, uint32_t first, uint32_t n, const uint8_t bits[LSP_WORDS_BYTES]);
/* Appends the log rows of the file that may hold what is wanted, and perhaps some behind its end.
 * Returns a code of SQLite. */
int lsp_hot_index_find_words(struct lsp_hot_index *x, sqlite3 *db,
	const struct lsp_words_wanted *wanted, struct lsp_ranges *ret);
/* Takes what the file has beyond the last row. Returns a code of SQLite. */
int lsp_hot_index_fill(struct lsp_hot_index *x, enum lsp_rows_kind kind, sqlite3 *db);

#endif
