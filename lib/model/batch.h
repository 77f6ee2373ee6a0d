/* A batch of rows with the memory that they point into: made by one intake call, given to the store
 * as a whole, freed as a whole. */
#ifndef LSP_MODEL_BATCH_H
#define LSP_MODEL_BATCH_H

#include "record.h"

struct lsp_arena_block;

struct lsp_batch {
	struct lsp_origin *origins;
	size_t n_origins, cap_origins;
	struct lsp_span_row *spans;
	size_t n_spans, cap_spans;
	struct lsp_log_row *logs;
	size_t n_logs, cap_logs;
	struct lsp_arena_block *arena; /* newest block first */
	struct lsp_arena_block *spare; /* of an equal size */
	void *owned_body;              /* freed with the batch; see lsp_batch_own() */
	size_t bytes;                  /* of all that the batch holds, for bounded queues */
};

void lsp_batch_init(struct lsp_batch *b);
void lsp_batch_release(struct lsp_batch *b);
/* Empty again, most of the memory kept for what comes next. */
void lsp_batch_clear(struct lsp_batch *b);

/* Append an empty (zeroed) row. The pointer is valid until the next call of the same kind; NULL
 * without memory. */
struct lsp_origin *lsp_batch_add_origin(struct lsp_batch *b, uint32_t *ret_index);
struct lsp_span_row *lsp_batch_add_span(struct lsp_batch *b);
struct lsp_log_row *lsp_batch_add_log(struct lsp_batch *b);

/* Memory that lives as long as the batch; NULL without memory. */
void *lsp_batch_alloc(struct lsp_batch *b, size_t n);
/* Copies bytes into the batch. Returns 0 or -ENOMEM. */
int lsp_batch_copy(struct lsp_batch *b, struct lsp_slice from, struct lsp_slice *ret);
/* Hands a malloc'ed buffer (a request body that slices point into) over to the batch. Once only. */
void lsp_batch_own(struct lsp_batch *b, void *malloced, size_t n);

#endif
