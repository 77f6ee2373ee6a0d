#include "bloom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROBES 6

int lsp_bloom_init(struct lsp_bloom *b, size_t n)
{
	b->bytes = n * LSP_BLOOM_BITS_PER_KEY / 8 + 8;
	b->bits = calloc(1, b->bytes);
	return b->bits ? 0 : -ENOMEM;
}

int lsp_bloom_load(struct lsp_bloom *b, const void *bits, size_t bytes)
{
	void *copy = malloc(bytes ? bytes : 1);

	if (!copy)
		return -ENOMEM;
	if (bytes)
		memcpy(copy, bits, bytes);
	b->bits = copy;
	b->bytes = bytes;
	return 0;
}

void lsp_bloom_release(struct lsp_bloom *b)
{
	free(b->bits);
	*b = (struct lsp_bloom){ NULL, 0 };
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

void lsp_bloom_add(struct lsp_bloom *b, uint64_t key)
{
	uint64_t h = mix(key), step = mix(h) | 1;

	for (int i = 0; i < PROBES; i++, h += step) {
		uint64_t bit = h % (b->bytes * 8);

		b->bits[bit / 8] |= (uint8_t)(1u << bit % 8);
	}
}

bool lsp_bloom_maybe(const struct lsp_bloom *b, uint64_t key)
{
	uint64_t h = mix(key), step = mix(h) | 1;

	for (int i = 0; b->bytes && i < PROBES; i++, h += step) {
		uint64_t bit = h % (b->bytes * 8);

		if (!(b->bits[bit / 8] & 1u << bit % 8))
			return false;
	}
	return true;
}
