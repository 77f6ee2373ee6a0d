/* What the shim knows of a descriptor: the rule that decided about it, and the line in progress.
 *
 * A descriptor number can come to mean another file at any time. Hooks on close, dup, open and the
 * like only ever invalidate an entry (one atomic add: safe from any thread, from signal handlers,
 * and from a vfork child that shares this memory). Classification happens when a context is active,
 * never in a process other than the memory's own, and is repeated every LSP_FD_TRUST_NS, for
 * the ways of closing that no hook sees.
 *
 * The table grows by mmap() in chunks (chunks.h). No malloc, no lock. */
#ifndef LSP_PRELOAD_FD_TABLE_H
#define LSP_PRELOAD_FD_TABLE_H

#include "../lib/core/stamp.h"
#include "rules.h"
#include <stdatomic.h>
#include <sys/types.h>

#define LSP_FD_MAX           65536
#define LSP_FD_PARTIAL_BYTES 768
#define LSP_FD_TRUST_NS      100000000ull

/* Whose the unfinished line is: 0 nobody's (the next byte begins a line), 1 begun without a context
 * or by several threads, else a thread and its context (lsp_line_owner). */
#define LSP_LINE_START   0ull
#define LSP_LINE_FOREIGN 1ull
#define LSP_LINE_STAMPED 2ull /* only its newline is missing */

struct lsp_fd {
	_Atomic uint64_t word; /* generation << 32 | rule: see below */
	_Atomic uint64_t owner;
	_Atomic uint64_t checked_ns;
	_Atomic uint64_t identity; /* of the file when it was classified; 0 none */
	_Atomic uint64_t in_use; /* who (lsp_holder) works on the members below; 0: nobody */
	_Atomic uintptr_t seen; /* how far a FILE's buffer was looked at: file_door.h */
	_Atomic uintptr_t seen_file; /* … and whose it is */
	uint8_t door_shut; /* … and that it is we who keep characters from it */
	uint8_t inlined; /* … characters were put into it without a call */
	uint8_t data; /* this identity has carried binary bytes */
	uint8_t collected; /* … and lines that were collected: collected.h */
	uint8_t partial_has_id;
	uint8_t partial_cut; /* the line is longer than partial holds */
	uint16_t partial_bytes;
	uint16_t owed_at, owed_bytes; /* a stamp that was cut: owed[at..bytes) comes first */
	char owed[LSP_STAMP_MAX_BYTES];
	char partial[LSP_FD_PARTIAL_BYTES];
};

/* The entry of a descriptor whose rule is known and fresh, or NULL: out of range, another process's
 * memory, or a rule that says PASS or DATA. now_ns: CLOCK_REALTIME (or coarse). *ret_rule is
 * filled when an entry is returned. Keeps errno. */
struct lsp_fd *lsp_fd_get(int fd, uint64_t now_ns, struct lsp_rule *ret_rule);

/* The entry that was made for a descriptor, whatever its rule; NULL when none ever was. */
struct lsp_fd *lsp_fd_known(int fd);

/* The members behind in_use, for some hundred instructions of our own work (lsp_busy_begin), never
 * over a real call. False: another thread has them, this one does without. A thread that a longjmp
 * takes away lets go at its next call; one that stayed behind in the parent of a fork is gone. */
bool lsp_fd_hold(struct lsp_fd *e);
void lsp_fd_drop(struct lsp_fd *e);

/* The descriptor may mean something else from now on. */
void lsp_fd_invalidate(int fd);
void lsp_fd_invalidate_range(unsigned first, unsigned last);

/* The bytes were binary: the descriptor is data until it means another file. */
void lsp_fd_set_data(struct lsp_fd *e);

/* Bytes went out to a descriptor without a context: note whether they left a line open, if the
 * descriptor was ever classified. A load and a compare while it was not. */
extern _Atomic uint32_t lsp_fd_used_end;
void lsp_fd_note(int fd, const char *bytes, size_t taken);
static inline void lsp_fd_note_plain(int fd, const void *bytes, ssize_t taken)
{
	uint32_t end = atomic_load_explicit(&lsp_fd_used_end, memory_order_relaxed);

	if ((unsigned)fd < end && taken > 0)
		lsp_fd_note(fd, bytes, (size_t)taken);
}

static inline uint64_t lsp_line_owner(uint32_t tid, const struct lsp_context *c)
{
	uint32_t half;
	memcpy(&half, c->span_id, sizeof(half));
	uint32_t other;
	memcpy(&other, c->trace_id + 4, sizeof(other));
	return (uint64_t)tid << 32 | ((half ^ other) | 4u);
}

#endif
