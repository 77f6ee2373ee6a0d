/* Which blocks of rows may hold a text: for each block 8192 bits, of which each run of four bytes
 * of its texts sets two. In a sealed file they are stored across, one slice a bit over all blocks:
 * a question reads a few slices and not all. Letter case of ASCII is not told apart; blanks end a
 * run. */
#ifndef LSP_STORE_SQLITE_WORDS_H
#define LSP_STORE_SQLITE_WORDS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LSP_WORDS_SLICES 8192
#define LSP_WORDS_BYTES  (LSP_WORDS_SLICES / 8)

/* The bits that every word of a text sets. */
struct lsp_words_wanted {
	uint32_t bits[128]; /* more would add nothing */
	size_t n;
};
void lsp_words_want(struct lsp_words_wanted *ret, const char *text);
bool lsp_words_has(const uint8_t bits[LSP_WORDS_BYTES], const struct lsp_words_wanted *w);

/* Whether a text of a block may hold each of some words (separated by blanks), in any case of ASCII
 * letters; false is certain. The text has JSON's escapes: words with what would be escaped may. */
bool lsp_words_may_be_in(const char *words, const char *text, size_t n);

/* The bits of texts while they are gathered: a byte each, which is quicker to set. Zero: none. */
struct lsp_words_set {
	uint8_t bytes[LSP_WORDS_SLICES];
};
void lsp_words_add(struct lsp_words_set *set, const char *text, size_t n);
/* Writes them as bits, and clears the set. */
void lsp_words_pack(struct lsp_words_set *set, uint8_t bits[LSP_WORDS_BYTES]);
/* Stores the slices of n blocks, whose bits follow each other, into table log_words. Returns a code
 * of SQLite. */
int lsp_words_store(sqlite3 *db, const uint8_t *bits, size_t n);
/* Finds the blocks that may hold every word of the text. *ret is NULL when any may, else malloc'ed,
 * a row of bits, block 1 first, of *ret_n blocks. Returns a code of SQLite. */
int lsp_words_find(sqlite3 *db, const char *text, uint8_t **ret, size_t *ret_n);

#endif
