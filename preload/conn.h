/* Connections of programs that have no tracer: which request a thread serves, and the server span
 * of each inbound HTTP/1.x request.
 *   - accept() opens a connection; what is read from it is fed to its head parser;
 *   - a complete request head gives the connection a context: its traceparent's, or a new trace;
 *   - touching a connection (read, write) makes its context the thread's;
 *   - connect() binds a new descriptor to the thread's context, for an event loop that comes back
 * to
 *     it later;
 *   - an event loop that turns to its next events has no context until it touches a connection;
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

enum lsp_conn_kind { LSP_CONN_NONE, LSP_CONN_ACCEPTED, LSP_CONN_BOUND };
extern uint8_t lsp_conn_kinds[LSP_CONN_MAX];

/* Cheap: the first thing that hooks ask. */
static inline bool lsp_conn_is(int fd)
{
	return (unsigned)fd < LSP_CONN_MAX && lsp_conn_kinds[fd] != LSP_CONN_NONE;
}

/* A connection came in. peer may be NULL. The accepting thread serves nobody yet. */
void lsp_conn_accepted(int fd, const struct sockaddr *peer, socklen_t peer_len);

/* A descriptor was connected: bound to what this thread serves now. */
void lsp_conn_connected(int fd);

/* The program read these bytes from a connection. */
void lsp_conn_received(int fd, const struct iovec *iov, int n, ssize_t received);

/* The program is about to write these bytes to a connection, and has written the first `sent` of
 * them (negative: none). With iov NULL they were not seen (sendfile). */
void lsp_conn_sending(int fd, const struct iovec *iov, int n);
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

/* An event loop was told of events; n_fds descriptors were asked about, `only` if it was one. */
void lsp_conn_waited(unsigned n_fds, int only);

/* In a forked child: requests that are open belong to the parent, contexts stay. */
void lsp_conn_after_fork(void);

#endif
