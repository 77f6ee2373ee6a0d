/* Trace contexts in request headers, in every form that programs send: one line of the table a
 * carrier, the first that is there and valid counts.
 *
 *   traceparent        W3C Trace Context, Level 2
 *   b3                 {trace}-{span}[-{0|1|d}[-{parent}]], or a decision alone (no context)
 *   x-b3-…             the same in several headers; 64-bit trace ids stand in the low half
 *   uber-trace-id      Jaeger: {trace}:{span}:{parent}:{flags}, leading zeros left out
 *   x-datadog-…        decimal; the high half of the trace id is _dd.p.tid in x-datadog-tags
 *   x-amzn-trace-id    X-Ray: Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled={0|1}
 *
 * core: libc only; no malloc; async-signal-safe. */
#ifndef LSP_CORE_CARRIERS_H
#define LSP_CORE_CARRIERS_H

#include "context.h"
#include "http_message.h"

/* Reads the context that a request's head carries. Returns 0; -ENOENT when it carries none; -EINVAL
 * when what it carries is not valid (ret untouched). The span id is zero when only the trace is
 * known (X-Ray's first hop). ret->source is not set. */
int lsp_carriers_read(const struct lsp_http_head *h, struct lsp_context *ret);

#endif
