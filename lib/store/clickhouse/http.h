/* Requests to ClickHouse's HTTP interface. */
#ifndef LSP_STORE_CLICK_HTTP_H
#define LSP_STORE_CLICK_HTTP_H

#include "../../model/buf.h"

#include <pthread.h>

#define LSP_CLICK_HANDLES 8
#define LSP_CLICK_WHY     512

struct lsp_click_http {
	char *base; /* http://HOST:PORT/ */
	char *database;
	char *user, *password; /* NULL: none */
	pthread_mutex_t lock;
	void *idle[LSP_CLICK_HANDLES]; /* connections that nobody uses now */
	size_t n_idle;
};

/* What became of a request. */
enum lsp_click_fate {
	LSP_CLICK_OK,
	LSP_CLICK_AWAY, /* no answer: it may have been done, or not */
	LSP_CLICK_BUSY, /* refused for now: try again */
	LSP_CLICK_MISSING, /* no such table or column: look again, then try again */
	LSP_CLICK_SHARD, /* a part of the cluster cannot be reached */
	LSP_CLICK_DENIED, /* user or password */
	LSP_CLICK_POISON /* this request will never be taken */
};

/* Reads what stands behind "clickhouse:". Returns 0, -EINVAL with why, -ENOMEM. */
int lsp_click_http_init(struct lsp_click_http *h, const char *url, char why[LSP_CLICK_WHY]);
void lsp_click_http_release(struct lsp_click_http *h);

struct lsp_click_request {
	const char *sql;
	struct lsp_slice body; /* of an insert */
	const char *settings; /* "&name=value…", or NULL */
	bool no_database; /* before there is one */
	long timeout_s; /* 0: 60 */
};
/* Sends, and appends the answer to out (may be NULL). When it is not OK, why says what went
 * wrong. Any thread. */
enum lsp_click_fate lsp_click_http_send(struct lsp_click_http *h, const struct lsp_click_request *r,
	struct lsp_buf *out, char why[LSP_CLICK_WHY]);

/* The number in ClickHouse's "Code: 241. DB::Exception…"; 0 when it has none. */
unsigned lsp_click_error_code(const char *answer);
enum lsp_click_fate lsp_click_error_fate(unsigned code);
/* As errno: what a caller of the store is told. */
int lsp_click_errno(enum lsp_click_fate fate);

#endif
