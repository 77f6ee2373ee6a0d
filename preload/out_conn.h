/* Bytes to a connection that is followed: what goes out, with a traceparent where one is planned,
 * and what that means in the host's bytes. */
#ifndef LSP_PRELOAD_OUT_CONN_H
#define LSP_PRELOAD_OUT_CONN_H

#include "conn.h"

/* One real call of the host's. */
struct lsp_conn_call {
	enum { LSP_CALL_WRITE, LSP_CALL_WRITEV, LSP_CALL_SEND, LSP_CALL_SENDMSG } what;
	int fd;
	int flags;                /* of send and sendmsg */
	const struct iovec *iov;  /* of all: what the host wants written */
	int n;
	const struct msghdr *msg; /* of sendmsg */
};

/* Does it. Returns the host's bytes, or -1 with errno. */
ssize_t lsp_out_conn(const struct lsp_conn_call *call);

/* A part of a traceparent that a socket did not take yet is put out before the host waits for an
 * answer. Cheap while nothing is owed. */
extern _Atomic uint32_t lsp_out_conn_owing;
void lsp_out_conn_pay(int fd);
void lsp_out_conn_pay_all(void);
/* The descriptor is about to be closed. */
void lsp_out_conn_forget(int fd);
/* In a forked child: what is owed is the parent's to pay. */
void lsp_out_conn_after_fork(void);
static inline void lsp_out_conn_settle(int fd)
{
	if (__builtin_expect(atomic_load_explicit(&lsp_out_conn_owing, memory_order_relaxed), 0))
		lsp_out_conn_pay(fd);
}

#endif
