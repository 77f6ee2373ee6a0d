/* Spans and log records on their way out: decoded, for display, analysis and JSON. */
#ifndef LSP_MODEL_TRACE_H
#define LSP_MODEL_TRACE_H

#include "record.h"
#include <jansson.h>

struct lsp_log {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	uint8_t span_id[LSP_SPAN_ID_BYTES];
	uint64_t time_ns;
	uint8_t severity, intake, context_source;
	uint32_t pid, tid;
	char *service;
	char *body;
	size_t body_bytes; /* a body may hold NUL bytes */
	json_t *attributes; /* object, never NULL */
	json_t *resource; /* object, never NULL */
};

struct lsp_span {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	uint8_t span_id[LSP_SPAN_ID_BYTES];
	uint8_t parent_span_id[LSP_SPAN_ID_BYTES];
	uint64_t start_ns, end_ns;
	int64_t skew_ns; /* what lsp_skew_correct() has added to its times */
	uint8_t kind, status, intake;
	char *service, *name, *status_message;
	json_t *attributes; /* object */
	json_t *resource; /* object */
	json_t *scope; /* {"name":…,"version":…} */
	json_t *events; /* array of {"time_unix_nano":"…","name":…,"attributes":{…}} */
	json_t *links; /* array of {"trace_id":…,"span_id":…,"attributes":{…}} */
};

/* Everything known of one trace. Spans are unique by span id and sorted by start; logs by time. */
struct lsp_trace {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	struct lsp_span *spans;
	size_t n_spans, cap_spans;
	struct lsp_log *logs;
	size_t n_logs, cap_logs;
	json_t *notes; /* array of strings: what a person should know of this result */
};

struct lsp_trace *lsp_trace_new(void);
struct lsp_trace *lsp_trace_free(struct lsp_trace *t); /* NULL is fine; returns NULL */
/* Append a zeroed element (json members set to empty values); NULL without memory. */
struct lsp_span *lsp_trace_add_span(struct lsp_trace *t);
struct lsp_log *lsp_trace_add_log(struct lsp_trace *t);
/* Sorts, and drops all but one of the spans with one id (the one that ends last, then the one with
 * more attributes, stays). */
void lsp_trace_finish(struct lsp_trace *t);
/* True for what the shim wrote when its process died of an error: exception.* attributes, from a
 * ring. */
bool lsp_log_is_error_record(const struct lsp_log *l);
void lsp_log_release(struct lsp_log *l);

#endif
