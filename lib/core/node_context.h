/* The context that a tracer of Node.js publishes: otel_thread_ctx_nodejs_v1. The thread-local
 * variable does not hold a record, it says where to look: V8 keeps the running continuation's data
 * (an AsyncContextFrame, which is a Map) in a word of the isolate, and in that Map, under the
 * tracer's AsyncLocalStorage, lies a wrapper object with a pointer to an otel_thread_ctx_v1 record.
 *
 *	offset  0  address of the isolate's word; NULL: nothing is published
 *	        8  address of a handle of the AsyncLocalStorage: the key of the Map
 *	       16  its identity hash, i32
 *	       20  offset of the record's pointer in the wrapper, u8, a multiple of 8
 *	       24  V8's tagged `undefined`
 *
 * V8 moves objects: before every step the kernel is asked whether the page is there (peek.h), and
 * every number is checked before it is used.
 * Source: the design document of the eBPF profiler (pull request 1861), schema nodejs_v1_dev.
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_NODE_CONTEXT_H
#define LSP_CORE_NODE_CONTEXT_H

#include "thread_context.h"

#define LSP_NODE_CONTEXT_SYMBOL "otel_thread_ctx_nodejs_v1"

/* What a thread keeps of its last look. Zeroed: nothing. */
struct lsp_node_found {
	uintptr_t record;
	/* Addresses of the slot that could be read: the tracer promises them for as long as it says
	 * them, so they are asked for once. V8's own memory moves, and is asked for each time. */
	uint64_t word_at, key_at;
};

/* slot: the variable of this thread, 32 bytes. True with ret filled (source NODE) and the record in
 * found when the walk ends at a valid record with both ids; false with ret untouched otherwise.
 * errno is kept. */
bool lsp_node_context_read(const void *slot, struct lsp_context *ret, struct lsp_node_found *found);

/* The attributes of a record that was found by the read before, whose thread has not gone on since:
 * as lsp_thread_context_attrs(), of memory that may be gone. */
size_t lsp_node_context_attrs(
	uintptr_t record, const struct lsp_context *c, uint8_t ret[LSP_THREAD_ATTRS_MAX]);

#endif
