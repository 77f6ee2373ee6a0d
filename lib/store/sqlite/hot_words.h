/* The words of the log rows of a hot partition, in memory: LSP_WORDS_BYTES of bits for each few
 * hundred rows. Part of the hot index, whose lock guards it. */
#ifndef LSP_STORE_SQLITE_HOT_WORDS_H
#define LSP_STORE_SQLITE_HOT_WORDS_H

#include "ranges.h"
#include "words.h"

/* A block with fewer rows keeps no words in the file: they are made again from its texts. */
#define LSP_HOT_WORDS_ROWS_MIN 64

struct lsp_hot_words {
	struct lsp_hot_words_set **sets; /* in the order of rows, without gaps */
	size_t n, cap;
	uint32_t last_row; /* of those that are known */
};

void lsp_hot_words_release(struct lsp_hot_words *w);
size_t lsp_hot_words_bytes(const struct lsp_hot_words *w);
/* Takes the words of n rows. Those that do not follow the last one, or for which there is no
 * memory, are left out: a later fill finds them. */
void lsp_hot_words_add(
	struct lsp_hot_words *w, uint32_t first, uint32_t n, const uint8_t bits[LSP_WORDS_BYTES]);
/* Takes what the file has beyond the last row. Returns a code of SQLite. */
int lsp_hot_words_fill(struct lsp_hot_words *w, sqlite3 *db);
/* Appends the rows that may hold what is wanted, those that are not known among them. Returns 0 or
 * -ENOMEM. */
int lsp_hot_words_find(const struct lsp_hot_words *w, const struct lsp_words_wanted *wanted,
	struct lsp_ranges *ret);

#endif
