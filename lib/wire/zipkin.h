/* Zipkin v2 spans in JSON → rows. Each span is told as OTLP by the conventions of OpenTelemetry's
 * Zipkin exporters, the other way round, so that nothing of it is lost.
 * Source: zipkin-api, zipkin2-api.yaml. */
#ifndef LSP_WIRE_ZIPKIN_H
#define LSP_WIRE_ZIPKIN_H

#include "otlp_proto.h"

/* A list of spans. The body need not outlive the call. A span with bad ids is counted as rejected
 * (ret->message says which), the rest is kept. A server span that shares its id with its client's
 * gets an id of its own, made of that one, and the client's span as parent. Returns 0, -EBADMSG
 * when the body is no JSON list of objects, -ENOMEM. */
int lsp_zipkin_spans(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret);

#endif
