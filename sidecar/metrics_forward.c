/* Metrics of --forward: one family of names after the other, in each a line for each backend. */
#include "forward.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const char *const kinds[LSP_FORWARD_KINDS] = { "spans", "logs" };

/* By signal: X(name, type, help, value of stats s and signal k). */
#define BY_SIGNAL(X)                                                                               \
	X("sent_total", "counter", "Records that the backend took.", s->sent[k])                   \
	X("rejected_total", "counter", "Of them, records that it did not keep.", s->rejected[k])   \
	X("refused_total", "counter", "Records dropped because their request was refused.",        \
		s->refused[k])                                                                     \
	X("dropped_total", "counter", "Records dropped because the queue was full.",               \
		s->queue.dropped[k])                                                               \
	X("queued", "gauge", "Records that wait.", s->queue.weight[k])

/* By backend: X(name, type, help, value). */
#define BY_BACKEND(X)                                                                              \
	X("up", "gauge", "1: the last request was answered.", s->is_up)                            \
	X("requests_total", "counter", "Requests, tries counted each.", s->requests)               \
	X("retries_total", "counter", "Requests that are to be sent again.", s->retries)           \
	X("queue_bytes", "gauge", "Size of the queue on disk.", s->queue.bytes)                    \
	X("queue_damaged_total", "counter", "Places in the queue that made no sense.",             \
		s->queue.damaged)                                                                  \
	X("queue_age_seconds", "gauge", "Age of the oldest record that waits.", age_s(s))

static uint64_t age_s(const struct lsp_forward_stats *s)
{
	uint64_t now_s = (uint64_t)time(NULL);
	return s->queue.oldest_s && now_s > s->queue.oldest_s ? now_s - s->queue.oldest_s : 0;
}

/* A label's value: what would end it, or the line, is left out. */
static void label_of(const char *url, char *out, size_t cap)
{
	size_t n = 0;
	for (; *url && n + 1 < cap; url++)
		if (*url != '"' && *url != '\\' && (unsigned char)*url >= ' ')
			out[n++] = *url;
	out[n] = 0;
}

static uint64_t by_signal(const struct lsp_forward_stats *s, size_t family, size_t k)
{
	const uint64_t values[] = {
#define X(name, type, help, value) value,
		BY_SIGNAL(X)
#undef X
	};
	return values[family];
}

static uint64_t by_backend(const struct lsp_forward_stats *s, size_t family)
{
	const uint64_t values[] = {
#define X(name, type, help, value) value,
		BY_BACKEND(X)
#undef X
	};
	return values[family];
}

struct family {
	const char *name, *type, *help;
};

static int add_head(struct lsp_buf *out, const struct family *f)
{
	return lsp_buf_printf(out, "# HELP linespan_forward_%s %s\n# TYPE linespan_forward_%s %s\n",
		f->name, f->help, f->name, f->type);
}

static int add_signals(
	struct lsp_buf *out, const struct lsp_forward_stats *all, size_t n, size_t family)
{
	static const struct family families[] = {
#define X(name, type, help, value) { name, type, help },
		BY_SIGNAL(X)
#undef X
	};
	char url[512];
	if (family == sizeof(families) / sizeof(families[0]))
		return 1;
	int rc = add_head(out, &families[family]);
	for (size_t i = 0; rc == 0 && i < n * LSP_FORWARD_KINDS; i++) {
		const struct lsp_forward_stats *s = &all[i / LSP_FORWARD_KINDS];
		size_t k = i % LSP_FORWARD_KINDS;
		label_of(s->url, url, sizeof(url));
		rc = lsp_buf_printf(out,
			"linespan_forward_%s{backend=\"%s\",signal=\"%s\"} %" PRIu64 "\n",
			families[family].name, url, kinds[k], by_signal(s, family, k));
	}
	return rc;
}

static int add_backends(
	struct lsp_buf *out, const struct lsp_forward_stats *all, size_t n, size_t family)
{
	static const struct family families[] = {
#define X(name, type, help, value) { name, type, help },
		BY_BACKEND(X)
#undef X
	};
	char url[512];
	if (family == sizeof(families) / sizeof(families[0]))
		return 1;
	int rc = add_head(out, &families[family]);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		label_of(all[i].url, url, sizeof(url));
		rc = lsp_buf_printf(out, "linespan_forward_%s{backend=\"%s\"} %" PRIu64 "\n",
			families[family].name, url, by_backend(&all[i], family));
	}
	return rc;
}

int lsp_metrics_forward(struct lsp_buf *out, struct lsp_forward *f)
{
	struct lsp_forward_stats all[LSP_FORWARDS_MAX];
	size_t n = 0, family;
	int rc = 0;
	while (n < LSP_FORWARDS_MAX && lsp_forward_get_stats(f, n, &all[n]))
		n++;
	if (n == 0)
		return 0;
	for (family = 0; rc == 0; family++)
		rc = add_signals(out, all, n, family);
	rc = rc > 0 ? 0 : rc;
	for (family = 0; rc == 0; family++)
		rc = add_backends(out, all, n, family);
	return rc > 0 ? 0 : rc;
}
