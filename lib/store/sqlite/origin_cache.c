#include "origin_cache.h"

static uint64_t mix(uint64_t h, struct lsp_slice s, uint64_t prime)
{
	h = (h ^ s.len) * prime;
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.at[i]) * prime;
	return h ^ h >> 29;
}

static void hash(const struct lsp_origin *o, uint64_t out[2])
{
	static const uint64_t primes[2] = { 0x100000001b3ull, 0x9E3779B97F4A7C15ull };

	for (int i = 0; i < 2; i++) {
		out[i] = mix(0xcbf29ce484222325ull + (uint64_t)i, o->service, primes[i]);
		out[i] = mix(out[i], o->resource, primes[i]);
		out[i] = mix(out[i], o->scope, primes[i]);
	}
}

void lsp_origin_cache_clear(struct lsp_origin_cache *c)
{
	memset(c, 0, sizeof(*c));
}

int64_t lsp_origin_cache_find(
	struct lsp_origin_cache *c, const struct lsp_origin *o, size_t *ret_slot)
{
	uint64_t h[2];
	size_t i;

	hash(o, h);
	for (i = h[0] % LSP_ORIGIN_CACHE_SLOTS; c->slots[i].id;
		i = (i + 1) % LSP_ORIGIN_CACHE_SLOTS)
		if (c->slots[i].hash[0] == h[0] && c->slots[i].hash[1] == h[1])
			return c->slots[i].id;
	*ret_slot = i;
	return 0;
}

void lsp_origin_cache_put(
	struct lsp_origin_cache *c, const struct lsp_origin *o, size_t slot, int64_t id)
{
	if (c->used >= LSP_ORIGIN_CACHE_SLOTS / 2) {
		lsp_origin_cache_clear(c);
		(void)lsp_origin_cache_find(c, o, &slot);
	}
	hash(o, c->slots[slot].hash);
	c->slots[slot].id = id;
	c->used++;
}
