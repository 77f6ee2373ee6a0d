/* What disk_queue*.c share. */
#ifndef LSP_STORE_DISK_QUEUE_PRIVATE_H
#define LSP_STORE_DISK_QUEUE_PRIVATE_H

#include "disk_queue.h"

#include <pthread.h>

#define LSP_QUEUE_MAGIC       "LSPQUEU1"
#define LSP_QUEUE_MAGIC_BYTES 8
#define LSP_QUEUE_PATH_BYTES  4096
#define LSP_QUEUE_TAKEN_MAX   1024 /* entries between two acknowledgements */
#define LSP_QUEUE_UNSYNCED    16

struct lsp_queue_head {
	uint32_t crc, len, kind, weight;
	uint64_t time_s;
};

struct lsp_queue_segment {
	uint64_t number;
	uint64_t bytes; /* committed, with the magic */
	uint64_t first_s, entries,
		weight[LSP_QUEUE_KINDS]; /* of entries that are not acknowledged */
};

struct lsp_queue_position {
	uint64_t segment, offset;
};

struct lsp_queue_taken {
	uint64_t segment;
	uint32_t kind, weight;
};

struct lsp_queue {
	char *dir;
	uint64_t max_bytes, segment_bytes;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	struct lsp_queue_segment *segments; /* oldest first; the last one is written */
	size_t n_segments, cap_segments;
	struct lsp_queue_position acked, at; /* at: the next entry */
	uint64_t dropped[LSP_QUEUE_KINDS], damaged;
	bool is_woken;
	bool is_dirty; /* committed since the last sync */
	int fd; /* of the last segment; changed by the appending thread */
	int unsynced[LSP_QUEUE_UNSYNCED]; /* segments that were left; to be synced and closed */
	size_t n_unsynced;
	/* The appending thread's. */
	uint64_t last_number, end; /* of the last segment, where what is committed ends */
	uint64_t pending_bytes;
	struct lsp_queue_segment pending; /* its sums only */
	/* The taking thread's. */
	int read_fd;
	uint64_t read_segment; /* that read_fd is of */
	struct lsp_queue_head head; /* that was looked at, */
	struct lsp_queue_position head_at; /* and where */
	int ack_fd;
	struct lsp_queue_taken taken[LSP_QUEUE_TAKEN_MAX];
	size_t n_taken;
};

/* ---- disk_queue_files.c ---------------------------------------------------------------------- */

void lsp_queue_segment_path(const struct lsp_queue *q, uint64_t number, char *ret, size_t cap);
/* A new last segment. Returns 0 or -errno. The caller holds no lock. */
int lsp_queue_begin_segment(struct lsp_queue *q);
/* The folder's segments and how far they were acknowledged. Returns 0 or -errno with why set. */
int lsp_queue_load(struct lsp_queue *q, char *why, size_t cap);
/* Writes q->acked down. Failures are no loss: entries come twice after a restart. */
void lsp_queue_note_acked(struct lsp_queue *q, const struct lsp_queue_position *acked);
uint32_t lsp_queue_crc(const struct lsp_queue_head *head, const void *bytes);

#endif
