/* The trace context of one moment of one thread: which trace, which span, and how we know.
 *
 * core: libc only; no malloc, no lock, no stdio; async-signal-safe. */
#ifndef LSP_CORE_CONTEXT_H
#define LSP_CORE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LSP_TRACE_ID_BYTES 16
#define LSP_SPAN_ID_BYTES  8
#define LSP_TRACE_ID_HEX   32
#define LSP_SPAN_ID_HEX    16

#define LSP_FLAG_SAMPLED 0x01
#define LSP_FLAG_RANDOM  0x02

/* Where a context came from. The name is stored with each record ("context_source" in JSON);
 * the number is part of the ring format, so entries are only ever appended. */
#define LSP_SOURCE_TABLE(X)                                                                        \
	X(NONE, "", "no context")                                                                  \
	X(OTEL, "otel", "the thread's otel_thread_ctx_v1 record (OTEP 4947)")                      \
	X(NODE, "node", "otel_thread_ctx_nodejs_v1")                                               \
	X(ELASTIC, "elastic", "elastic_apm_profiling_correlation_tls_v1")                          \
	X(LABELS, "labels", "custom-labels' trace_id and span_id")                                 \
	X(FD, "fd", "the request of the descriptor that this thread touched last")                 \
	X(THREAD, "thread", "inherited at pthread_create or fork")                                 \
	X(ENV, "env", "TRACEPARENT at the start of the process")                                   \
	X(CONTENT, "content", "the line names exactly one open request")                           \
	X(TEXT, "text", "ids found in the line itself")

enum lsp_source {
#define X(id, name, help) LSP_SOURCE_##id,
	LSP_SOURCE_TABLE(X)
#undef X
		LSP_SOURCE_N
};

struct lsp_context {
	uint8_t trace_id[LSP_TRACE_ID_BYTES]; /* W3C order: byte 0 is printed first */
	uint8_t span_id[LSP_SPAN_ID_BYTES]; /* all zero: the trace is known, the span is not */
	uint8_t flags; /* W3C trace flags */
	uint8_t source; /* enum lsp_source */
	uint8_t doubt; /* the shim's: not 0 until the line itself has confirmed it */
	uint8_t pad[5];
};
_Static_assert(sizeof(struct lsp_context) == 32, "the ring stores contexts as they are");

/* Returns the short name of a source ("otel", "fd", …), "" for NONE and unknown numbers. */
const char *lsp_source_name(unsigned source);

/* True when a context names a trace. Contexts without one are never stamped. */
static inline bool lsp_context_has_trace(const struct lsp_context *c)
{
	uint64_t half[2];
	memcpy(half, c->trace_id, sizeof(half));
	return (half[0] | half[1]) != 0;
}

static inline bool lsp_context_has_span(const struct lsp_context *c)
{
	uint64_t id;
	memcpy(&id, c->span_id, sizeof(id));
	return id != 0;
}

/* True when both name the same trace and span; flags and source do not count. */
static inline bool lsp_context_same(const struct lsp_context *a, const struct lsp_context *b)
{
	return memcmp(a->trace_id, b->trace_id, LSP_TRACE_ID_BYTES) == 0 &&
	       memcmp(a->span_id, b->span_id, LSP_SPAN_ID_BYTES) == 0;
}

#endif
