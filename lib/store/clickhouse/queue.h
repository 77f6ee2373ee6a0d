/* What was taken in and is not in the cluster yet, as files in DIR/clickhouse/.
 *
 * A segment NNNN.S holds rows (rows.h) in records with a length and a checksum; it is appended to,
 * then closed, then sent as one insert to one table after the other, and removed. NNNN is the
 * number of its first row; S the next table's. A closed segment never changes, so that an insert
 * that is tried again is the same insert. What a death in the middle of a write leaves at the end
 * of a segment is not read: nobody was told that it is kept. */
#ifndef LSP_STORE_CLICK_QUEUE_H
#define LSP_STORE_CLICK_QUEUE_H

#include "../../model/batch.h"
#include "../../model/buf.h"

#include <pthread.h>

#define LSP_CLICK_DIR_BYTES     3600
#define LSP_CLICK_SEGMENT_BYTES (16u * 1024 * 1024) /* then the next one begins */
#define LSP_CLICK_ROW_STEP      1024 /* row numbers: nanoseconds, the low bits a process's own */

struct lsp_click_queue {
	char dir[LSP_CLICK_DIR_BYTES];
	uint64_t max_bytes;
	int lock_fd;
	struct lsp_buf scratch; /* the writer's */
	uint64_t next_row;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	int fd; /* of the open segment, -1: none */
	uint64_t open_name, open_bytes, opened_ns;
	bool unsynced;
	bool sync_full; /* set after open: each batch is on the disk itself when put returns */
	uint64_t bytes, rows; /* of all segments; rows of this process's only */
	uint64_t set_aside;
	char set_aside_name[128];
	bool stopping;
};

/* Opens DIR, made when it is not there; one process at a time (-EBUSY). */
int lsp_click_queue_open(
	struct lsp_click_queue *q, const char *data_dir, uint64_t max_bytes, char why[512]);
void lsp_click_queue_close(struct lsp_click_queue *q);

/* All of the batch or nothing; survives the death of the process when it returns 0 (and a power cut
 * with sync_full). -EAGAIN: the
 * queue is full; -ENOSPC: the disk is; other -errno. From one thread at a time. */
int lsp_click_queue_put(struct lsp_click_queue *q, const struct lsp_batch *b);
/* Onto the disk itself; against a power cut. */
void lsp_click_queue_sync(struct lsp_click_queue *q);

/* A closed segment on its way out. */
struct lsp_click_segment {
	uint64_t name;
	unsigned stage;
	char *bytes; /* malloc'ed; the rows without the records around them */
	size_t len;
};
/* Waits up to a second for a segment, the oldest first: closes the open one after linger_ns.
 * Returns 1, 0 when there is none, -errno. */
int lsp_click_queue_next(
	struct lsp_click_queue *q, uint64_t linger_ns, struct lsp_click_segment *ret);
/* It is in one more table. */
void lsp_click_queue_advance(struct lsp_click_queue *q, struct lsp_click_segment *s);
/* It is in all tables. */
void lsp_click_queue_done(struct lsp_click_queue *q, struct lsp_click_segment *s);
/* The cluster will never take it for this table: a copy is kept in DIR/set-aside/. */
void lsp_click_queue_set_aside(
	struct lsp_click_queue *q, const struct lsp_click_segment *s, const char *why);

#endif
