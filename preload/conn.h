/* Connections of programs that have no tracer: which request a thread serves, and the server span of
 * each inbound HTTP/1.x request. Rule D of the legacy-context facts in its base form:
 *   - accept() opens a connection; read/recv bytes are fed to its head parser;
 *   - a complete request head gives the connection a context (its traceparent, or a new trace);
 *   - touching a connection (read, write, accept, fresh connect) makes its context the thread's;
 *   - connect() binds a new descriptor to the thread's context;
 *   - epoll_wait, poll, select returning clears the thread's context;
 *   - the span is sent when the response is complete, or at the next head, or at close.
 *
 * The table is fixed, in BSS (pages of unused descriptors are never touched). No malloc, no lock.
 * All calls keep errno. Only called while lsp_shim.tracking. */
#ifndef LSP_PRELOAD_CONN_H
#define LSP_PRELOAD_CONN_H

#include "shim.h"
#include <sys/types.h>
#include <sys/uio.h>

#define LSP_CONN_MAX 65536

extern uint8_t lsp_conn_kinds[LSP_CONN_MAX]; /* 0: not a connection that we follow */

/* Cheap: the first thing that write hooks ask. */
static inline bool lsp_conn_is(int fd)
{
	return (unsigned)fd < LSP_CONN_MAX && lsp_conn_kinds[fd] != 0;
}

/* Makes fd's context the thread's (before a write to it, after a read from it). */
void lsp_conn_touch(int fd);

/* The program wrote to a connection; sent is what the kernel took (negative: nothing). The bytes are
 * the first `sent` of the vector. Watches for the response head and its end. */
void lsp_conn_sent(int fd, const struct iovec *iov, int n, ssize_t sent);

/* The descriptor is about to be closed, or to mean something else. Ends an open span. */
void lsp_conn_closed(int fd);

/* to is now another name of from's connection. */
void lsp_conn_dup(int from, int to);

/* In a forked child: spans that were open belong to the parent, contexts stay. */
void lsp_conn_after_fork(void);

#endif
