/* What the shim counts. One table gives the enum, the names that doctor and /metrics show, and the
 * help. The numbers are part of the ring format: append only.
 *
 * The slots live in the ring's header page, so that others can read them from outside while the
 * host runs and after it was killed; without a ring in a static page. */
#ifndef LSP_CORE_COUNTERS_H
#define LSP_CORE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/single_threaded.h>

#define LSP_COUNTER_TABLE(X)                                                                       \
	X(STAMPED, "stamped", "lines that got the ids")                                            \
	X(MIRRORED, "mirrored", "lines left untouched and copied to the ring with their context")  \
	X(KEPT_HAS_ID, "kept_has_id", "lines that had a trace id already")                         \
	X(KEPT_STRUCTURE, "kept_structure", "JSON that is not one object a line")                  \
	X(KEPT_BINARY, "kept_binary", "writes that are not text")                                  \
	X(KEPT_FRAGMENT, "kept_fragment", "pieces of lines, and lines begun in another context")   \
	X(KEPT_BUFFERED, "kept_buffered", "several lines in one write of a buffering runtime")     \
	X(KEPT_GROWTH, "kept_growth", "lines that would no longer be atomic or fit (rule R10)")    \
	X(KEPT_BUSY, "kept_busy", "writes inside our own work: signal handlers, re-entry")         \
	X(SHORT_WRITES, "short_writes", "stamped writes that the kernel cut short")                \
	X(RING_RECORDS, "ring_records", "records put into the ring")                               \
	X(RING_DROPPED, "ring_dropped", "records dropped because the ring was full")               \
	X(RING_TRUNCATED, "ring_truncated", "records whose text was cut to the ring's limit")      \
	X(SPANS, "spans", "spans made for this program")                                           \
	X(BAD_SETTING, "bad_setting", "settings that were not understood")                         \
	X(BAD_CARRIER, "bad_carrier", "traceparents that were not valid")                          \
	X(BAD_HEAD, "bad_head", "inbound requests whose head was not understood")                  \
	X(UNTRACKED_FD, "untracked_fd", "descriptors above the table's limit")                     \
	X(LOST_CONNECTION, "lost_connection", "connections that two threads worked on at once")    \
	X(ASIDE, "aside", "filters of system calls that the program set: nothing is stamped since")

enum lsp_counter {
#define X(id, name, help) LSP_COUNTER_##id,
	LSP_COUNTER_TABLE(X)
#undef X
		LSP_COUNTER_N
};
#define LSP_COUNTER_SLOTS 64
_Static_assert(LSP_COUNTER_N <= LSP_COUNTER_SLOTS, "grow the header page");

struct lsp_counters {
	_Atomic uint64_t slot[LSP_COUNTER_SLOTS];
};

/* Returns the name of a counter, NULL past the end. */
const char *lsp_counter_name(unsigned counter);

/* An atomic add costs as much as the rest of a short line. While the process has one thread, one
 * instruction without the lock prefix does: no signal handler comes in its middle. */
static inline void lsp_counter_add(struct lsp_counters *c, enum lsp_counter which, uint64_t n)
{
#ifdef __x86_64__
	if (__libc_single_threaded) {
		__asm__ volatile("addq %1, %0"
				 : "+m"(*(uint64_t *)&c->slot[which])
				 : "er"(n)
				 : "cc");
		return;
	}
#endif
	atomic_fetch_add_explicit(&c->slot[which], n, memory_order_relaxed);
}

#endif
