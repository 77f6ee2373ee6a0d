/* Text to a descriptor: stamps what may be stamped and does the real calls. */
#ifndef LSP_PRELOAD_OUT_FD_H
#define LSP_PRELOAD_OUT_FD_H

#include "fd_table.h"
#include <sys/uio.h>

/* One real call: write(fd, …), or send(fd, …, flags). */
struct lsp_call {
	int fd;
	int flags;
	bool is_send;
	bool by_library; /* the caller's streams collect lines: collected.h */
	bool printed;    /* the lines were made in this call: they are its context's */
};
ssize_t lsp_call_real(const struct lsp_call *call, const void *buf, size_t n);
ssize_t lsp_call_real_parts(const struct lsp_call *call, const struct iovec *iov, int n);

/* What write(2) would do, for a thread whose context is c; returns host bytes or -1 with errno. */
ssize_t lsp_out_fd(const struct lsp_call *call, const struct lsp_context *c, const char *buf,
	size_t n);

/* The bytes of a vector in one piece, when they are few enough to copy: returns their number and
 * fills out (cap bytes), or -1. */
ssize_t lsp_out_gather(char *out, size_t cap, const struct iovec *iov, int n);

/* True for the beginning of a message of RFC 5424 or RFC 3164. */
#define LSP_SYSLOG_HEAD_BYTES 24
bool lsp_out_is_syslog(const char *text, size_t n);

/* A system log datagram, stamped inside. Returns its length in out (cap bytes, at least n +
 * LSP_STAMP_MAX_BYTES), or 0 when it goes out as it is; *ret_keep says why. */
size_t lsp_out_syslog(char *out, size_t cap, const struct lsp_context *c, const char *buf, size_t n,
	uint8_t *ret_keep);
/* It went out: into the ring with it. */
void lsp_out_syslog_sent(const struct lsp_context *c, const char *buf, size_t n, uint8_t keep,
	uint64_t now_ns);

#endif
