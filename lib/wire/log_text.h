/* Finds trace context in the text of a log line, in every form that is common: our suffix and
 * prefix, JSON members, logfmt, RFC 5424 SD, ECS, Datadog (decimal), B3, Spring's [app,trace,span],
 * traceparent, X-Ray, Google Cloud. One finder for files, syslog and plugins; the list is a table.
 * */
#ifndef LSP_WIRE_LOG_TEXT_H
#define LSP_WIRE_LOG_TEXT_H

#include "../core/context.h"
#include "../model/slice.h"

struct lsp_found {
	struct lsp_context context; /* source TEXT; 64-bit ids in the low half */
	bool has_flags;
	struct lsp_slice stamp; /* our own text suffix, with its space, for strip(); else empty */
};

/* Returns 0, -ENOENT when the line names no trace, -EINVAL when it names one that is not valid
 * (zeros, wrong length). ret untouched on failure. */
int lsp_log_text_find(struct lsp_slice line, struct lsp_found *ret);

/* A guess at the severity from the words at the head of a line or a JSON/logfmt "level" member;
 * an OpenTelemetry number, 0 when there is no good sign. */
unsigned lsp_log_text_severity(struct lsp_slice line);

#endif
