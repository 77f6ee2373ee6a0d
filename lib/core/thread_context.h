/* The context that a tracer publishes for its own thread: otel_thread_ctx_v1 (OTEP 4947).
 *
 * A tracer exports a thread-local pointer named otel_thread_ctx_v1; it is NULL, or points to this
 * record (byte packed, 2-byte aligned):
 *
 *      0               16        24      25      26          28
 *      +---------------+---------+-------+-------+-----------+--------------------------+
 *      | trace_id      | span_id | valid | flags | attrs len | attrs {key, len, bytes}… |
 *      +---------------+---------+-------+-------+-----------+--------------------------+
 *        W3C byte order            1=yes   W3C     u16, host   <= 612 bytes in ours
 *
 * A record may be read on the thread that owns it only; writers order their stores for a reader
 * that interrupts them, not for other threads.
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_THREAD_CONTEXT_H
#define LSP_CORE_THREAD_CONTEXT_H

#include "context.h"

#include <stddef.h>

#define LSP_THREAD_CONTEXT_SYMBOL "otel_thread_ctx_v1"
#define LSP_THREAD_ATTRS_MAX      612

struct lsp_thread_record {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	uint8_t span_id[LSP_SPAN_ID_BYTES];
	uint8_t valid;
	uint8_t flags;
	uint16_t attrs_bytes;
	uint8_t attrs[LSP_THREAD_ATTRS_MAX];
} __attribute__((packed, aligned(2)));
_Static_assert(__builtin_offsetof(struct lsp_thread_record, valid) == 24, "OTEP 4947");
_Static_assert(__builtin_offsetof(struct lsp_thread_record, attrs) == 28, "OTEP 4947");
_Static_assert(sizeof(struct lsp_thread_record) == 640, "OTEP 4947 recommends at most 640");

/* Reads the record behind this thread's slot. Returns true and fills ret (source OTEL) when a
 * record is there, is valid (exactly 1) and has both ids; false with ret untouched otherwise.
 * The record is foreign memory that the tracer promises to keep readable. */
bool lsp_thread_context_read(const void *const *slot, struct lsp_context *ret);

/* The attributes of a record, {u8 number, u8 length, bytes}… as they lie there, while it is valid
 * and says c's ids. Returns their bytes, which are those of whole and cut entries alike, up to
 * LSP_THREAD_ATTRS_MAX; 0 otherwise. NULL: no record. */
size_t lsp_thread_context_attrs(const struct lsp_thread_record *record, const struct lsp_context *c,
	uint8_t ret[LSP_THREAD_ATTRS_MAX]);

/* Makes a record say c, or nothing when c is NULL, for a reader that may interrupt at any point:
 * invalid first, then the ids, then valid. Attributes are left as they are. */
void lsp_thread_context_write(struct lsp_thread_record *record, const struct lsp_context *c);

#endif
