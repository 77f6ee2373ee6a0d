/* The store on a ClickHouse cluster, over its HTTP interface. Private to this folder.
 *
 * A write is acknowledged when it lies in the disk queue (queue.h); the sender's thread carries it
 * to the cluster. Three tables take it: `linespan_rows`, sorted by trace id, with every record as
 * it came, from which all look-ups are answered; and the OpenTelemetry exporter's `otel_traces` and
 * `otel_logs`, for everybody else's tools. Any number of processes may work on one cluster. */
#ifndef LSP_STORE_CLICK_H
#define LSP_STORE_CLICK_H

#include "../engine.h"
#include "http.h"
#include "otel.h"
#include "queue.h"

#include <pthread.h>
#include <stdatomic.h>

#define LSP_CLICK_TABLE "linespan_rows"

/* A segment goes to the tables one after the other; its file's name says how far it is. */
enum lsp_click_stage { LSP_CLICK_ROWS, LSP_CLICK_TRACES, LSP_CLICK_LOGS, LSP_CLICK_STAGES };

struct lsp_click {
	struct lsp_store base;
	struct lsp_click_http http;
	struct lsp_click_queue queue;
	uint64_t retention_ns;
	bool read_only;

	/* The sender's. */
	pthread_t sender;
	bool has_sender;
	bool ready; /* the tables are known */
	unsigned version; /* the server's major version */
	struct lsp_otel_table otel[2]; /* of otel_traces, otel_logs */
	unsigned tries, refusals; /* of the segment at hand */

	pthread_mutex_t lock; /* of the text below */
	char last_error[LSP_STORE_WHY_BYTES]; /* "": the cluster answers */
};

/* tables.c: makes what is missing and learns which columns there are. Returns 0 or -errno with
 * http's why. */
int lsp_click_prepare(struct lsp_click *s, char why[LSP_STORE_WHY_BYTES]);

/* sender.c */
int lsp_click_start_sender(struct lsp_click *s);
void lsp_click_stop_sender(struct lsp_click *s);

/* read_trace.c */
int lsp_click_trace(
	struct lsp_store *store, const struct lsp_trace_key *key, struct lsp_trace **ret);
/* read_logs.c */
int lsp_click_logs(struct lsp_store *store, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row);
/* read_search.c */
int lsp_click_search(struct lsp_store *store, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg);
int lsp_click_operation(struct lsp_store *store, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg);
int lsp_click_services(
	struct lsp_store *store, int (*each)(void *arg, const char *service), void *arg);
/* read_scan.c */
int lsp_click_scan(struct lsp_store *store, const struct lsp_scan *q);

#endif
