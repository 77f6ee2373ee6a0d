/* The one thread that writes to the store. Intakes queue batches; the thread takes all that wait,
 * writes them as one transaction and tells each waiter the result: many small requests share one
 * flush to disk. The queue is bounded by bytes. */
#ifndef LSP_SIDECAR_WRITER_H
#define LSP_SIDECAR_WRITER_H

#include "resent.h"
#include "serve_counters.h"
#include "../lib/store/store.h"

struct lsp_writer;

/* Called once per batch that was taken, by the writer's thread: 0 when the batch is durable, else
 * what lsp_store_write() said. The batch is gone already. Must not block. */
typedef void lsp_writer_done(void *arg, int result);

/* Somebody who gets all rows that are stored, too, in the writer's thread. */
struct lsp_writer_tee {
	/* Before they are stored; what it answers, if not 0, is the batch's fate. */
	int (*begin)(void *arg, const struct lsp_batch *b);
	/* After each begin: whether they were. */
	void (*end)(void *arg, bool is_stored);
	void *arg;
};

/* Starts the thread. It uses the store for writes and housekeeping until lsp_writer_free(). Returns
 * 0 or -errno. */
int lsp_writer_new(struct lsp_writer **ret, struct lsp_store *store, size_t max_bytes,
	struct lsp_serve_counters *counters);

/* Before the first batch. */
void lsp_writer_set_tee(struct lsp_writer *w, const struct lsp_writer_tee *tee);

/* Before the first batch: what keeps records that are sent again from being stored again. It
 * outlives the writer. */
void lsp_writer_set_resent(struct lsp_writer *w, struct lsp_resent *resent);

/* Writes all that is queued, ends the thread. NULL is fine; returns NULL. */
struct lsp_writer *lsp_writer_free(struct lsp_writer *w);

/* Queues a batch. Returns 0: the rows moved (b is empty) and done will be called; or, with b as it
 * was and no call: -EAGAIN when the queue is full, -ENOMEM. A batch larger than the whole queue is
 * taken when nothing else is there. Any thread. */
int lsp_writer_submit(struct lsp_writer *w, struct lsp_batch *b, lsp_writer_done *done, void *arg);

/* How the thread fares. */
struct lsp_writer_state {
	int error; /* what the store said of the last batch, or 0; forgotten after a minute */
	uint64_t silent_ms; /* since its last round began: a second or less if all is well */
	uint64_t oldest_ms; /* how long the oldest batch waits; 0: none */
};
/* Any thread. */
void lsp_writer_get_state(struct lsp_writer *w, struct lsp_writer_state *ret);

/* Bytes of the batches that are queued or being written. Any thread. */
size_t lsp_writer_queue_bytes(struct lsp_writer *w);

#endif
