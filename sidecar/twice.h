/* Lines that come by several ways, from the ring of the program, its file, syslog, the journal or a
 * log router, are kept once. Only lines with ids count: same trace, same span, same text without
 * the stamp and without the time, host and tag that a log daemon puts before it. The same line ten
 * times by one way is ten lines; the other ways' ten are then left out. A record that is sent again
 * (resent.h) is not counted again. */
#ifndef LSP_SIDECAR_TWICE_H
#define LSP_SIDECAR_TWICE_H

#include "resent.h"

struct lsp_twice;

/* Remembers the last LSP_TWICE_LINES lines or so. resent, which outlives it, knows what is sent
 * again; NULL: nothing is. NULL without memory. */
#define LSP_TWICE_LINES (1u << 18)
struct lsp_twice *lsp_twice_new(struct lsp_resent *resent);
struct lsp_twice *lsp_twice_free(struct lsp_twice *t);

/* Takes the log rows that came before by another way out of the batch, remembers the others. Any
 * thread. Call it once for a batch: what is offered again because the store failed, and has no uid,
 * may be doubled, never lost. NULL keeps all. */
void lsp_twice_drop(struct lsp_twice *t, struct lsp_batch *b);

/* Remembers the newest lines of the store, so that what came by one way before a restart is known
 * when it comes by another. Before intakes start. */
void lsp_twice_learn(struct lsp_twice *t, struct lsp_store *store);

#endif
