/* OTLP/JSON → rows: hex ids, 64-bit numbers as strings or numbers, enums as integers, unknown names
 * ignored. Encoded into the batch as protobuf. Parsed by jansson. */
#ifndef LSP_WIRE_OTLP_JSON_H
#define LSP_WIRE_OTLP_JSON_H

#include "otlp_proto.h"

/* As their protobuf twins. The body need not outlive the call. -EBADMSG names line, column, and
 * field. */
int lsp_otlp_json_traces(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret);
int lsp_otlp_json_logs(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret);
int lsp_otlp_json_metrics(struct lsp_slice body, struct lsp_otlp_result *ret);

int lsp_otlp_json_response(struct lsp_buf *out, const struct lsp_otlp_result *r, const char *kind);
int lsp_otlp_json_status(struct lsp_buf *out, int grpc_code, const char *message);

#endif
