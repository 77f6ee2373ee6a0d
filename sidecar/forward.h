/* `linespan serve --forward URL`: all that is stored goes to another OTLP/HTTP backend, too, from a
 * queue on disk for each. What was acknowledged to a sender is in the queue: it outlives an outage
 * of the backend, a restart and a kill -9, and is sent at least once, in order. */
#ifndef LSP_SIDECAR_FORWARD_H
#define LSP_SIDECAR_FORWARD_H

#include "address.h"
#include "../lib/model/batch.h"
#include "../lib/store/disk_queue.h"

#define LSP_FORWARDS_MAX        8
#define LSP_FORWARD_HEADERS_MAX 32
#define LSP_FORWARD_MAX_DISK    (1ull << 30) /* of a queue, when nothing is said */

enum lsp_forward_kind { LSP_FORWARD_SPANS, LSP_FORWARD_LOGS, LSP_FORWARD_KINDS };

/* What the options say; strings are not copied. */
struct lsp_forward_config {
	const char *urls[LSP_FORWARDS_MAX];
	size_t n_urls;
	struct {
		char *text; /* "Name: value"; malloc'ed, never freed */
		int of; /* index of its URL; -1: of all */
	} headers[LSP_FORWARD_HEADERS_MAX];
	size_t n_headers;
	const char *ca_file; /* NULL: what the system trusts */
	uint64_t max_disk_bytes;
};

/* ---- options (forward_options.c). Return NULL, or what is wrong with the value -------------- */

const char *lsp_forward_add_url(struct lsp_forward_config *c, const char *value);
/* "NAME=VALUE", for the URL before it; for all when it stands before the first. */
const char *lsp_forward_add_header(struct lsp_forward_config *c, const char *value);
/* As OTEL_EXPORTER_OTLP_HEADERS: "name=value,name=value", values percent-encoded; for all. */
const char *lsp_forward_add_headers(struct lsp_forward_config *c, const char *list);
/* True when a URL names this address: what comes in would go round for ever. */
bool lsp_forward_is_at(const char *url, const struct lsp_address *address);

/* ---- the work (forward.c, forward_send.c) ---------------------------------------------------- */

struct lsp_forward;

struct lsp_forward_stats {
	const char *url; /* without user and password */
	uint64_t sent[LSP_FORWARD_KINDS]; /* rows that the backend took */
	uint64_t rejected[LSP_FORWARD_KINDS]; /* of them it kept not (partial_success) */
	uint64_t refused[LSP_FORWARD_KINDS]; /* rows dropped because it refused their request */
	uint64_t requests, retries;
	bool is_up; /* the last request was answered */
	struct lsp_queue_stats queue;
};

/* Opens queues below data_dir and starts to send. Returns 0 or -errno with one line in why. */
int lsp_forward_new(struct lsp_forward **ret, const struct lsp_forward_config *config,
	const char *data_dir, char *why, size_t cap);
/* Sends for at most wait_ms more while that goes well; the rest stays in the queue. NULL is fine;
 * returns NULL. */
struct lsp_forward *lsp_forward_free(struct lsp_forward *f, unsigned wait_ms);

/* The writer's thread: lsp_writer_tee. begin queues the rows, unseen; end says whether they were
 * stored, and only then they are there. Returns 0 or -errno; end is due in any case. */
int lsp_forward_begin(void *f, const struct lsp_batch *b);
void lsp_forward_end(void *f, bool is_stored);

/* Any thread. False when there is no such backend. */
bool lsp_forward_get_stats(struct lsp_forward *f, size_t i, struct lsp_forward_stats *ret);

/* Appends them as Prometheus reads them (metrics_forward.c). NULL is fine. Returns 0 or -errno. */
int lsp_metrics_forward(struct lsp_buf *out, struct lsp_forward *f);

#endif
