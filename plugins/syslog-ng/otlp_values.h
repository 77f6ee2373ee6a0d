/* What the opentelemetry() destination of syslog-ng 4.3 and later sends of a message. Without these
 * values it sends a syslog message with its text, time and severity only. */
#ifndef LSP_SYSLOG_NG_OTLP_VALUES_H
#define LSP_SYSLOG_NG_OTLP_VALUES_H

#include "compat.h"
#include "lib/core/context.h"

#if LSP_HAVE_BYTES

enum lsp_otlp_value {
	LSP_OTLP_TYPE, LSP_OTLP_TIME, LSP_OTLP_OBSERVED, LSP_OTLP_SEVERITY, LSP_OTLP_BODY,
	LSP_OTLP_FLAGS, LSP_OTLP_TRACE_ID, LSP_OTLP_SPAN_ID, LSP_OTLP_SERVICE, LSP_OTLP_HOST,
	LSP_OTLP_PID, LSP_OTLP_VALUES
};
struct lsp_otlp_values {
	NVHandle handles[LSP_OTLP_VALUES];
};
void lsp_otlp_values_init(struct lsp_otlp_values *v);

/* Sets them on a message that may be written to. The context has a trace. Any worker thread. */
void lsp_otlp_values_set(
	const struct lsp_otlp_values *v, LogMessage *msg, const struct lsp_context *c);

#endif
#endif
