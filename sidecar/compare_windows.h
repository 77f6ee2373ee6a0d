/* Two windows of a store, compared. */
#ifndef LSP_SIDECAR_COMPARE_WINDOWS_H
#define LSP_SIDECAR_COMPARE_WINDOWS_H

#include "../lib/store/store.h"

#include <jansson.h>

struct lsp_compare_query {
	uint64_t baseline_ns[2], incident_ns[2]; /* from, and to (exclusive) */
};

/* Reads both windows and compares them: the JSON of `compare` (lib/analysis/compare/compare.h),
 * with the windows' times. Reads every partition once per window. Returns 0 or -errno. */
int lsp_compare_windows(struct lsp_store *store, const struct lsp_compare_query *q, json_t **ret);

#endif
