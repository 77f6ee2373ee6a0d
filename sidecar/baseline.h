/* What is normal for an operation: the other requests of the same kind that the store has. */
#ifndef LSP_SIDECAR_BASELINE_H
#define LSP_SIDECAR_BASELINE_H

#include "../lib/store/store.h"

#define LSP_BASELINE_MIN 5 /* fewer say nothing */

struct lsp_baseline {
	uint64_t n, p50_ns, p99_ns; /* of the others that had no error */
	const char *verdict; /* "normal", "slow", "failing", "no-baseline"; static */
};

/* Up to 1000 spans of the root's service, name and kind, without those of its own trace, out of the
 * newest 10,000 spans of the store. Failing: the root is in error. Slow: longer than p99 and than
 * 1.2 times p50. Returns 0 or the store's -errno. */
int lsp_baseline_find(
	struct lsp_baseline *ret, struct lsp_store *store, const struct lsp_span *root);

/* The judgement alone: sorts durations_ns[0..n). */
struct lsp_baseline lsp_baseline_judge(
	uint64_t *durations_ns, size_t n, uint64_t duration_ns, bool failed);

#endif
