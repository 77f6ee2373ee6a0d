/* A queue on disk of opaque entries, first in, first out: for what must reach somebody who is not
 * always there. One thread appends, one takes.
 *
 * What was committed outlives a kill -9 at any moment; a power cut costs at most what came since
 * the last lsp_queue_sync(). What was taken but not acknowledged is taken again after a restart:
 * everything is handed out at least once, and in order. Over its ceiling the oldest entries are
 * dropped, and counted.
 *
 * A queue is a folder of its own:
 *	NNNNNNNNNNNNNNNN.q	segments, numbered in hex; gone when acknowledged or dropped
 *	acked			how far it was acknowledged
 * A segment is "LSPQUEU1", then entries: crc32 of what follows, length, kind, weight (32 bits
 * each), seconds since 1970 (64 bits), the bytes; numbers in the byte order of the machine. */
#ifndef LSP_STORE_DISK_QUEUE_H
#define LSP_STORE_DISK_QUEUE_H

#include "../model/buf.h"

#define LSP_QUEUE_KINDS     4
#define LSP_QUEUE_BYTES_MIN (16u << 20) /* the smallest ceiling that makes sense */
#define LSP_QUEUE_ENTRY_MAX (1u << 30)

struct lsp_queue;

struct lsp_queue_entry {
	uint32_t kind; /* below LSP_QUEUE_KINDS */
	uint32_t weight; /* what is counted when it is dropped: its rows */
	uint32_t len;
	uint64_t time_s; /* when it was appended, Unix time */
};

struct lsp_queue_stats {
	uint64_t bytes, entries; /* not acknowledged yet */
	uint64_t weight[LSP_QUEUE_KINDS];
	uint64_t dropped[LSP_QUEUE_KINDS]; /* weight, over the ceiling, since it was opened */
	uint64_t damaged; /* places in segments that made no sense, whose rest was left out */
	uint64_t oldest_s; /* when the first of them was appended; 0: none */
};

/* Opens the folder, which is made when its parent is there. Returns 0 or -errno with one line in
 * why (cap bytes). */
int lsp_queue_open(
	struct lsp_queue **ret, const char *dir, uint64_t max_bytes, char *why, size_t cap);
/* What was not committed is gone. NULL is fine; returns NULL. */
struct lsp_queue *lsp_queue_close(struct lsp_queue *q);

/* ---- the thread that appends ----------------------------------------------------------------- */

/* Writes an entry that nobody sees before lsp_queue_commit(). Returns 0 or -errno (-ENOSPC, …);
 * after a failure lsp_queue_rollback() is due. */
int lsp_queue_append(struct lsp_queue *q, uint32_t kind, uint32_t weight, struct lsp_slice bytes);
/* All that was appended since the last of these calls is there for good, or was never there. */
void lsp_queue_commit(struct lsp_queue *q);
void lsp_queue_rollback(struct lsp_queue *q);

/* ---- the thread that takes ------------------------------------------------------------------- */

/* Looks at the next entry. Returns 1, 0 when there is none, -errno when it cannot be read now. */
int lsp_queue_peek(struct lsp_queue *q, struct lsp_queue_entry *ret);
/* Appends the bytes of the entry that was looked at. Returns 0, -EBADMSG when they are damaged (the
 * queue stands behind them then), -ENOENT when it was dropped meanwhile, or -errno of the buffer or
 * the disk (it stands before them still). */
int lsp_queue_take(struct lsp_queue *q, struct lsp_buf *out);
/* All that was taken is done with. */
void lsp_queue_ack(struct lsp_queue *q);
/* All that was taken is to be taken again. */
void lsp_queue_rewind(struct lsp_queue *q);
/* Waits until there may be an entry, for at most so long, or until lsp_queue_wake(). */
void lsp_queue_wait(struct lsp_queue *q, unsigned ms);

/* ---- any thread ------------------------------------------------------------------------------ */

/* Ends a wait, this one or the next. */
void lsp_queue_wake(struct lsp_queue *q);
/* Makes what is committed durable against a power cut. One thread at a time. */
void lsp_queue_sync(struct lsp_queue *q);
void lsp_queue_get_stats(struct lsp_queue *q, struct lsp_queue_stats *ret);

#endif
