#include "insight.h"

#include <errno.h>
#include <stdlib.h>

static size_t find_slowest(const struct lsp_tree *t, const uint64_t *waits_ns)
{
	size_t best = LSP_TREE_NONE;
	uint64_t most = 0;
	for (size_t k = 0; k < t->trace->n_spans; k++) {
		size_t i = t->order[k];
		uint64_t self = t->nodes[i].self_ns, waits = waits_ns[i];
		uint64_t work = self > waits ? self - waits : 0;
		if (best == LSP_TREE_NONE || work > most) {
			best = i;
			most = work;
		}
	}
	return best;
}

static int find_calls(struct lsp_insight *in, const struct lsp_tree *t)
{
	struct lsp_calls calls;
	int rc = lsp_calls_init(&calls, t);
	if (rc)
		return rc;
	rc = lsp_retries_find(&calls, in->retry_of, &in->retries, &in->n_retries);
	rc = rc ? rc : lsp_repeats_find(&calls, in->retry_of, &in->repeats, &in->n_repeats);
	lsp_calls_release(&calls);
	return rc;
}

int lsp_insight_build(struct lsp_insight *ret, const struct lsp_tree *t)
{
	size_t n = t->trace->n_spans;
	struct lsp_insight in = { .main_root = lsp_main_root(t) };
	in.critical_ns = malloc((n + 1) * sizeof(*in.critical_ns));
	in.waits_ns = malloc((n + 1) * sizeof(*in.waits_ns));
	in.roles = malloc(n + 1);
	in.retry_of = malloc((n + 1) * sizeof(*in.retry_of));
	int rc = in.critical_ns && in.waits_ns && in.roles && in.retry_of ? 0 : -ENOMEM;
	if (rc == 0) {
		lsp_waiting_find(t, in.waits_ns);
		in.slowest = find_slowest(t, in.waits_ns);
	}
	rc = rc ? rc : lsp_critical_path(t, in.waits_ns, in.critical_ns);
	rc = rc ? rc : lsp_error_roles(t, in.roles, &in.origin);
	rc = rc ? rc : find_calls(&in, t);
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
	free(in->waits_ns);
	free(in->roles);
	free(in->retry_of);
	free(in->retries);
	free(in->repeats);
	free(in->gaps);
	*in = (struct lsp_insight){ 0 };
}
