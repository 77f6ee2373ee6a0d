/* Traces and log records as the JSON of `show`, of GET /api/v1/traces/ID and of every LOG.
 *
 * 64-bit times are decimal strings, durations are numbers. Strings that are not UTF-8 are mended
 * with U+FFFD. What no analysis has filled in is null. */
#ifndef LSP_SIDECAR_JSON_TRACE_H
#define LSP_SIDECAR_JSON_TRACE_H

#include "../lib/analysis/tree.h"
#include <jansson.h>

/* The tree must have been built of this trace. Spans come in the tree's order of display. New
 * reference; NULL without memory. Attributes are shared with the trace, so the two must not be
 * used by different threads. */
json_t *lsp_json_trace(const struct lsp_trace *t, const struct lsp_tree *tree);

/* One LOG object. New reference; NULL without memory. */
json_t *lsp_json_log(const struct lsp_log *l);

#endif
