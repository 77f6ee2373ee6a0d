#include "baseline.h"

#include <stdlib.h>

#define OTHERS_MAX 1000

struct others {
	const struct lsp_span *root;
	uint64_t durations_ns[OTHERS_MAX];
	size_t n;
};

static int by_duration(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

struct lsp_baseline lsp_baseline_judge(
	uint64_t *durations_ns, size_t n, uint64_t duration_ns, bool failed)
{
	struct lsp_baseline b = { .n = n, .verdict = "no-baseline" };
	if (n == 0)
		return b;
	qsort(durations_ns, n, sizeof(*durations_ns), by_duration);
	b.p50_ns = durations_ns[(n - 1) / 2];
	b.p99_ns = durations_ns[(n * 99 + 99) / 100 - 1];
	if (n < LSP_BASELINE_MIN)
		return b;
	bool slow = duration_ns > b.p99_ns && duration_ns - b.p50_ns > b.p50_ns / 5;
	b.verdict = failed ? "failing" : slow ? "slow" : "normal";
	return b;
}

static int take(void *arg, const struct lsp_trace_summary *t)
{
	struct others *o = arg;
	if (memcmp(t->trace_id, o->root->trace_id, LSP_TRACE_ID_BYTES) == 0 || t->n_errors ||
		!t->root_service || !t->root_name || strcmp(t->root_service, o->root->service) ||
		strcmp(t->root_name, o->root->name))
		return 0;
	o->durations_ns[o->n++] = t->duration_ns;
	return o->n == OTHERS_MAX;
}

int lsp_baseline_find(struct lsp_baseline *ret, struct lsp_store *store,
	const struct lsp_span *root, uint64_t duration_ns)
{
	struct others o = { .root = root };
	struct lsp_trace_query q = {
		.service = root->service, .operation = root->name, .limit = OTHERS_MAX
	};
	int rc = lsp_store_search(store, &q, take, &o);
	if (rc < 0)
		return rc;
	*ret = lsp_baseline_judge(
		o.durations_ns, o.n, duration_ns, root->status == LSP_STATUS_ERROR);
	return 0;
}
