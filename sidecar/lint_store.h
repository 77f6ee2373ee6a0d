/* The tracing of a store, judged. */
#ifndef LSP_SIDECAR_LINT_STORE_H
#define LSP_SIDECAR_LINT_STORE_H

#include "../lib/store/store.h"

#include <jansson.h>

struct lsp_lint_query {
	const char *service; /* NULL: all */
	uint64_t since_ns; /* 0: all that is there */
};

/* Reads what the query asks for and judges it: the JSON of `lint` (lib/analysis/lint/lint.h).
 * Returns 0 or -errno. */
int lsp_lint_store(struct lsp_store *store, const struct lsp_lint_query *q, json_t **ret);

#endif
