/* Connections of programs that have no tracer: which request a thread serves, and the server span
 * of each inbound HTTP/1.x request.
 *   - accept() opens a connection; what is read from it is fed to its head parser;
 *   - a complete request head gives the connection a context: its traceparent's, or a new trace;
 *   - touching a connection (read, write) makes its context the thread's;
 *   - connect() binds a new descriptor to the thread's context, for an event loop that comes back
 *     to it later;
 *   - an event loop that turns to its next events has no context until it touches a connection;
 *   - a context counts when it is proven (conn_proof.c) or confirmed by the line (content.h);
 *   - the span is sent when the response is complete, at the latest at close.
 * What is not certain has no context: pipelined requests, a pooled connection in an event loop.
 *
 * Tables grow by mmap(), never by malloc(); pages of unused descriptors are never touched. No lock.
 * All calls keep errno. Only called while lsp_shim.tracking. */
#ifndef LSP_PRELOAD_CONN_H
#define LSP_PRELOAD_CONN_H

#include "shim.h"
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#define LSP_CONN_MAX 65536

enum lsp_conn_kind { LSP_CONN_NONE, LSP_CONN_ACCEPTED, LSP_CONN_BOUND, LSP_CONN_LISTENS };
extern uint8_t lsp_conn_kinds[LSP_CONN_MAX];

/* Cheap: the first thing that hooks ask. */
static inline bool lsp_conn_is(int fd)
{
	return (unsigned)fd < LSP_CONN_MAX && lsp_conn_kinds[fd] != LSP_CONN_NONE;
}

/* A connection came in. peer may be NULL. The accepting thread serves nobody yet. */
void lsp_conn_accepted(int fd, const struct sockaddr *peer, socklen_t peer_len);

/* A descriptor was connected: bound to what this thread serves now. */
void lsp_conn_connected(int fd, const struct sockaddr *to, socklen_t len);

/* The program read these bytes from a connection. */
void lsp_conn_received(int fd, const struct iovec *iov, int n, ssize_t received);

/* The program is about to write these bytes to a connection, and has written the first `sent` of
 * them (negative: none). With iov NULL they were not seen (sendfile). ret_plan says what is to go
 * out instead (conn_client.h). */
struct lsp_plan;
void lsp_conn_sending(int fd, const struct iovec *iov, int n, struct lsp_plan *ret_plan);
void lsp_conn_sent(int fd, const struct iovec *iov, int n, ssize_t sent);

/* Makes a connection's context the thread's. */
void lsp_conn_touch(int fd);

/* A fresh connection tells whether it was established (getsockopt SO_ERROR): a touch, if nothing
 * was sent on it yet. */
void lsp_conn_established(int fd);

/* The descriptor is about to be closed, or to mean something else. */
void lsp_conn_closed(int fd);

/* to is now another name of from's connection. */
void lsp_conn_dup(int from, int to);

/* True when this thread's request is proven without looking at a line. */
bool lsp_conn_proven(void);

/* A wait for events. */
struct lsp_wait {
	bool shared;     /* for more than what the thread's request has of its own: an event loop */
	bool sleep;      /* for nothing but its timeout */
	bool may_sleep;  /* the timeout was not 0 */
	uint64_t due_ns; /* lsp_conn_wait_due() */
};
/* True for a connection that is not of the request that this thread serves. */
bool lsp_conn_is_shared(int fd);

/* True when this process, or the one it was forked from, has ever read a request. */
bool lsp_conn_has_served(void);

/* connect() and accept() are asked of this one. */
void lsp_conn_listens(int fd);
/* Before a wait: from when on timers may run, CLOCK_MONOTONIC. A negative timeout has no end. */
uint64_t lsp_conn_wait_due(int64_t timeout_ns);
/* After it: `reported` is what the call returned. */
void lsp_conn_waited(const struct lsp_wait *w, int reported);

/* A descriptor that is no connection of ours was read. */
void lsp_conn_woken(int fd);

/* A connection that several requests share was used: whose turn it is now is not known. */
void lsp_conn_pooled(void);

/* The process dies of an error of that kind: the requests that it has not answered are told, this
 * thread's with the kind. Async-signal-safe. */
void lsp_conn_died(const char *kind);

/* In a forked child: requests that are open belong to the parent, contexts stay. */
void lsp_conn_after_fork(void);

#endif
