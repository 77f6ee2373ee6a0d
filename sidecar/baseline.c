#include "baseline.h"

#include <stdlib.h>

#define OTHERS_MAX 1000
#define LOOK_AT    10000 /* spans: milliseconds */
#define LOOK_MORE  200000 /* … for an operation that is rare */

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

static int take(void *arg, const struct lsp_span_row *row)
{
	struct others *o = arg;
	if (row->status == LSP_STATUS_ERROR || row->end_ns < row->start_ns ||
		memcmp(row->trace_id, o->root->trace_id, LSP_TRACE_ID_BYTES) == 0)
		return 0;
	o->durations_ns[o->n++] = row->end_ns - row->start_ns;
	return o->n == OTHERS_MAX;
}

int lsp_baseline_find(
	struct lsp_baseline *ret, struct lsp_store *store, const struct lsp_span *root)
{
	struct others o = { .root = root };
	struct lsp_operation_query q = {
		.service = root->service, .name = root->name, .kind = root->kind, .look_at = LOOK_AT
	};
	uint64_t duration_ns = root->end_ns > root->start_ns ? root->end_ns - root->start_ns : 0;
	int rc = lsp_store_operation(store, &q, take, &o);
	if (rc >= 0 && o.n < LSP_BASELINE_MIN) {
		o.n = 0;
		q.look_at = LOOK_MORE;
		rc = lsp_store_operation(store, &q, take, &o);
	}
	if (rc < 0)
		return rc;
	*ret = lsp_baseline_judge(
		o.durations_ns, o.n, duration_ns, root->status == LSP_STATUS_ERROR);
	return 0;
}
