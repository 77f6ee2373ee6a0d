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

/* A ring, or none: all calls accept a ring without a mapping and count into `spare`. Points into
 * itself: never copied. */
struct lsp_ring {
	struct lsp_ring_header *map; /* NULL: no ring; nothing is recorded */
	struct lsp_counters *counters; /* never NULL after init or open */
	uint64_t map_bytes;
	uint64_t data_bytes;
	uint64_t key;
	_Atomic uint64_t ready; /* positions below have memory behind them; UINT64_MAX: all */
	uint32_t pid; /* stored into records */
	char name[56]; /* of the file, without its folder */
	struct lsp_counters spare;
};

struct lsp_ring_identity {
	const char *service; /* cut to fit */
	const char *program;
	const char *writer;
};

/* Makes r a ring that records nothing. */
void lsp_ring_init(struct lsp_ring *r);

/* Makes a new ring file DIR/PID-STARTNS-XXXXXX.ring (mode 0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC), locks
 * it (shared), maps it and closes the descriptor again; the lock lives as long as the mapping. dir
 * must exist. data_bytes is a power of two between 64 KiB and LSP_RING_DATA_BYTES_MAX, or 0 for the
 * default. Nothing that the host may later touch is without memory: see "ready" in docs/ring.md.
 * Returns 0, or -errno with r as lsp_ring_init() leaves it: -EOPNOTSUPP when a store into a mapped
 * file of that file system could kill the host, -EFBIG when the host's limit on file sizes is
 * smaller than a ring, -EINVAL for data_bytes. errno is kept. Call it at start or in a forked
 * child, never in a hook. Safe after fork() in a threaded program: system calls only. */
int lsp_ring_open(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id);

/* In a forked child: forgets the parent's mapping (its file; the addresses stay taken, by nothing)
 * and opens the child's own. When that cannot be (chroot, another user), keeps the parent's ring:
 * records carry the pid. */
void lsp_ring_reopen_after_fork(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id);

/* The service is called so from now on. Left out when another thread is at it. */
void lsp_ring_rename(struct lsp_ring *r, const char *service);

/* At exit. Removes the ring's file when nothing was ever put into it: a process without a context
 * leaves nothing behind; what other threads put after that is dropped. A ring that was used stays
 * open. Nothing is unmapped, as other threads may be writing. dir as given to open. Never waits. */
void lsp_ring_close(struct lsp_ring *r, const char *dir);

/* Closes as above and unmaps: for owners whose threads are all done with the ring. What nobody has
 * read stays in the file. r is then a ring that records nothing. */
void lsp_ring_release(struct lsp_ring *r, const char *dir);

/* True when the reader has given back all that was put: it is durable. True without a ring. */
bool lsp_ring_is_drained(const struct lsp_ring *r);
/* Bytes that are free now. 0 without a ring. */
uint64_t lsp_ring_room(const struct lsp_ring *r);

/* For readers: true while a process has the ring of this descriptor mapped. The descriptor must be
 * one of its own open(). */
bool lsp_ring_owner_lives(int fd);

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
int lsp_ring_put_span(
	struct lsp_ring *r, enum lsp_record_type type, const struct lsp_ring_span_in *s);

/* The end of the process. Returns as above; kept in the header even when the ring is full, as is
 * the first PROCESS_START. */
int lsp_ring_put_exit(
	struct lsp_ring *r, const struct lsp_context *c, uint32_t tid, int exit_code, int signal);

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
