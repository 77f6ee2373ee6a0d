/* Which traces a sealed partition may hold: a Bloom filter that stays in memory. It says "no" for
 * sure, and "maybe" wrongly for about one id in 300. */
#ifndef LSP_STORE_SQLITE_BLOOM_H
#define LSP_STORE_SQLITE_BLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LSP_BLOOM_BITS_PER_KEY 12

struct lsp_bloom {
	uint8_t *bits;
	size_t bytes;
};

/* For up to n keys. Returns 0 or -ENOMEM. */
int lsp_bloom_init(struct lsp_bloom *b, size_t n);
/* Takes a copy of stored bits. Returns 0 or -ENOMEM. */
int lsp_bloom_load(struct lsp_bloom *b, const void *bits, size_t bytes);
void lsp_bloom_release(struct lsp_bloom *b);
void lsp_bloom_add(struct lsp_bloom *b, uint64_t key);
/* An empty filter says maybe. */
bool lsp_bloom_maybe(const struct lsp_bloom *b, uint64_t key);

#endif
