#include "insight.h"

#include <errno.h>
#include <stdlib.h>

static size_t find_slowest(const struct lsp_tree *t)
{
	size_t best = LSP_TREE_NONE;
	for (size_t k = 0; k < t->trace->n_spans; k++) {
		size_t i = t->order[k];
		if (best == LSP_TREE_NONE || t->nodes[i].self_ns > t->nodes[best].self_ns)
			best = i;
	}
	return best;
}

int lsp_insight_build(struct lsp_insight *ret, const struct lsp_tree *t)
{
	size_t n = t->trace->n_spans;
	struct lsp_insight in = { .main_root = lsp_main_root(t), .slowest = find_slowest(t) };
	in.critical_ns = malloc((n + 1) * sizeof(*in.critical_ns));
	in.roles = malloc(n + 1);
	in.retry_of = malloc((n + 1) * sizeof(*in.retry_of));
	int rc = in.critical_ns && in.roles && in.retry_of ? 0 : -ENOMEM;
	rc = rc ? rc : lsp_critical_path(t, in.critical_ns);
	rc = rc ? rc : lsp_error_roles(t, in.roles, &in.origin);
	rc = rc ? rc : lsp_retries_find(t, in.retry_of, &in.retries, &in.n_retries);
	rc = rc ? rc : lsp_gaps_find(t, &in.gaps, &in.n_gaps);
	if (rc == 0)
		*ret = in;
	else
		lsp_insight_release(&in);
	return rc;
}

void lsp_insight_release(struct lsp_insight *in)
{
	free(in->critical_ns);
	free(in->roles);
	free(in->retry_of);
	free(in->retries);
	free(in->gaps);
	*in = (struct lsp_insight){ 0 };
}
