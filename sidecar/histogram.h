/* How long things took, for /metrics: a Prometheus histogram. Any thread adds, without a lock. */
#ifndef LSP_SIDECAR_HISTOGRAM_H
#define LSP_SIDECAR_HISTOGRAM_H

#include "../lib/model/buf.h"

#include <stdatomic.h>

#define LSP_HISTOGRAM_BUCKETS 12 /* and one for what takes longer */

struct lsp_histogram {
	_Atomic uint64_t at[LSP_HISTOGRAM_BUCKETS + 1], sum_ns;
};

uint64_t lsp_histogram_now_ns(void); /* monotonic */
void lsp_histogram_add(struct lsp_histogram *h, uint64_t ns);
/* Appends it in the text format, in seconds. Returns 0, -E2BIG, -ENOMEM. */
int lsp_histogram_print(
	struct lsp_buf *out, const struct lsp_histogram *h, const char *name, const char *help);

#endif
