/* Numbers in pieces, each from its first to its last: which rows or blocks are meant. */
#ifndef LSP_STORE_SQLITE_RANGES_H
#define LSP_STORE_SQLITE_RANGES_H

#include <stddef.h>
#include <stdint.h>

struct lsp_ranges {
	struct lsp_range {
		uint32_t first, last; /* inclusive */
	} *at; /* in order; they do not touch */
	size_t n, cap;
};

void lsp_ranges_release(struct lsp_ranges *r);
/* Adds one behind all others. Returns 0 or -ENOMEM. */
int lsp_ranges_add(struct lsp_ranges *r, uint32_t first, uint32_t last);
/* Of a row of n bits, bit 0 for number 1. Returns 0 or -ENOMEM. */
int lsp_ranges_add_bits(struct lsp_ranges *r, const uint8_t *bits, size_t n);

#endif
