/* The spans of processes: begun by one record, ended by another or by the owner's death. */
#ifndef LSP_WIRE_RING_PROCESS_H
#define LSP_WIRE_RING_PROCESS_H

#include "ring_decode.h"

/* One ring has the spans of its owner and of forked children that could not have a ring. */
#define LSP_RING_PROCESSES_MAX 8

struct lsp_ring_process {
	struct lsp_ring_span *start; /* a copy with its name and attributes */
	uint32_t size;
	bool sent; /* in a batch; forgotten when that is acknowledged */
};

struct lsp_ring_processes {
	struct lsp_ring_process at[LSP_RING_PROCESSES_MAX];
	unsigned n;
	bool kept_sent; /* the one in the file's header was sent, too */
	uint64_t last_ns; /* time of the ring's last record */
};

void lsp_ring_processes_release(struct lsp_ring_processes *p);

/* A PROCESS_START. Returns 0, -EBADMSG, -ENOMEM, -ENOSPC when there are too many. */
int lsp_ring_processes_start(struct lsp_ring_processes *p, const struct lsp_ring_view *view);

/* Adds the span of the process that ends: found by its ids among those seen, or in the header of
 * the file. Returns 1; 0 when its start is not known or it was sent before; -EBADMSG, -ENOMEM. */
int lsp_ring_processes_end(struct lsp_ring_processes *p, const struct lsp_ring_file *f,
	const struct lsp_ring_view *view, struct lsp_batch *b, struct lsp_ring_scratch *s,
	uint32_t origin);

/* True when lsp_ring_processes_finish() has something to add. */
bool lsp_ring_processes_pending(struct lsp_ring_processes *p, const struct lsp_ring_file *f);

/* The owner is dead and its ring drained: adds the spans that are left. Returns how many, -ENOMEM.
 * */
int lsp_ring_processes_finish(struct lsp_ring_processes *p, const struct lsp_ring_file *f,
	struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin);

/* What was sent is in the store (true when the one of the header was sent), or will be read again.
 * */
bool lsp_ring_processes_ack(struct lsp_ring_processes *p);
void lsp_ring_processes_rewind(struct lsp_ring_processes *p);

#endif
