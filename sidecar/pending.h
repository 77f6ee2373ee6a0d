/* Exactly once over a kill -9, for an intake that can read its lines again (files, the journal):
 * what is on its way to the store is noted first; after a kill, lines that the store has are known
 * when they are read again.
 *
 *	lsp_pending_open(&p, path, store, LSP_INTAKE_FILE);
 *	for each batch:
 *		lsp_pending_drop_stored(&p, &batch);       // does nothing after a clean end
 *		lsp_pending_begin(&p, &batch, clock_ns);
 *		… the store took it, the place has moved …
 *		lsp_pending_done(&p);
 *	when all is read that was there at the start: lsp_pending_recovered(&p);
 *
 * One thread. */
#ifndef LSP_SIDECAR_PENDING_H
#define LSP_SIDECAR_PENDING_H

#include "../lib/store/store.h"

struct lsp_pending {
	struct lsp_store *store;
	uint8_t intake;
	int fd; /* of the note */
	/* Of the batch that a kill may have interrupted. */
	bool unclean;
	uint64_t clock_ns; /* what lines without a time of their own have got */
	uint64_t min_ns, max_ns; /* of its rows */
};

/* Reads the note at path, which is made when it is not there. Returns 0 or -errno. */
int lsp_pending_open(
	struct lsp_pending *p, const char *path, struct lsp_store *store, uint8_t intake);
void lsp_pending_close(struct lsp_pending *p);

/* After a kill, takes the rows out of the batch that the store has already: same time, process,
 * text and offset, by this intake. When the store cannot be read they stay. */
void lsp_pending_drop_stored(const struct lsp_pending *p, struct lsp_batch *b);
/* Notes that the batch is on its way. Returns 0 or -errno: then it may come twice after a kill. */
int lsp_pending_begin(struct lsp_pending *p, const struct lsp_batch *b, uint64_t clock_ns);
void lsp_pending_done(struct lsp_pending *p);
/* From here on nothing is read again. */
void lsp_pending_recovered(struct lsp_pending *p);

#endif
