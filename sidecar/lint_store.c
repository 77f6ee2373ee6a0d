#include "lint_store.h"
#include "../lib/analysis/lint/lint.h"

#include <errno.h>

static int add_span(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	return lsp_lint_add_span(arg, row, from);
}

static int add_log(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	return lsp_lint_add_log(arg, row, from);
}

int lsp_lint_store(struct lsp_store *store, const struct lsp_lint_query *q, json_t **ret)
{
	struct lsp_lint *l = lsp_lint_new();
	struct lsp_scan scan = {
		.since_ns = q->since_ns, .arg = l, .span = add_span, .log = add_log
	};
	/* All services, also when one is asked for: whether its spans have parents and answers is
	 * known by the others' spans. */
	int rc = l ? lsp_store_scan(store, &scan) : -ENOMEM;
	rc = rc ? rc : lsp_lint_finish(l, q->service, ret);
	lsp_lint_free(l);
	return rc;
}
