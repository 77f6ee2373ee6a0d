#include "words.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Lower case; 0 for what ends a run: blanks, and the NUL that no question has. */
static const unsigned char folded[256] = {
#define F(c)   ((c) >= 'A' && (c) <= 'Z' ? (c) + 32 : (c) == ' ' || (c) == '\t' ? 0 : (c))
#define F4(c)  F(c), F((c) + 1), F((c) + 2), F((c) + 3)
#define F16(c) F4(c), F4((c) + 4), F4((c) + 8), F4((c) + 12)
#define F64(c) F16(c), F16((c) + 16), F16((c) + 32), F16((c) + 48)
	F64(0), F64(64), F64(128), F64(192)
};

static inline uint32_t fold(unsigned char c)
{
	return folded[c];
}

static inline bool has_zero_byte(uint32_t run)
{
	return (run - 0x01010101u) & ~run & 0x80808080u;
}

/* Calls put with both bits of each run. */
static inline __attribute__((always_inline)) void each_run(
	const char *text, size_t n, void (*put)(void *arg, uint32_t bit), void *arg)
{
	uint32_t run = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t h;

		run = run << 8 | fold((unsigned char)text[i]);
		if (has_zero_byte(run))
			continue;
		h = run * 0x9E3779B97F4A7C15ull;
		put(arg, (uint32_t)(h >> 51));
		put(arg, (uint32_t)(h >> 32) & (LSP_WORDS_SLICES - 1));
	}
}

static void set_byte(void *arg, uint32_t bit)
{
	((uint8_t *)arg)[bit] = 1;
}

void lsp_words_add(struct lsp_words_set *set, const char *text, size_t n)
{
	each_run(text, n, set_byte, set->bytes);
}

void lsp_words_pack(struct lsp_words_set *set, uint8_t bits[LSP_WORDS_BYTES])
{
	for (size_t i = 0; i < LSP_WORDS_BYTES; i++) {
		uint64_t eight;

		/* The product's highest byte gets the bit of the first as its lowest, and so on. */
		memcpy(&eight, set->bytes + i * 8, sizeof(eight));
		bits[i] = (uint8_t)(le64toh(eight) * 0x0102040810204080u >> 56);
	}
	memset(set->bytes, 0, sizeof(set->bytes));
}

int lsp_words_store(sqlite3 *db, const uint8_t *bits, size_t n)
{
	size_t bytes = (n + 7) / 8;
	uint8_t *slice = malloc(bytes ? bytes : 1);
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(
		db, "INSERT INTO log_words(slice, bits) VALUES(?, ?)", -1, &stmt, NULL);

	if (!slice)
		code = SQLITE_NOMEM;
	for (size_t i = 0; code == SQLITE_OK && i < LSP_WORDS_SLICES; i++) {
		bool any = false;

		memset(slice, 0, bytes);
		for (size_t block = 0; block < n; block++)
			if (bits[block * LSP_WORDS_BYTES + i / 8] >> i % 8 & 1) {
				slice[block / 8] |= (uint8_t)(1u << block % 8);
				any = true;
			}
		if (!any)
			continue;
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)i);
		sqlite3_bind_blob64(stmt, 2, slice, bytes, SQLITE_STATIC);
		code = sqlite3_step(stmt);
		sqlite3_reset(stmt);
		code = code == SQLITE_DONE ? SQLITE_OK : code;
	}
	sqlite3_finalize(stmt);
	free(slice);
	return code;
}

static void want_bit(void *arg, uint32_t bit)
{
	struct lsp_words_wanted *w = arg;

	if (w->n < sizeof(w->bits) / sizeof(w->bits[0]))
		w->bits[w->n++] = bit;
}

void lsp_words_want(struct lsp_words_wanted *ret, const char *text)
{
	ret->n = 0;
	each_run(text, strlen(text), want_bit, ret);
}

bool lsp_words_has(const uint8_t bits[LSP_WORDS_BYTES], const struct lsp_words_wanted *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!(bits[w->bits[i] / 8] >> w->bits[i] % 8 & 1))
			return false;
	return true;
}

/* A slice that is not there is all zeros. */
static int and_slice(sqlite3_stmt *stmt, uint32_t slice, uint8_t *bits, size_t bytes)
{
	int code;
	size_t n = 0;

	sqlite3_bind_int64(stmt, 1, slice);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		const uint8_t *stored = sqlite3_column_blob(stmt, 0);

		n = stored ? (size_t)sqlite3_column_bytes(stmt, 0) : 0;
		n = n < bytes ? n : bytes;
		for (size_t i = 0; i < n; i++)
			bits[i] &= stored[i];
	}
	memset(bits + n, 0, bytes - n);
	sqlite3_reset(stmt);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool has_any(const uint8_t *bits, size_t bytes)
{
	size_t i = 0;

	while (i < bytes && bits[i] == 0)
		i++;
	return i < bytes;
}

static int count_blocks(sqlite3 *db, size_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, "SELECT max(id) FROM log_block", -1, &stmt, NULL);

	if (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		*ret = (size_t)sqlite3_column_int64(stmt, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return code;
}

int lsp_words_find(sqlite3 *db, const char *text, uint8_t **ret, size_t *ret_n)
{
	struct lsp_words_wanted w;
	sqlite3_stmt *stmt = NULL;
	uint8_t *bits = NULL;
	size_t blocks = 0, bytes;
	int code = SQLITE_OK;

	*ret = NULL;
	lsp_words_want(&w, text);
	if (w.n)
		code = count_blocks(db, &blocks);
	if (w.n == 0 || code != SQLITE_OK)
		return code;
	bytes = (blocks + 7) / 8;
	bits = malloc(bytes + 1);
	if (!bits)
		return SQLITE_NOMEM;
	memset(bits, 0xff, bytes);
	code = sqlite3_prepare_v2(
		db, "SELECT bits FROM log_words WHERE slice = ?", -1, &stmt, NULL);
	for (size_t i = 0; code == SQLITE_OK && i < w.n && has_any(bits, bytes); i++)
		code = and_slice(stmt, w.bits[i], bits, bytes);
	sqlite3_finalize(stmt);
	if (code != SQLITE_OK) {
		free(bits);
		return code;
	}
	*ret = bits;
	*ret_n = blocks;
	return SQLITE_OK;
}

/* ---- a text itself --------------------------------------------------------------------------- */

static bool is_at(const char *word, size_t n, const char *text)
{
	for (size_t i = 1; i < n; i++)
		if (fold((unsigned char)word[i]) != fold((unsigned char)text[i]))
			return false;
	return true;
}

static bool has_word(const char *word, size_t n, const char *text, size_t size)
{
	uint32_t first = fold((unsigned char)word[0]);

	for (size_t i = 0; i + n <= size; i++)
		if (fold((unsigned char)text[i]) == first && is_at(word, n, text + i))
			return true;
	return false;
}

static bool is_escaped(const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)word[i] < 0x20 || word[i] == '"' || word[i] == '\\')
			return true;
	return false;
}

bool lsp_words_may_be_in(const char *words, const char *text, size_t n)
{
	while (*words) {
		size_t size = strcspn(words, " \t");

		if (size && !is_escaped(words, size) && !has_word(words, size, text, n))
			return false;
		words += size + (words[size] ? 1 : 0);
	}
	return true;
}
