/* Connections by descriptor. Several descriptors can name one connection (dup), so an entry of the
 * first table points into the second; a generation tells a connection from a later one in its
 * place. For conn*.c only. */
#ifndef LSP_PRELOAD_CONN_TABLE_H
#define LSP_PRELOAD_CONN_TABLE_H

#include "conn.h"
#include "content.h"
#include "../lib/core/fcgi.h"
#include "../lib/core/http_message.h"
#include <stdatomic.h>

#define LSP_CONN_PEER_BYTES 48

struct lsp_conn {
	_Atomic uint32_t generation;
	_Atomic uint8_t in_use; /* a thread works on it */
	_Atomic uint8_t lost;   /* another one could not: what went by was not seen */
	uint8_t kind;           /* enum lsp_conn_kind */
	uint8_t names;          /* descriptors that name it */
	bool has_context;
	bool doubtful; /* a bound connection's context was not proven when it was bound */
	bool opaque;   /* not HTTP/1.x, or upgraded: never looked at again */
	bool fcgi;     /* it speaks FastCGI */
	bool tls;      /* its plain text comes from a TLS library (conn_tls.h) */
	bool spoken;   /* something was sent on it */
	bool http;     /* what was sent on it began like an HTTP request */
	bool in_body;  /* the request's head is done, its body is going by */
	bool vetoed;   /* pipelined: no context and no span until all is answered */
	bool answered; /* the response's head of the open request was seen */
	uint8_t open;  /* requests whose response is not complete */
	uint32_t epoch; /* of the process that read the open request */
	uint32_t slot;  /* where this struct stands */
	_Atomic uint32_t seq; /* the open or last request; 0: none yet, or it is just being read */
	uint32_t reader_tid; /* who read its head */
	struct lsp_request_ref owner; /* of a bound connection: the request it is bound to */
	bool propagates; /* … its address is on the list of --propagate */
	bool planned;    /* … `client` is the context of the request that is being sent */
	bool has_client; /* … and of the open one: a client span */
	bool job;        /* … a job that was read from it is being worked on */
	uint64_t asked, fetch; /* … what was sent last, and what fetched the job */
	struct lsp_context client;
	uint8_t client_parent[LSP_SPAN_ID_BYTES]; /* zero: none */
	struct lsp_context context;
	uint8_t parent_span_id[LSP_SPAN_ID_BYTES];
	uint64_t start_ns;
	uint64_t name[LSP_CONTENT_NAMES]; /* of the request: content.c */
	uint16_t status;
	uint16_t method_bytes, path_bytes, host_bytes;
	uint8_t peer_bytes;
	char method[LSP_HTTP_METHOD_BYTES];
	char path[LSP_HTTP_TARGET_BYTES];
	char host[LSP_HTTP_VALUE_BYTES];
	char peer[LSP_CONN_PEER_BYTES];
	struct lsp_http_body request_body, response_body;
	struct lsp_fcgi fcgi_in, fcgi_out;
	struct lsp_http_head request, response;
};

/* The connection that a descriptor names, or NULL. */
struct lsp_conn *lsp_conn_of(int fd);

/* Makes fd the only name of a new connection of that kind. NULL without memory. */
struct lsp_conn *lsp_conn_open(int fd, enum lsp_conn_kind kind);

/* Exclusive work, for some hundred instructions. False when nothing is to be done: the connection
 * is opaque, or another thread does not come to its end (it may be stopped); then what this thread
 * saw is lost, and the connection has no context any more. */
bool lsp_conn_take(struct lsp_conn *c);

static inline void lsp_conn_give(struct lsp_conn *c)
{
	atomic_store_explicit(&c->in_use, 0, memory_order_release);
}

extern uint32_t lsp_conn_epoch; /* of this process: fork() raises it */
extern _Atomic uint32_t lsp_conn_open_requests; /* of this process */

/* The connection of a request, while it is the connection's last one; else NULL. */
const struct lsp_conn *lsp_conn_at(struct lsp_request_ref request);

/* True while that request is not answered. */
bool lsp_conn_is_open(struct lsp_request_ref request);

/* The request that touching this connection stands for. */
static inline struct lsp_request_ref lsp_conn_request_of(const struct lsp_conn *c)
{
	return c->kind == LSP_CONN_BOUND ? c->owner : (struct lsp_request_ref){ c->slot, c->seq };
}

/* A bound connection is for what this thread serves now. */
void lsp_conn_bind(struct lsp_conn *c);

/* conn.c: bytes of a connection, wherever they were seen. */
struct lsp_plan;
void lsp_conn_plain_received(struct lsp_conn *c, const struct iovec *iov, int n, size_t received);
void lsp_conn_plain_sending(
	struct lsp_conn *c, int fd, const struct iovec *iov, int n, struct lsp_plan *ret_plan);
void lsp_conn_plain_sent(struct lsp_conn *c, const struct iovec *iov, int n, size_t sent);

/* conn_proof.c: this thread touched the connection fd; its request's lines are this thread's. */
void lsp_conn_serve(const struct lsp_conn *c, int fd);

/* A request has begun, and is over. */
void lsp_conn_request_begun(struct lsp_conn *c);
void lsp_conn_request_over(struct lsp_conn *c);

/* conn_request.c: bytes that came in or went out, of a connection that is taken. */
void lsp_conn_feed_request(struct lsp_conn *c, const char *bytes, size_t n);
void lsp_conn_feed_response(struct lsp_conn *c, const char *bytes, size_t n);
/* n bytes of a request's body that nobody saw (sendfile). */
void lsp_conn_skip_request(struct lsp_conn *c, size_t n);

/* The open request is over: its span is sent. */
void lsp_conn_request_done(struct lsp_conn *c);

/* conn_span.c */
void lsp_conn_put_span(struct lsp_conn *c);
void lsp_conn_put_client_span(struct lsp_conn *c);

#endif
