/* Which origin (service, resource, scope) has which number in the partition that is being written.
 * Keyed by a 128-bit hash; a lost entry only means a second row. */
#ifndef LSP_STORE_SQLITE_ORIGIN_CACHE_H
#define LSP_STORE_SQLITE_ORIGIN_CACHE_H

#include "../../model/record.h"

#define LSP_ORIGIN_CACHE_SLOTS 4096 /* a power of two; a full cache forgets all */

struct lsp_origin_cache {
	struct {
		uint64_t hash[2];
		int64_t id; /* 0: empty */
	} slots[LSP_ORIGIN_CACHE_SLOTS];
	size_t used;
};

void lsp_origin_cache_clear(struct lsp_origin_cache *c);
/* Returns the number, 0 when it is not known; *ret_slot is then where to put it. */
int64_t lsp_origin_cache_find(
	struct lsp_origin_cache *c, const struct lsp_origin *o, size_t *ret_slot);
void lsp_origin_cache_put(
	struct lsp_origin_cache *c, const struct lsp_origin *o, size_t slot, int64_t id);

#endif
