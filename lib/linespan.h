/* Linespan for programs: open a span, and every line that this thread logs meanwhile is known to
 * belong to it.
 *
 * The library publishes the active context in the standard thread-local record otel_thread_ctx_v1
 * (OpenTelemetry OTEP 4947), so the Linespan shim, and any other reader of that record, sees it.
 * Under `linespan run` the program's log lines are then stamped with trace_id and span_id; without
 * it nothing changes. Finished spans go to the sidecar through a ring file in LINESPAN_DIR (default
 * as for `linespan run`); when that cannot be made, spans are counted and dropped, nothing fails.
 *
 * Ids are raw bytes in W3C order. Times are nanoseconds since the epoch (CLOCK_REALTIME).
 * Errors: functions that can fail return 0 or a negative errno; outputs are untouched on failure.
 * Nothing here prints, exits, blocks or takes a lock. Functions marked [signal] may be called from
 * a signal handler. All functions are thread-safe; a struct linespan_span belongs to the thread
 * that began it until linespan_span_end(). The ring is opened before main() and again in a forked
 * child, so that no call opens anything; at exit() one that was not used is removed.
 *
 * Build: pkg-config --cflags --libs linespan (or, linking the archive, `--static`, which adds
 * -Wl,--export-dynamic-symbol=otel_thread_ctx_v1 so that readers find the record). */
#ifndef LINESPAN_H
#define LINESPAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINESPAN_API __attribute__((visibility("default")))

#define LINESPAN_VERSION           "0.1.0"
#define LINESPAN_TRACEPARENT_CHARS 55
#define LINESPAN_SPAN_ATTR_BYTES   1024 /* of one span, keys and values */

/* A point in a trace. All-zero ids mean "none". */
struct linespan_context {
	uint8_t trace_id[16];
	uint8_t span_id[8];
	uint8_t flags; /* W3C trace flags: bit 0 sampled, bit 1 random trace id */
};

enum linespan_kind {
	LINESPAN_INTERNAL = 1,
	LINESPAN_SERVER = 2,
	LINESPAN_CLIENT = 3,
	LINESPAN_PRODUCER = 4,
	LINESPAN_CONSUMER = 5
};

enum linespan_status { LINESPAN_UNSET = 0, LINESPAN_OK = 1, LINESPAN_ERROR = 2 };

/* An open span, in the caller's memory (on the stack, usually). The members are the library's. */
struct linespan_span {
	struct linespan_context context;
	struct linespan_context previous; /* what was active before, restored by end */
	uint8_t parent_span_id[8];
	uint64_t start_ns;
	uint8_t kind, status, state;
	uint16_t name_bytes, attr_bytes;
	char name[128];
	uint8_t attrs[LINESPAN_SPAN_ATTR_BYTES];
};

/* The context that is active on this thread. Returns 0, or -ENOENT when there is none: neither
 * attached, nor begun, nor in TRACEPARENT when the process started. [signal] */
LINESPAN_API int linespan_current(struct linespan_context *ret);

/* Makes a context the active one of this thread (a request that came in by some carrier), and hands
 * back what was active before for linespan_detach(). NULL attaches "none".
 * Returns 0, or -EINVAL when the trace or the span id is zero. Cheap: two stores and a copy.
 * [signal], when the handler detaches before it returns. */
LINESPAN_API int linespan_attach(
	const struct linespan_context *context, struct linespan_context *ret_previous);
LINESPAN_API void linespan_detach(const struct linespan_context *previous);

/* Begins a span below the active context (a new trace when there is none) and makes it active.
 * name: kept up to 127 bytes; should be of few kinds ("charge card", not "charge card 4711").
 * Ends by linespan_span_end(), on the same thread, in reverse order.
 * Returns 0, or -EINVAL when span or name is NULL or the kind is unknown. */
LINESPAN_API int linespan_span_begin(
	struct linespan_span *span, const char *name, enum linespan_kind kind);

/* The same below a parent that came in by a carrier; NULL makes a root. */
LINESPAN_API int linespan_span_begin_below(struct linespan_span *span, const char *name,
	enum linespan_kind kind, const struct linespan_context *parent);

/* Attributes of an open span; later ones of a name are added, not replaced.
 * Return 0, -ENOSPC when the span's attributes are full, -EINVAL on a span that is not open. */
LINESPAN_API int linespan_span_set_string(
	struct linespan_span *span, const char *key, const char *value);
LINESPAN_API int linespan_span_set_int(struct linespan_span *span, const char *key, int64_t value);

/* Says how the span went. Returns 0 or -EINVAL. */
LINESPAN_API int linespan_span_set_status(struct linespan_span *span, enum linespan_status status);

/* Ends the span: sends it to the sidecar and makes what was active before active again. Ending
 * twice does nothing. Returns 0, -EINVAL on a span that was never begun, -ENOBUFS or -ENOENT when
 * the sidecar's ring is full or not there (the span is dropped and counted, the context is
 * restored). */
LINESPAN_API int linespan_span_end(struct linespan_span *span);

/* Records an error at the active context, as a log record of severity ERROR with the attributes
 * exception.type = kind and exception.message = message (each cut at 1024 bytes; kind may be NULL),
 * and sets the status of `span` (may be NULL) to LINESPAN_ERROR. It goes to the sidecar, not to
 * stderr. Needs 3 KiB of stack. Returns as linespan_span_end(). [signal] */
LINESPAN_API int linespan_record_error(
	struct linespan_span *span, const char *kind, const char *message);

/* W3C traceparent, https://www.w3.org/TR/trace-context-2/ (Level 2 rules). Parse takes len bytes
 * without surrounding spaces: 0, or -EINVAL. Format writes 55 characters and a NUL: 0, -EINVAL for
 * zero ids, -ENOSPC when cap < 56. [signal] */
LINESPAN_API int linespan_traceparent_parse(
	const char *text, size_t len, struct linespan_context *ret);
LINESPAN_API int linespan_traceparent_format(
	const struct linespan_context *context, char *out, size_t cap);

/* The version of the library in use, "0.1.0". [signal] */
LINESPAN_API const char *linespan_version(void);

#ifdef __cplusplus
}
#endif
#endif
