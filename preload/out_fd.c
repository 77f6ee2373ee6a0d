/* The engine of the fd family. */
#include "real.h"

#include "content.h"
#include "host_memory.h"
#include "lines.h"
#include "out_fd.h"
#include "shim.h"

#include <alloca.h>
#include <errno.h>

ssize_t lsp_call_real(const struct lsp_call *call, const void *buf, size_t n)
{
	return call->is_send ? REAL(send)(call->fd, buf, n, call->flags)
			     : REAL(write)(call->fd, buf, n);
}

ssize_t lsp_call_real_parts(const struct lsp_call *call, const struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)n };

	return call->is_send ? REAL(sendmsg)(call->fd, &msg, call->flags)
			     : REAL(writev)(call->fd, iov, n);
}

ssize_t lsp_out_gather(char *out, size_t cap, const struct iovec *iov, int n)
{
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		if (iov[i].iov_len > cap - used ||
			!lsp_host_readable(iov[i].iov_base, iov[i].iov_len))
			return -1;
		memcpy(out + used, iov[i].iov_base, iov[i].iov_len);
		used += iov[i].iov_len;
	}
	return (ssize_t)used;
}

static ssize_t put_piece(const struct lsp_call *call, const struct lsp_piece *p)
{
	struct iovec iov[3];

	if (p->bytes)
		return lsp_call_real(call, p->bytes, p->len);
	for (int i = 0; i < 3; i++) {
		iov[i].iov_base = (void *)(uintptr_t)p->part[i].at;
		iov[i].iov_len = p->part[i].len;
	}
	return lsp_call_real_parts(call, iov, 3);
}

/* The bytes that are owed, which are not owed any more; 0 when another thread is at it. */
static size_t take_owed(struct lsp_fd *e, char out[LSP_STAMP_MAX_BYTES])
{
	size_t n = 0;

	lsp_busy_begin();
	if (lsp_fd_hold(e)) {
		n = (size_t)(e->owed_bytes - e->owed_at);
		memcpy(out, e->owed + e->owed_at, n);
		e->owed_at = e->owed_bytes = 0;
		lsp_fd_drop(e);
	}
	lsp_busy_end();
	return n;
}

static void owe_again(struct lsp_fd *e, const char *owed, size_t n)
{
	int saved = errno;

	lsp_busy_begin();
	if (lsp_fd_hold(e)) {
		memcpy(e->owed, owed, n);
		e->owed_bytes = (uint16_t)n;
		lsp_fd_drop(e);
	}
	lsp_busy_end();
	errno = saved;
}

/* Writes the rest of a stamp that an earlier call had to leave. Returns 0, or -1 with errno when
 * the descriptor still does not take it. */
static __attribute__((noinline, cold)) int pay_owed(const struct lsp_call *call, struct lsp_fd *e)
{
	char owed[LSP_STAMP_MAX_BYTES];
	size_t n = take_owed(e, owed);
	ssize_t taken;

	if (n == 0)
		return 0;
	taken = lsp_call_real(call, owed, n);
	if (taken == (ssize_t)n)
		return 0;
	n -= taken > 0 ? (size_t)taken : 0;
	owe_again(e, taken > 0 ? owed + taken : owed, n);
	if (taken >= 0)
		errno = EAGAIN;
	return -1;
}

static __attribute__((noinline)) ssize_t put_text(const struct lsp_call *call, struct lsp_fd *e,
	struct lsp_text *t, const char *buf, size_t n)
{
	struct lsp_room room = lsp_text_room(buf, n);
	struct lsp_piece p = { .out = alloca(room.out_bytes),
		.cap = room.out_bytes,
		.marks = alloca(room.mark_bytes),
		.cap_marks = room.marks };
	ssize_t host = 0;

	if (!t->stamp) {
		host = lsp_call_real(call, buf, n);
		if (host > 0)
			lsp_text_mirror(t, &p, (size_t)host);
		return host;
	}
	while (lsp_text_next(t, &p)) {
		ssize_t taken = put_piece(call, &p);

		if (taken < 0)
			return host > 0 ? host : -1;
		host += (ssize_t)lsp_text_took(t, &p, (size_t)taken);
		if ((size_t)taken == p.len)
			continue;
		if (host > 0 || taken == 0)
			return host;
		/* Only a stamp went out, and not all of it: a count of 0 would puzzle the host. */
		if (pay_owed(call, e))
			return -1;
	}
	return host;
}

static __attribute__((noinline)) ssize_t put_syslog(const struct lsp_call *call,
	const struct lsp_context *c, const char *buf, size_t n, uint64_t now_ns)
{
	uint8_t keep;
	struct lsp_context own = *c;
	char *out = alloca(n + LSP_STAMP_MAX_BYTES);
	size_t len;
	ssize_t taken;

	if (!lsp_content_allows(&own, buf, n))
		return lsp_call_real(call, buf, n);
	len = lsp_out_syslog(out, n + LSP_STAMP_MAX_BYTES, &own, buf, n, &keep);
	taken = len ? lsp_call_real(call, out, len) : lsp_call_real(call, buf, n);
	if (taken < 0)
		return taken;
	lsp_out_syslog_sent(&own, buf, n, keep, now_ns);
	return (ssize_t)n;
}

/* The kernel took a part of a plain line: the long way's marks tell which host bytes that is. Not
 * inlined: a rare case must not be paid for on the common path's stack. */
static __attribute__((noinline)) ssize_t plain_was_cut(const struct lsp_call *call,
	const struct lsp_context *c, struct lsp_fd *e, struct lsp_rule rule, const char *buf,
	size_t n, ssize_t taken, uint64_t now_ns)
{
	char out[LSP_TEXT_PLAIN_BYTES + LSP_STAMP_MAX_BYTES];
	struct lsp_line_mark mark;
	struct lsp_piece p = { .out = out, .cap = sizeof(out), .marks = &mark, .cap_marks = 1 };
	struct lsp_text t;

	if (taken < 0 || !lsp_text_begin(&t, call->fd, e, rule, c, buf, n, 0, now_ns) ||
		!lsp_text_next(&t, &p))
		return taken;
	return (ssize_t)lsp_text_took(&t, &p, (size_t)taken);
}

#define NOT_PLAIN (-2)

/* Returns the host's bytes, -1 with errno, or NOT_PLAIN: nothing was done. */
static inline ssize_t put_plain(const struct lsp_call *call, const struct lsp_context *c,
	struct lsp_fd *e, struct lsp_rule rule, const char *buf, size_t n, uint64_t now_ns)
{
	char *out = alloca(n + LSP_STAMP_MAX_BYTES);
	size_t len = lsp_text_plain(e, rule, c, buf, n, -1, out);
	ssize_t taken;

	if (len == 0)
		return NOT_PLAIN;
	taken = lsp_call_real(call, out, len);
	if (taken != (ssize_t)len)
		return plain_was_cut(call, c, e, rule, buf, n, taken, now_ns);
	lsp_text_plain_done(rule, c, buf, n, now_ns);
	return (ssize_t)n;
}

ssize_t lsp_out_fd(
	const struct lsp_call *call, const struct lsp_context *c, const char *buf, size_t n)
{
	ssize_t host;
	struct lsp_text t;
	struct lsp_rule rule;
	uint64_t now_ns = lsp_shim_now_ns();
	struct lsp_fd *e = lsp_fd_get(call->fd, now_ns, &rule);

	if (!e || n == 0 || !lsp_host_readable(buf, n))
		return lsp_call_real(call, buf, n);
	if (e->owed_bytes && pay_owed(call, e))
		return -1;
	if (rule.kind == LSP_FD_SYSLOG)
		return n <= 8192 ? put_syslog(call, c, buf, n, now_ns)
				 : lsp_call_real(call, buf, n);
	if (n <= LSP_TEXT_PLAIN_BYTES) {
		host = put_plain(call, c, e, rule, buf, n, now_ns);
		if (host != NOT_PLAIN)
			return host;
	}
	if (!lsp_text_begin(&t, call->fd, e, rule, c, buf, n, -1, now_ns))
		return lsp_call_real(call, buf, n);
	if (!call->printed)
		lsp_text_may_be_collected(&t, call->by_library);
	return put_text(call, e, &t, buf, n);
}
