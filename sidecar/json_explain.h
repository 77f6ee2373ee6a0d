/* The JSON of `explain`, and of GET /api/v1/traces/ID/explain. */
#ifndef LSP_SIDECAR_JSON_EXPLAIN_H
#define LSP_SIDECAR_JSON_EXPLAIN_H

#include "../lib/store/store.h"
#include <jansson.h>

/* The store gives the baseline: the newest traces that begin with the same service and operation.
 * Returns 0 with a new reference in *ret, or -errno. */
int lsp_json_explain(struct lsp_store *store, const struct lsp_trace *t, json_t **ret);

#endif
