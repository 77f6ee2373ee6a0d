/* What to put into one log line, and where. Pure: it looks at a line and answers with an insertion;
 * callers copy bytes. Public formats: the OpenTelemetry page "Trace Context in non-OTLP Log
 * Formats" (trace_id, span_id, trace_flags), ECS, Datadog, Google Cloud.
 *
 * core: libc only; no malloc, no lock, no stdio; async-signal-safe. */
#ifndef LSP_CORE_STAMP_H
#define LSP_CORE_STAMP_H

#include "context.h"
#include <stddef.h>

/* How a line is stamped: the value of --format. */
#define LSP_FORMAT_TABLE(X)                                                                        \
	X(AUTO, "auto", "JSON lines get members, RFC 5424 the SD element, others the suffix")      \
	X(SUFFIX, "suffix", "a suffix on every line")                                              \
	X(PREFIX, "prefix", "a prefix on every line")                                              \
	X(JSON, "json", "members in JSON lines, other lines untouched")                            \
	X(NONE, "none", "bytes untouched; lines are mirrored to the sidecar only")
enum lsp_format {
#define X(id, name, help) LSP_FORMAT_##id,
	LSP_FORMAT_TABLE(X)
#undef X
		LSP_FORMAT_N
};

/* Under which names: the value of --fields. */
#define LSP_FIELDS_TABLE(X)                                                                        \
	X(OTEL, "otel", "trace_id, span_id, trace_flags")                                          \
	X(ECS, "ecs", "trace.id, span.id")                                                         \
	X(DATADOG, "datadog", "dd.trace_id, dd.span_id, decimal")                                  \
	X(GCP, "gcp", "logging.googleapis.com/trace, …/spanId, …/trace_sampled")
enum lsp_fields {
#define X(id, name, help) LSP_FIELDS_##id,
	LSP_FIELDS_TABLE(X)
#undef X
		LSP_FIELDS_N
};

/* Why a line was left as it is. The names are counters' names, too. */
enum lsp_keep {
	LSP_KEEP_NOT = 0, /* it was not left: the insertion is filled in */
	LSP_KEEP_HAS_ID, /* the line names a trace already, in any style of --fields */
	LSP_KEEP_STRUCTURE, /* JSON, but not exactly one object: a fragment, an array, several; or
			     * one that has a member of a name that the stamp has */
	LSP_KEEP_FORMAT, /* --format none, or json and the line is not JSON */
	LSP_KEEP_NO_CONTEXT, /* the context names no trace */
	LSP_KEEP_EMPTY, /* nothing on the line */
};

#define LSP_STAMP_MAX_BYTES 224

struct lsp_stamp_style {
	uint8_t format; /* enum lsp_format */
	uint8_t fields; /* enum lsp_fields */
	const char *project; /* GCP project for gcp fields, or NULL: the trace id stands alone */
};

/* An insertion: bytes [at, at+skip) of the line give way to text[0..len). skip is 1 only where an
 * RFC 5424 NILVALUE "-" becomes an element, else 0. */
struct lsp_insert {
	size_t at;
	uint16_t skip;
	uint16_t len;
	char text[LSP_STAMP_MAX_BYTES];
};

/* One line, len bytes, without its newline; a trailing "\r" stays last. Returns LSP_KEEP_NOT and
 * fills ret, or the reason with ret untouched.
 * auto: a line whose first character (after spaces) is "{" gets JSON members when it is exactly one
 * object, and is left alone when it starts like one and is not; one that starts with "[{", "[\"" or
 * is an array likewise is left alone; "<PRI>1 " with a valid RFC 5424 header gets the SD element
 * `[opentelemetry …]`, under these names whatever the style; anything else gets the suffix.
 * "@cee:" before an object is kept in place.
 * prefix: goes behind a "<PRI>", which must stay first; a whole RFC 5424 header gets the element,
 * as a prefix would break it. suffix: every line, whatever it looks like. json: objects only. */
enum lsp_keep lsp_stamp_line(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const char *line, size_t len, struct lsp_insert *ret);

/* Only the text form (" trace_id=… span_id=…"), for callers that compose a message themselves.
 * out has room for LSP_STAMP_MAX_BYTES, all of which may be written to. Returns its length; no
 * NUL. */
size_t lsp_stamp_suffix(
	const struct lsp_stamp_style *style, const struct lsp_context *c, char *out);

/* True when the line names a trace id in any style that linespan writes or commonly meets:
 * trace_id, trace.id, trace-id, traceId (capitals do not matter), with anything but a small letter
 * before (dd.trace_id, otelTraceID, X-B3-TraceId), traceparent, logging.googleapis.com/trace, each
 * followed by = or : behind an optional quote, colour and spaces; ECS' nested {"trace":{"id":…}}.
 * What the value is does not count: "trace_id=" with nothing or zeros behind it is a name too, as a
 * line must never have two. "trace_id_missing", "backtrace:" and "trace: on" are not names.
 * Never reads past len. */
bool lsp_stamp_line_has_id(const char *line, size_t len);

#endif
