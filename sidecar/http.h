/* The HTTP/1.1 server of `linespan serve`: one network thread per address (libmicrohttpd, epoll),
 * which routes, collects bodies and sends answers. A handler that waits (for the disk, for a query)
 * never holds that thread: the connection is suspended meanwhile. */
#ifndef LSP_SIDECAR_HTTP_H
#define LSP_SIDECAR_HTTP_H

#include "address.h"
#include "histogram.h"
#include "serve_counters.h"
#include "tls.h"
#include "tokens.h"
#include "../lib/model/buf.h"

#include <microhttpd.h>

#define LSP_HTTP_CONNECTIONS_MAX 512
#define LSP_HTTP_IDLE_SECONDS    30
#define LSP_HTTP_ANSWER_MAX      (512u * 1024 * 1024)
#define LSP_HTTP_SEGMENT_MAX     256

struct lsp_http_request;
struct lsp_http_server;
struct lsp_http_pool;

enum lsp_http_result {
	LSP_HTTP_ANSWERED, /* the answer is complete */
	LSP_HTTP_LATER, /* lsp_http_suspend() was called; somebody will call lsp_http_finish() */
};

enum lsp_http_flag {
	LSP_HTTP_SLOW = 1, /* runs in the pool, not in the network thread; must answer at once */
	LSP_HTTP_OPEN = 2, /* needs no token */
};

struct lsp_http_route {
	const char *method; /* "GET" (HEAD, too) or "POST" */
	const char *path; /* segments; one that is "*" stands for any, kept in r->segment */
	enum lsp_http_result (*handle)(struct lsp_http_request *r);
	unsigned flags; /* of enum lsp_http_flag */
	/* Writes an error in the style of this part of the API. */
	void (*refuse)(struct lsp_http_request *r, unsigned status, const char *message);
};

struct lsp_http_routes {
	const struct lsp_http_route *at;
	size_t n;
};

struct lsp_http_answer {
	unsigned status;
	const char *type; /* static */
	const char *allow; /* static; NULL: no such header */
	const char *policy; /* Content-Security-Policy; static; NULL: no such header */
	unsigned retry_after_s; /* 0: no such header */
	bool wants_token; /* WWW-Authenticate */
	struct lsp_buf body;
};

struct lsp_http_request {
	void *app; /* of the server */
	const struct lsp_http_route *route;
	char segment[LSP_HTTP_SEGMENT_MAX]; /* what "*" stands for; "" */
	const char *type, *encoding; /* Content-Type, Content-Encoding; NULL: not said */
	struct lsp_buf body; /* complete when the handler is called, which may take it over */
	struct lsp_http_answer answer;
	/* The server's own. */
	struct lsp_http_server *server;
	struct MHD_Connection *connection;
	struct lsp_http_request *next;
	size_t held_bytes, drained_bytes;
	bool decided;
};

struct lsp_http_config {
	struct lsp_address address; /* the chosen port is put in */
	const struct lsp_http_routes *const *tables;
	size_t n_tables;
	void *app;
	size_t max_body_bytes;
	struct lsp_http_pool *pool; /* for slow routes */
	struct lsp_histogram *slow; /* what these take */
	struct lsp_tls *tls; /* NULL: none */
	struct lsp_tokens *tokens; /* NULL: everybody on this machine is welcome */
	struct lsp_serve_counters *counters;
};

/* Listens and starts to answer. The tables must outlive the server. Returns 0 or -errno
 * (-EADDRINUSE, …). */
int lsp_http_server_new(struct lsp_http_server **ret, struct lsp_http_config *config);
/* Stops to accept; requests in flight go on. */
void lsp_http_server_quiesce(struct lsp_http_server *s);
/* Waits for requests in flight (for those still being sent at most wait_ms) and ends the server.
 * Whatever finishes suspended requests must still run. NULL is fine; returns NULL. */
struct lsp_http_server *lsp_http_server_free(struct lsp_http_server *s, unsigned wait_ms);

/* ---- for handlers --------------------------------------------------------------------------- */

/* A query parameter, decoded; NULL when it is not there. */
const char *lsp_http_parameter(const struct lsp_http_request *r, const char *name);
/* The first parameter whose name is not among the n allowed ones; NULL when all are. */
const char *lsp_http_unknown_parameter(
	const struct lsp_http_request *r, const char *const *allowed, size_t n);

/* Network thread only. False: the server is ending, nothing may be waited for. */
bool lsp_http_suspend(struct lsp_http_request *r);
/* Any thread: the answer of a suspended request is complete. r is gone afterwards. */
void lsp_http_finish(struct lsp_http_request *r);

/* The style of our own API: {"error":{"code":N,"message":"…"}}. */
void lsp_http_refuse_json(struct lsp_http_request *r, unsigned status, const char *message);
/* A plain text answer. */
void lsp_http_answer_text(struct lsp_http_request *r, unsigned status, const char *text);

/* ---- the pool for slow routes (http_pool.c) ------------------------------------------------- */

/* Returns 0 or -errno. */
int lsp_http_pool_new(struct lsp_http_pool **ret, unsigned threads);
/* Ends it when its queue is empty. NULL is fine; returns NULL. */
struct lsp_http_pool *lsp_http_pool_free(struct lsp_http_pool *p);
/* Calls the handler of a suspended request in one of the threads, then finishes it. */
void lsp_http_pool_run(struct lsp_http_pool *p, struct lsp_http_request *r);

/* ---- between http_*.c ----------------------------------------------------------------------- */

/* Calls the handler of a suspended request, then finishes it. */
void lsp_http_run_slow(struct lsp_http_request *r);

/* Finds the route of a path and fills r->route and r->segment. Returns 0, -ENOENT for an unknown
 * path, -EPERM for a known one with another method (r->answer.allow and r->route are set). */
int lsp_http_find_route(struct lsp_http_request *r, const struct lsp_http_routes *const *tables,
	size_t n, const char *method, const char *path);

/* False when a web page of another site made this request. Without a token Host and Origin must be
 * this machine by a loopback name; with one, which no other site knows, an Origin must be Host. */
bool lsp_http_is_ours(struct MHD_Connection *connection, bool has_token);

#endif
