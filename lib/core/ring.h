/* The writing end of the ring. Layout and reasons: ring_layout.h, docs/ring.md.
 *
 * Any number of threads and signal handlers may put records at once: one compare-and-swap reserves,
 * one release store commits, nobody waits for anybody. When the ring is full a record is dropped
 * and counted. (A plain atomic add cannot be taken back when the ring turns out to be full, so the
 * reservation is a compare-and-swap: a lost round means that another producer got its record in.)
 *
 * core: libc only; no malloc, no lock; put and commit are async-signal-safe. */
#ifndef LSP_CORE_RING_H
#define LSP_CORE_RING_H

#include "ring_layout.h"
#include <stddef.h>
#include <sys/types.h>

/* A ring, or none: all calls accept a ring without a mapping and count into `spare`. */
struct lsp_ring {
	struct lsp_ring_header *map; /* NULL: no ring; nothing is recorded */
	struct lsp_counters *counters; /* never NULL after init or open */
	struct lsp_counters spare;
	uint64_t map_bytes;
	uint32_t pid; /* stored into records */
};

struct lsp_ring_identity {
	const char *service; /* cut to fit */
	const char *program;
	const char *writer;
};

/* Makes r a ring that records nothing. */
void lsp_ring_init(struct lsp_ring *r);

/* Makes a new ring file DIR/PID-STARTTICKS-XXXXXX.ring (mode 0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC),
 * maps it and closes the descriptor again. dir must exist. data_bytes is a power of two between
 * 64 KiB and LSP_RING_DATA_BYTES_MAX, or 0 for the default.
 * Returns 0, or -errno with r as lsp_ring_init() leaves it. Call it at start or in a forked child,
 * never in a hook. Safe after fork() in a threaded program: system calls only. */
int lsp_ring_open(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id);

/* In a forked child: forgets the parent's mapping (unmaps it) and opens the child's own. When that
 * cannot be (chroot, another user), keeps the parent's ring: records carry the pid. */
void lsp_ring_reopen_after_fork(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id);

/* Removes the ring's file when nothing was ever put into it (a short-lived process without a
 * context leaves nothing behind) and unmaps. dir as given to open. Never waits. */
void lsp_ring_close(struct lsp_ring *r, const char *dir);

/* One reservation, being filled. */
struct lsp_ring_slot {
	struct lsp_ring_common *record; /* NULL: full or no ring (dropped and counted) */
	uint64_t position;
	uint32_t size;
};

/* Reserves size bytes (common included, rounded up to 8, at most LSP_RING_RECORD_BYTES_MAX).
 * The caller fills everything after `word`, then commits. Between the two nothing may be called
 * that can block or jump away. */
struct lsp_ring_slot lsp_ring_reserve(struct lsp_ring *r, uint32_t size);
void lsp_ring_commit(struct lsp_ring *r, struct lsp_ring_slot slot, enum lsp_record_type type);

/* A log line. time_ns 0 = now. text is cut at LSP_RING_TEXT_BYTES_MAX (flagged and counted).
 * Returns 0, -ENOBUFS when the ring is full, -ENOENT when there is none. errno is kept. */
struct lsp_ring_line {
	const struct lsp_context *context;
	uint64_t time_ns;
	uint32_t tid;
	uint8_t channel, severity, flags;
	const char *text;
	size_t text_bytes;
	const uint8_t *attrs; /* encoded, see lsp_attr_put_*; NULL with 0 bytes */
	size_t attr_bytes;
};
int lsp_ring_put_line(struct lsp_ring *r, enum lsp_record_type type, const struct lsp_ring_line *l);

/* A span (SPAN, PROCESS_START). Names over 255 bytes are cut. Returns as above. */
struct lsp_ring_span_in {
	const struct lsp_context *context;
	const uint8_t *parent_span_id; /* NULL: a root */
	uint64_t start_ns, end_ns;
	uint32_t tid;
	uint8_t kind, status;
	const char *name;
	size_t name_bytes;
	const uint8_t *attrs;
	size_t attr_bytes;
};
int lsp_ring_put_span(struct lsp_ring *r, enum lsp_record_type type,
	const struct lsp_ring_span_in *s);

/* The end of the process. Returns as above. */
int lsp_ring_put_exit(struct lsp_ring *r, const struct lsp_context *c, uint32_t tid, int exit_code,
	int signal);

/* Attribute encoding into a caller's buffer of cap bytes, of which *used are filled. An attribute
 * that does not fit is left out whole and -ENOSPC returned; keys are cut at 255 bytes, values at
 * 65535. */
int lsp_attr_put_string(uint8_t *buf, size_t cap, size_t *used, const char *key, const char *value,
	size_t value_bytes);
int lsp_attr_put_int(uint8_t *buf, size_t cap, size_t *used, const char *key, int64_t value);
int lsp_attr_put_bool(uint8_t *buf, size_t cap, size_t *used, const char *key, bool value);
int lsp_attr_put_double(uint8_t *buf, size_t cap, size_t *used, const char *key, double value);

/* CLOCK_REALTIME in nanoseconds. */
uint64_t lsp_now_ns(void);

#endif
