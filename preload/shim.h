/* What the whole shim shares: the process's state, the thread's state, and the answer to "which
 * context is active here". */
#ifndef LSP_PRELOAD_SHIM_H
#define LSP_PRELOAD_SHIM_H

#include "../lib/core/context.h"
#include "../lib/core/random_id.h"
#include "../lib/core/ring.h"
#include "../lib/core/settings.h"
#include "../lib/core/thread_context.h"

enum lsp_state {
	LSP_STATE_EARLY, /* before the constructor: everything passes through */
	LSP_STATE_OFF,   /* not asked for, or a program of the deny list: everything passes through */
	LSP_STATE_ON,
};

/* One per process; written by the constructor and in forked children, read by all. */
struct lsp_shim {
	uint8_t state;       /* enum lsp_state */
	bool published;      /* a tracer's record was found: slot_offset counts */
	bool tracking;       /* connections are followed (lsp_conn_*) */
	bool spans;          /* spans are made */
	bool has_env;        /* env_context counts */
	bool buffering;      /* a runtime with output buffers of its own (python, perl, java, …) */
	uint32_t pid;        /* of the process that this memory belongs to */
	uint32_t first_pid;  /* of the process that was started under the shim */
	intptr_t slot_offset; /* otel_thread_ctx_v1, from the thread pointer */
	struct lsp_context env_context;
	struct lsp_stamp_style style;
	struct lsp_ring ring;
	struct lsp_settings settings;
	char program[64];
};
extern struct lsp_shim lsp_shim;

/* One per thread. Zero is the right start. */
struct lsp_thread {
	struct lsp_context serving; /* the request that this thread works on: source FD or THREAD */
	uint32_t tid;               /* 0: not asked yet; after fork */
	int serving_fd;             /* the connection behind `serving`, + 1; 0: none */
	uint8_t busy;               /* inside our own work: hooks pass through */
	uint8_t has_serving;        /* `serving` counts */
	struct lsp_random random;
};
extern __thread struct lsp_thread lsp_thread __attribute__((tls_model("initial-exec")));

/* The kernel's id of this thread, asked once. */
uint32_t lsp_thread_id(void);

static inline void *lsp_thread_pointer(void)
{
	return __builtin_thread_pointer();
}

/* The context that is active on this thread now, in the order of DESIGN.md. Returns false (ret
 * untouched) when there is none, when the shim is off or already at work on this thread: then a
 * hook passes its call through. A few loads. Async-signal-safe. */
static inline bool lsp_current(struct lsp_context *ret)
{
	const struct lsp_thread *t = &lsp_thread;

	if (lsp_shim.state != LSP_STATE_ON || t->busy)
		return false;
	if (lsp_shim.published) {
		const void *const *slot =
			(const void *const *)((char *)lsp_thread_pointer() + lsp_shim.slot_offset);
		if (*slot && lsp_thread_context_read(slot, ret))
			return true;
	}
	if (t->has_serving) {
		*ret = t->serving;
		return true;
	}
	if (lsp_shim.has_env) {
		*ret = lsp_shim.env_context;
		return true;
	}
	return false;
}

static inline void lsp_count(enum lsp_counter which)
{
	lsp_counter_add(lsp_shim.ring.counters, which, 1);
}

#endif
