/* A trace as OTLP/JSON: ExportTraceServiceRequest and ExportLogsServiceRequest
 * (opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding"). */
#ifndef LSP_SIDECAR_JSON_OTLP_H
#define LSP_SIDECAR_JSON_OTLP_H

#include "../lib/model/trace.h"

/* {"resourceSpans":[…]}, one element a service; NULL without spans or memory. */
json_t *lsp_json_otlp_spans(const struct lsp_trace *t);
/* {"resourceLogs":[…]}; NULL without logs or memory. */
json_t *lsp_json_otlp_logs(const struct lsp_log *logs, size_t n);

#endif
