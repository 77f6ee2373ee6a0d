/* The parts of one running `linespan serve`, and the options that made it. */
#ifndef LSP_SIDECAR_SERVE_H
#define LSP_SIDECAR_SERVE_H

#include "address.h"
#include "forward.h"
#include "grpc.h"
#include "http.h"
#include "intake_journal.h"
#include "intake_ring.h"
#include "intake_syslog.h"
#include "intake_tail.h"
#include "writer.h"

#include <limits.h>

struct lsp_serve_config {
	char data_dir[PATH_MAX];
	const char *dir; /* NULL: the default spool */
	const char *store_url; /* NULL: the default engine */
	uint64_t retention_ns, max_disk_bytes, max_body_bytes;
	bool sync_full;
	struct lsp_address otlp_http, otlp_grpc, http;
	bool has_otlp_http, has_otlp_grpc, has_http;
	struct lsp_address zipkin, syslog;
	bool has_zipkin, has_syslog;
	const char *syslog_socket; /* NULL: none */
	const char *tails[LSP_TAIL_GLOBS_MAX];
	size_t n_tails;
	bool has_journal;
	const char *journal_path; /* NULL: this machine's */
	struct lsp_forward_config forward;
	const char *token_file, *tls_cert, *tls_key; /* NULL: not said */
};

/* What handlers see as r->app. */
struct lsp_serve {
	struct lsp_serve_counters counters;
	struct lsp_histogram queries; /* of look-ups */
	struct lsp_grpc_server *otlp_grpc; /* NULL: none */
	struct lsp_store *store;
	struct lsp_writer *writer;
	struct lsp_ring_intake *ring;
	struct lsp_syslog_intake *syslog;
	struct lsp_tail_intake *tail;
	struct lsp_journal_intake *journal;
	struct lsp_twice *twice;
	struct lsp_resent *resent;
	struct lsp_forward *forward; /* NULL: nowhere */
	struct lsp_tls *tls; /* NULL: none */
	struct lsp_tokens *tokens; /* NULL: none are wanted */
	size_t max_body_bytes;
};

/* Reads options and environment. Returns 0, or -1 with *ret_exit set and what is wrong (or the
 * help) printed. */
int lsp_serve_options(struct lsp_serve_config *ret, int argc, char **argv, int *ret_exit);

/* The folder for data when none is said. Returns 0 or -ENAMETOOLONG, -ENOENT (no HOME). */
int lsp_serve_default_data_dir(char *ret, size_t cap);

/* False when all is well; else ret_why says what is not, as one line without its end. Stuck is what
 * has made no progress for so long; ill is that, or a store that does not take what comes. Any
 * thread, while all parts are there (health.c). */
bool lsp_serve_is_stuck(struct lsp_serve *s, uint64_t silent_ms, char *ret_why, size_t cap);
bool lsp_serve_is_ill(struct lsp_serve *s, char *ret_why, size_t cap);

/* Prints "linespan serve: " and one line on standard error. Returns 1. */
int lsp_serve_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The routes of OTLP (intake_otlp.c), of Zipkin (intake_zipkin.c) and of our own API (api_*.c). */
extern const struct lsp_http_routes lsp_routes_otlp, lsp_routes_zipkin, lsp_routes_traces,
	lsp_routes_logs, lsp_routes_state, lsp_routes_jaeger, lsp_routes_compare, lsp_routes_lint,
	lsp_routes_web;

/* The methods of OTLP/gRPC (intake_grpc.c). */
extern const struct lsp_grpc_methods lsp_methods_otlp;

#endif
