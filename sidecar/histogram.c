#include "histogram.h"

#include <inttypes.h>
#include <time.h>

static const struct {
	uint64_t ns;
	const char *text; /* in seconds */
} limits[LSP_HISTOGRAM_BUCKETS] = {
	{ 500000, "0.0005" },
	{ 1000000, "0.001" },
	{ 2500000, "0.0025" },
	{ 5000000, "0.005" },
	{ 10000000, "0.01" },
	{ 25000000, "0.025" },
	{ 50000000, "0.05" },
	{ 100000000, "0.1" },
	{ 250000000, "0.25" },
	{ 1000000000, "1" },
	{ 5000000000, "5" },
	{ 30000000000, "30" },
};

uint64_t lsp_histogram_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void lsp_histogram_add(struct lsp_histogram *h, uint64_t ns)
{
	size_t i = 0;
	while (i < LSP_HISTOGRAM_BUCKETS && ns > limits[i].ns)
		i++;
	atomic_fetch_add_explicit(&h->at[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_ns, ns, memory_order_relaxed);
}

int lsp_histogram_print(
	struct lsp_buf *out, const struct lsp_histogram *h, const char *name, const char *help)
{
	uint64_t n = 0;
	int rc = lsp_buf_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
	for (size_t i = 0; rc == 0 && i <= LSP_HISTOGRAM_BUCKETS; i++) {
		n += h->at[i];
		rc = lsp_buf_printf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name,
			i < LSP_HISTOGRAM_BUCKETS ? limits[i].text : "+Inf", n);
	}
	uint64_t sum_ns = h->sum_ns;
	rc = rc ? rc
		: lsp_buf_printf(out, "%s_sum %" PRIu64 ".%09" PRIu64 "\n", name,
			  sum_ns / 1000000000u, sum_ns % 1000000000u);
	return rc ? rc : lsp_buf_printf(out, "%s_count %" PRIu64 "\n", name, n);
}
