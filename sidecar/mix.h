/* A number for many bytes, for tables in memory: each of its bits depends on each byte. */
#ifndef LSP_SIDECAR_MIX_H
#define LSP_SIDECAR_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What h, the number of what came before, becomes with n bytes more. */
static inline uint64_t lsp_mix(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	for (; n > 0; n--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	/* The last bytes of a word are in the high bits only, up to here. */
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

#endif
