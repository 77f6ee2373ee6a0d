/* What the whole shim shares: the process's state, the thread's state, and the answer to "which
 * context is active here". */
#ifndef LSP_PRELOAD_SHIM_H
#define LSP_PRELOAD_SHIM_H

#include "../lib/core/context.h"
#include "../lib/core/random_id.h"
#include "../lib/core/ring.h"
#include "../lib/core/settings.h"
#include "published.h"
#include "../lib/core/thread_context.h"
#include <time.h>

enum lsp_state {
	LSP_STATE_EARLY, /* before the constructor: everything passes through */
	LSP_STATE_OFF,   /* not asked for, or a denied program: everything passes through */
	LSP_STATE_ON,
	LSP_STATE_ASIDE, /* the program has confined itself: the same (sandbox.h) */
};

/* One per process; written by the constructor and in forked children, read by all. */
struct lsp_shim {
	uint8_t state;        /* enum lsp_state */
	bool asked;           /* LINESPAN=1: set for programs of the deny list, too */
	bool publishes;       /* any variable of published.h is known */
	bool tracer_late;     /* a tracer came with a library: nothing else is looked at */
	bool tracking;        /* connections are followed (lsp_conn_*) */
	bool spans;           /* spans are made */
	bool in_valgrind;     /* which takes a look at memory by the kernel for an error */
	union {
		struct {
			bool published; /* a tracer's record, from the start: slot_offset counts */
			bool publishes_more; /* a variable besides that one is known */
			bool finding; /* lines are matched to requests by what they say */
			bool has_env; /* env_context counts */
		};
		uint32_t sources; /* 0: only a thread's request can be a context */
	};
	uint32_t traits;      /* enum lsp_trait: what is known of this program */
	_Atomic bool process_span_sent;
	uint32_t pid;         /* of the process that this memory belongs to */
	uint32_t first_pid;   /* of the process that was started under the shim */
	dev_t first_stderr_dev; /* which pipe standard error was at start; 0 when it was none */
	ino_t first_stderr_ino;
	intptr_t slot_offset; /* otel_thread_ctx_v1, from the thread pointer */
	struct lsp_context env_context;    /* what lines get: the process span when there is one */
	struct lsp_context env_carrier;    /* what TRACEPARENT said, whether it counts or not */
	struct lsp_stamp_style style;
	struct lsp_ring ring;
	struct lsp_settings settings;
	uint64_t start_ns;
	char program[64];
};
extern struct lsp_shim lsp_shim;

#define LSP_SOURCES_PUBLISHED 1u /* lsp_shim.sources when only `published` is set */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "lsp_shim.sources is read as a little-endian number"
#endif

/* One request of one connection; seq 0: none. */
struct lsp_request_ref {
	uint32_t slot;
	uint32_t seq;
};

/* What an event loop has touched since it last had nothing to do (conn_proof.c). */
#define LSP_PERIOD_OTHERS 3
struct lsp_period {
	uint64_t due_ns; /* from then on timers may run; 0: they always may */
	struct lsp_request_ref now;
	struct lsp_request_ref other[LSP_PERIOD_OTHERS];
	uint8_t unsure; /* more than can be followed, or woken by something else */
};

enum { LSP_SERVING_NONE, LSP_SERVING_SURE, LSP_SERVING_ASK };

/* One per thread. Zero is the right start. */
struct lsp_thread {
	struct lsp_context serving; /* the request that this thread works on: source FD or THREAD */
	uint32_t tid;               /* 0: not asked yet; after fork */
	int serving_fd;             /* the connection behind `serving`, + 1; 0: none */
	struct lsp_request_ref serving_request;
	struct lsp_period period;
	int touched_fd;             /* the connection that was touched last, + 1 */
	int tls_fd;                 /* … inside the TLS library's call that is running */
	uint8_t in_tls;
	uint8_t busy;               /* inside our own work: hooks pass through */
	uint8_t has_serving;        /* `serving` counts: LSP_SERVING_… */
	uint8_t serving_read;       /* this thread read the request's head itself */
	uint8_t serving_doubtful;   /* known by a connection whose request was not proven */
	uint8_t loops;              /* this thread has waited for several descriptors at once */
	uintptr_t known_pages[4];   /* of the host, that could be read: host_memory.h */
	struct lsp_node_found node; /* where Node.js' context was found last: published.c */
	uintptr_t busy_frame;       /* whose: tells work that a longjmp left behind */
	_Atomic uint64_t *held;     /* lsp_fd.in_use, while it is this thread's */
	uint8_t suffix_trace_id[LSP_TRACE_ID_BYTES]; /* what `suffix` says; lines_plain.c */
	uint8_t suffix_span_id[LSP_SPAN_ID_BYTES];
	uint16_t suffix_bytes;
	char suffix[118];
	struct lsp_random random;
};
extern __thread struct lsp_thread lsp_thread __attribute__((tls_model("initial-exec")));

/* The kernel's id of this thread, asked once. */
uint32_t lsp_thread_id(void);

/* Our own work on this thread begins and ends: hooks that signal handlers enter meanwhile pass
 * through. Never held over a real call. */
static inline void lsp_busy_begin(void)
{
	lsp_thread.busy_frame = (uintptr_t)__builtin_frame_address(0);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	lsp_thread.busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void lsp_busy_end(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	lsp_thread.busy = 0;
}

/* This process and thread, as the holder of something. */
static inline uint64_t lsp_holder(void)
{
	return (uint64_t)lsp_shim.pid << 32 | lsp_thread_id();
}

/* Lets go what this thread held when a longjmp took it out of our own work. */
static inline void lsp_let_go(void)
{
	uint64_t mine = lsp_holder();

	if (lsp_thread.held)
		(void)__atomic_compare_exchange_n((uint64_t *)lsp_thread.held, &mine, 0, false,
			__ATOMIC_RELEASE, __ATOMIC_RELAXED);
	lsp_thread.held = NULL;
}

/* True when a hook is entered from inside our own work. A handler that left by longjmp has left
 * `busy` set; the stack has been unwound past the frame that set it, which heals it here. */
static inline bool lsp_busy_nested(void)
{
	if (__builtin_expect(!lsp_thread.busy, 1))
		return false;
	if ((uintptr_t)__builtin_frame_address(0) <= lsp_thread.busy_frame)
		return true;
	lsp_let_go();
	lsp_thread.busy = 0;
	return false;
}

/* Whose the lines of this thread are, when that is not plain. Returns true with a context whose
 * `doubt` is set when the line itself must confirm it (lsp_content_judge). conn_proof.c. */
bool lsp_serving_ask(struct lsp_context *ret);

/* lsp_current(), where there may be one. shim_current.c. */
bool lsp_current_if_any(struct lsp_context *ret);

/* The context that is active on this thread now, in the order of DESIGN.md. Returns false (ret
 * untouched) when there is none, when the shim is off or already at work on this thread: then a
 * hook passes its call through. Two loads when nothing is active. Async-signal-safe. */
static inline bool lsp_current(struct lsp_context *ret)
{
	if (__builtin_expect(!(lsp_shim.sources | lsp_thread.has_serving), 1))
		return false;
	/* The usual tracer's record alone, and it is empty. */
	if (lsp_shim.sources == LSP_SOURCES_PUBLISHED && !lsp_thread.has_serving &&
		!*(const void *const *)((char *)__builtin_thread_pointer() + lsp_shim.slot_offset))
		return false;
	return lsp_current_if_any(ret);
}

/* True when c is the context of all that this process has ever done: it comes from the environment,
 * no tracer publishes any, and no request was ever read. */
bool lsp_current_is_constant(const struct lsp_context *c);

/* The time of a line: exact when it is going to be recorded, else only good enough to know how old
 * a look at a descriptor is. */
static inline uint64_t lsp_shim_now_ns(void)
{
	struct timespec now;

	if (lsp_shim.ring.map)
		return lsp_now_ns();
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void lsp_count(enum lsp_counter which)
{
	lsp_counter_add(lsp_shim.ring.counters, which, 1);
}

/* Tells the sidecar of this process's span, once; called when it is first needed. */
void lsp_process_span_begin(void);
void lsp_process_span_end(int exit_code);

/* A library was loaded, or is gone: looks for tracers again. Where the host has called the
 * loader. */
void lsp_shim_after_load(void);

/* Forgets what belonged to the parent: called in each forked child. */
void lsp_shim_after_fork(void);

#endif
