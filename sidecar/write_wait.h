/* A batch to the store, and wait for it: for intakes whose place moves when lines are stored. */
#ifndef LSP_SIDECAR_WRITE_WAIT_H
#define LSP_SIDECAR_WRITE_WAIT_H

#include "writer.h"

/* Returns 0 when the batch is durable, else what lsp_writer_submit() or the store said. The rows
 * are gone unless the queue was full (-EAGAIN) or without memory. Not for the writer's thread. */
int lsp_write_wait(struct lsp_writer *w, struct lsp_batch *b);

#endif
