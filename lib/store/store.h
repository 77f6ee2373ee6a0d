/* The seam between intake, look-ups and what keeps the data. One engine a folder below this one
 * (sqlite/, clickhouse/); a new engine is one folder and one line in store.c.
 *
 * Threads: write() from one thread at a time; queries from any thread, beside writes. A store
 * opened read-only may be open in other processes while one process writes. */
#ifndef LSP_STORE_STORE_H
#define LSP_STORE_STORE_H

#include "../model/attrs.h"
#include "../model/batch.h"
#include "../model/id.h"
#include "../model/trace.h"

struct lsp_store;

struct lsp_store_config {
	const char *url;      /* "sqlite:" (default when NULL) or "clickhouse:…" */
	const char *data_dir; /* for engines that keep files here */
	bool read_only;
	uint64_t retention_ns; /* 0: keep all */
	uint64_t max_disk_bytes; /* 0: no limit */
	bool sync_full; /* a power cut loses nothing acknowledged; else the last second at most */
	uint64_t partition_rows; /* of the embedded store, then the next begins; 0: its choice */
	uint64_t query_limit_ns; /* of the embedded store: logs and search give up; 0: never */
	const _Atomic bool *hurry; /* with a limit: they give up at once when it is set; or NULL */
};

#define LSP_STORE_WHY_BYTES 512

/* Opens (and unless read-only, makes) a store. On failure returns -errno and writes to why one line
 * for a person: what, which path, why, what to do. */
int lsp_store_open(struct lsp_store **ret, const struct lsp_store_config *config,
	char why[LSP_STORE_WHY_BYTES]);
struct lsp_store *lsp_store_free(struct lsp_store *s);

/* All of the batch or nothing; durable when it returns 0 (a kill -9 afterwards loses nothing).
 * -ENOSPC, -EIO, -EAGAIN: nothing was kept, try again later. Spans that are there already (same
 * trace and span id) are not doubled: a look-up shows one. */
int lsp_store_write(struct lsp_store *s, const struct lsp_batch *b);

/* All spans and logs of the traces that match the key, never bounded by time. Returns 0 and a trace
 * (finished: sorted, unique) or -ENOENT, other -errno with why as above (may be NULL). */
int lsp_store_trace(struct lsp_store *s, const struct lsp_trace_key *key, struct lsp_trace **ret);

/* Log records. Filters are ANDed; empty ones do not filter. */
struct lsp_log_query {
	const char *service;      /* NULL: any */
	unsigned min_severity;    /* 0: any */
	const char *text;         /* words that the body contains, in any case; NULL: any */
	const struct lsp_trace_key *trace; /* NULL: any */
	const uint8_t *span_id;   /* NULL: any */
	struct lsp_attrs attrs;   /* its own or its resource's: lib/wire/otlp_match.h */
	bool no_trace;            /* only records without a trace id */
	uint64_t since_ns, until_ns; /* 0: open end; until is exclusive */
	uint64_t after_row;       /* only rows stored after this one (--follow); 0: all */
	size_t limit;             /* newest `limit` records; 0: 1000 */
};
/* Calls each for the newest matching records, in time order; a non-zero answer stops. *ret_last_row
 * (may be NULL) is the newest row seen, for after_row. Returns 0 or -errno. */
int lsp_store_logs(struct lsp_store *s, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row);

/* Traces, newest first: those with a span that fits in everything. */
struct lsp_trace_query {
	const char *service, *operation, *text;
	uint64_t min_duration_ns, max_duration_ns; /* 0: any */
	bool errors;
	struct lsp_attrs attrs; /* of a span, its events or its resource: lib/wire/otlp_match.h */
	uint64_t since_ns, until_ns;
	size_t limit; /* 0: 20 */
};
struct lsp_trace_summary {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	uint64_t start_ns, duration_ns;
	uint64_t n_spans, n_errors;
	const char *root_service, *root_name; /* of the earliest span; valid during the call */
};
int lsp_store_search(struct lsp_store *s, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg);

/* Everything as rows, in the order in which it lies there: for what reads much and keeps little. A
 * scan sees what was there when it began, and keeps nobody else waiting. Slices are valid during
 * the call; a callback's answer of less than zero stops. encoded may lack what columns hold
 * (lib/wire/otlp_strip.h); a row's origin is `from`, its number is 0. */
struct lsp_scan {
	bool no_spans, no_logs;
	bool no_encoded; /* encoded, resource and scope are then "" */
	uint64_t since_ns, until_ns; /* of a span's start, a log's time; exclusive end; 0: open */
	uint64_t newest_rows; /* of each kind about so many of those stored last; 0: all. An
			       * engine that does not know which ones may give more */
	void *arg;
	int (*span)(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from);
	int (*log)(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from);
};
/* Returns 0, what a callback answered, or -errno. */
int lsp_store_scan(struct lsp_store *s, const struct lsp_scan *q);

/* Spans of one operation among the newest `look_at` spans of the store, about the newest first: a
 * sample that costs little. Of a row only trace id, times, status and kind are set. A non-zero
 * answer stops. Returns 0 or -errno. An engine that has no such sample gives none. */
struct lsp_operation_query {
	const char *service, *name;
	unsigned kind; /* enum lsp_span_kind */
	size_t look_at;
};
int lsp_store_operation(struct lsp_store *s, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg);

/* The names of all services, sorted. */
int lsp_store_services(struct lsp_store *s, int (*each)(void *arg, const char *service), void *arg);

struct lsp_store_stats {
	uint64_t spans, logs, disk_bytes, partitions, set_aside;
};
int lsp_store_get_stats(struct lsp_store *s, struct lsp_store_stats *ret);
/* How many damaged partitions were set aside since it was opened: answers are incomplete then. */
uint64_t lsp_store_set_aside(struct lsp_store *s);

/* Housekeeping, called about once a second by the writer's thread: retention, sealing. */
void lsp_store_tick(struct lsp_store *s, uint64_t now_ns);

#endif
