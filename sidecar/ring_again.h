/* What rings give again after a kill -9: records that were stored, but not yet given back to their
 * ring. All of them are among the newest rows of the store. */
#ifndef LSP_SIDECAR_RING_AGAIN_H
#define LSP_SIDECAR_RING_AGAIN_H

#include "../lib/store/store.h"

struct lsp_ring_again;

/* Remembers the newest rows that came by rings. Before intakes start. NULL when there are none, or
 * no memory: nothing is dropped then. */
struct lsp_ring_again *lsp_ring_again_new(struct lsp_store *store);
struct lsp_ring_again *lsp_ring_again_free(struct lsp_ring_again *a); /* NULL is fine */
/* Takes rows out of a batch from rings that are stored already, each once. NULL keeps all. */
void lsp_ring_again_drop(struct lsp_ring_again *a, struct lsp_batch *b);

#endif
