/* The thread that reads the rings of the spool: what it finds goes to the writer, and is given back
 * to the rings' owners only when it is durable. */
#ifndef LSP_SIDECAR_INTAKE_RING_H
#define LSP_SIDECAR_INTAKE_RING_H

#include "twice.h"
#include "writer.h"
#include "../lib/wire/ring_reader.h"

struct lsp_ring_intake;

/* Opens the spool and starts the thread. Records that the store has already, of a time before a
 * kill -9, are not stored again. One reader a spool: -EBUSY when another one has it.
 * Returns 0 or -errno. */
int lsp_ring_intake_new(struct lsp_ring_intake **ret, const char *dir, struct lsp_store *store,
	struct lsp_writer *writer, struct lsp_twice *twice, struct lsp_serve_counters *counters);

/* Reads what is there once more, then ends the thread. The writer must still run. NULL is fine;
 * returns NULL. */
struct lsp_ring_intake *lsp_ring_intake_free(struct lsp_ring_intake *r);

/* The reader's numbers as of its last round. Any thread. */
void lsp_ring_intake_get_stats(struct lsp_ring_intake *r, struct lsp_ring_reader_stats *ret);

#endif
