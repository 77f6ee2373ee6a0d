/* A trace in the JSON of the Jaeger query API, as jaeger-ui and Grafana read it
 * (jaegertracing/jaeger, internal/uimodel). */
#ifndef LSP_SIDECAR_JSON_JAEGER_H
#define LSP_SIDECAR_JSON_JAEGER_H

#include "../lib/analysis/tree.h"

/* {"traceID":…,"spans":[…],"processes":{…},"warnings":null}. Log records are logs of their span, as
 * its events are; those without a span here are logs of the first one. */
json_t *lsp_json_jaeger_trace(const struct lsp_tree *tree);

/* {"data":…,"total":N,"limit":0,"offset":0,"errors":null}. Takes the reference. */
json_t *lsp_json_jaeger_data(json_t *data);
/* The same with "errors":[{"code":N,"msg":"…"}]. */
json_t *lsp_json_jaeger_error(int code, const char *message);

#endif
