/* What `linespan serve` counts, for /metrics. Any thread adds; counters keep no order. */
#ifndef LSP_SIDECAR_SERVE_COUNTERS_H
#define LSP_SIDECAR_SERVE_COUNTERS_H

#include "../lib/model/record.h"

#include <stdatomic.h>
#include <stdint.h>

/* X(id, name and labels in /metrics, help); lines of one name follow each other. */
#define LSP_SERVE_COUNTER_TABLE(X)                                                                 \
	X(RECEIVED_SPANS, "linespan_received_total{signal=\"spans\"}", "Records that came in.")    \
	X(RECEIVED_LOGS, "linespan_received_total{signal=\"logs\"}", "")                           \
	X(STORED_SPANS, "linespan_stored_total{signal=\"spans\"}",                                 \
		"Records that are durable in the store.")                                          \
	X(STORED_LOGS, "linespan_stored_total{signal=\"logs\"}", "")                               \
	X(RESENT_LOGS, "linespan_resent_total{signal=\"logs\"}",                                   \
		"Records that were sent again, and are stored already.")                           \
	X(COMMITS, "linespan_commits_total", "Transactions of the store.")                         \
	X(COMMIT_FAILURES, "linespan_commit_failures_total", "Transactions that failed.")          \
	X(REJECTED_SPANS, "linespan_dropped_total{reason=\"bad_span_id\"}",                        \
		"Records that were taken and not kept.")                                           \
	X(DROPPED_SYSLOG, "linespan_dropped_total{reason=\"syslog_not_stored\"}", "")              \
	X(DROPPED_METRICS, "linespan_dropped_total{reason=\"metrics_not_kept\"}", "")              \
	X(REFUSED_MALFORMED, "linespan_refused_requests_total{reason=\"malformed\"}",              \
		"Requests that were answered with an error.")                                      \
	X(REFUSED_TOO_LARGE, "linespan_refused_requests_total{reason=\"too_large\"}", "")          \
	X(REFUSED_FULL, "linespan_refused_requests_total{reason=\"queue_full\"}", "")              \
	X(REFUSED_STORE, "linespan_refused_requests_total{reason=\"store\"}", "")                  \
	X(REFUSED_TYPE, "linespan_refused_requests_total{reason=\"unsupported_type\"}", "")        \
	X(REFUSED_TOKEN, "linespan_refused_requests_total{reason=\"no_token\"}", "")               \
	X(REFUSED_FOREIGN, "linespan_refused_requests_total{reason=\"foreign_origin\"}", "")       \
	X(UNCORRELATED_LOGS, "linespan_uncorrelated_logs_total",                                   \
		"Log records whose ids were bad; kept without them.")                              \
	X(RING_RETRIES, "linespan_ring_retries_total",                                             \
		"Rounds of the ring reader that could not be stored and are read again.")

enum lsp_serve_counter {
#define X(id, name, help) LSP_SERVED_##id,
	LSP_SERVE_COUNTER_TABLE(X)
#undef X
		LSP_SERVED_N
};

struct lsp_serve_counters {
	_Atomic uint64_t at[LSP_SERVED_N];
	_Atomic uint64_t spans_by[LSP_INTAKE_N], logs_by[LSP_INTAKE_N]; /* stored, by their way */
};

static inline void lsp_count(struct lsp_serve_counters *c, enum lsp_serve_counter which, uint64_t n)
{
	atomic_fetch_add_explicit(&c->at[which], n, memory_order_relaxed);
}

#endif
