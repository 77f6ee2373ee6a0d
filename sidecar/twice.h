/* Lines that come by two ways, from the ring of the program and from its file or its syslog, are
 * kept once. Only lines with ids count: same trace, same span, same text without the stamp. The
 * same line ten times by one way is ten lines; the other way's ten are then left out. */
#ifndef LSP_SIDECAR_TWICE_H
#define LSP_SIDECAR_TWICE_H

#include "../lib/model/batch.h"

struct lsp_twice;

/* Remembers the last LSP_TWICE_LINES lines or so. NULL without memory. */
#define LSP_TWICE_LINES (1u << 18)
struct lsp_twice *lsp_twice_new(void);
struct lsp_twice *lsp_twice_free(struct lsp_twice *t);

/* Takes the log rows that came before by another way out of the batch, remembers the others. Any
 * thread. Call it once for a batch: what is offered again because the store failed may be doubled,
 * never lost. NULL keeps all. */
void lsp_twice_drop(struct lsp_twice *t, struct lsp_batch *b);

#endif
