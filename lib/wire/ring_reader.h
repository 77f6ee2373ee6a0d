/* The reading end of the rings: one spool folder, all its files. Every byte in a ring is hostile:
 * the file's size, header, positions, sizes, offsets and texts are checked before use, and a ring
 * that lies is set aside (renamed to NAME.bad) without harm to the others. One reader a folder: two
 * would take records from each other. Not thread-safe. Layout: lib/core/ring_layout.h,
 * docs/ring.md. */
#ifndef LSP_WIRE_RING_READER_H
#define LSP_WIRE_RING_READER_H

#include "../model/batch.h"
#include "../model/buf.h"

struct lsp_ring_reader;

struct lsp_ring_reader_stats {
	uint64_t rings_open, records, bytes, bad_records, bad_rings, lost_records;
	uint64_t dropped_by_writers; /* sum of the rings' ring_dropped counters, closed ones too */
};

/* dir must exist. Returns 0 or -errno. */
int lsp_ring_reader_new(struct lsp_ring_reader **ret, const char *dir);
struct lsp_ring_reader *lsp_ring_reader_free(struct lsp_ring_reader *r);

/* Who names the frames of error records: see struct lsp_ring_scratch. Set before the first poll. */
void lsp_ring_reader_set_name_frames(struct lsp_ring_reader *r,
	int (*name_frames)(void *arg, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out),
	void *arg);

/* One round: looks for new files (by inotify, and by a full scan every few seconds), appends to the
 * batch what is committed, at most about max_bytes. Positions are NOT given back to the writers and
 * dead owners' files are not removed until lsp_ring_reader_ack(): what a crash of the
 * sidecar interrupts is read again. Rounds may follow each other without an ack between them, as
 * long as the rings have room.
 * Returns the number of records appended (0: nothing to do now), or -ENOMEM: then it is as after
 * lsp_ring_reader_rewind(), and the batch is to be released. */
int lsp_ring_reader_poll(struct lsp_ring_reader *r, struct lsp_batch *b, size_t max_bytes);

/* What was polled up to now is durable: moves the tails, unlinks drained rings of dead owners. */
void lsp_ring_reader_ack(struct lsp_ring_reader *r);

/* What was polled since the last ack could not be stored: the next polls return it again. */
void lsp_ring_reader_rewind(struct lsp_ring_reader *r);

/* How long to sleep before the next poll, in milliseconds: 0 while there is more, then longer and
 * longer, up to 50. */
unsigned lsp_ring_reader_pause_ms(const struct lsp_ring_reader *r);

void lsp_ring_reader_get_stats(const struct lsp_ring_reader *r, struct lsp_ring_reader_stats *ret);

#endif
