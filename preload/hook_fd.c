/* Family fd: what writes bytes to a descriptor. */
#include "real.h"

#include "collected.h"
#include "conn.h"
#include "content.h"
#include "host_memory.h"
#include "out_conn.h"
#include "out_fd.h"
#include "shim.h"

#include <alloca.h>
#include <sys/un.h>

#define BY_LIBRARY   lsp_collected_by(__builtin_return_address(0))
#define GATHER_BYTES 16384 /* a longer vector goes out as it is */

/* A connection that is followed: its request is this thread's from now on. Never a log. */
static ssize_t put_connection(const struct lsp_call *call, const void *buf, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)buf, n };
	struct lsp_conn_call real = { .what = call->is_send ? LSP_CALL_SEND : LSP_CALL_WRITE,
		.fd = call->fd,
		.flags = call->flags,
		.iov = &iov,
		.n = 1 };

	return lsp_out_conn(&real);
}

/* Off the common path: its frame must not be paid for by calls that pass through. */
static __attribute__((noinline)) ssize_t put(
	const struct lsp_call *call, const struct lsp_context *c, const void *buf, size_t n)
{
	return c ? lsp_out_fd(call, c, buf, n) : put_connection(call, buf, n);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	struct lsp_context c;
	ssize_t taken;

	if (lsp_shim.tracking && lsp_conn_is(fd))
		return put(&(struct lsp_call){ .fd = fd }, NULL, buf, n);
	if (lsp_current(&c))
		return put(&(struct lsp_call){ .fd = fd, .by_library = BY_LIBRARY }, &c, buf, n);
	taken = REAL(write)(fd, buf, n);
	lsp_fd_note_plain(fd, buf, taken);
	return taken;
}

ssize_t __write(int fd, const void *buf, size_t n)
{
	return write(fd, buf, n);
}

ssize_t send(int fd, const void *buf, size_t n, int flags)
{
	struct lsp_call call = { .fd = fd, .flags = flags, .is_send = true };
	struct lsp_context c;

	if (lsp_shim.tracking && lsp_conn_is(fd))
		return put(&call, NULL, buf, n);
	if (lsp_current(&c))
		return put(&call, &c, buf, n);
	return REAL(send)(fd, buf, n, flags);
}

ssize_t __send(int fd, const void *buf, size_t n, int flags)
{
	return send(fd, buf, n, flags);
}

static size_t total_of(const struct iovec *iov, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n && total <= GATHER_BYTES; i++)
		total += iov[i].iov_len <= GATHER_BYTES ? iov[i].iov_len : GATHER_BYTES + 1;
	return total;
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	struct lsp_call call = { .fd = fd, .by_library = BY_LIBRARY };
	struct lsp_context c;
	struct lsp_rule rule;
	size_t total;
	char *flat;

	if (lsp_shim.tracking && lsp_conn_is(fd) && n > 0 && n <= 1024)
		return lsp_out_conn(&(struct lsp_conn_call){
			.what = LSP_CALL_WRITEV, .fd = fd, .iov = iov, .n = n });
	if (n <= 0 || n > 1024 || !lsp_current(&c) || !lsp_fd_get(fd, lsp_shim_now_ns(), &rule) ||
		!lsp_host_readable(iov, (size_t)n * sizeof(*iov)))
		return REAL(writev)(fd, iov, n);
	total = total_of(iov, (size_t)n);
	if (total == 0 || total > GATHER_BYTES) {
		lsp_count(LSP_COUNTER_KEPT_GROWTH);
		return REAL(writev)(fd, iov, n);
	}
	flat = alloca(total);
	if (lsp_out_gather(flat, total, iov, n) < 0)
		return REAL(writev)(fd, iov, n);
	return lsp_out_fd(&call, &c, flat, total);
}

static bool is_syslog_path(const struct sockaddr *to, socklen_t len)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	size_t n;

	if (!to || len <= offsetof(struct sockaddr_un, sun_path) || !lsp_host_readable(to, len) ||
		to->sa_family != AF_UNIX)
		return false;
	n = len - offsetof(struct sockaddr_un, sun_path);
	n = n < sizeof(path) - 1 ? n : sizeof(path) - 1;
	memcpy(path, (const char *)to + offsetof(struct sockaddr_un, sun_path), n);
	path[n] = 0;
	return lsp_rule_syslog_path(path);
}

/* A datagram over the network is a log message when it says so: "<PRI>" and what the two RFCs put
 * behind it, a version or a date. */
static bool is_syslog_datagram(int fd, const struct sockaddr *to, const char *text, size_t n)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if ((to && (!lsp_host_readable(to, sizeof(*to)) ||
			   (to->sa_family != AF_INET && to->sa_family != AF_INET6))) ||
		!lsp_out_is_syslog(text, n))
		return false;
	return REAL(getsockopt)(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM;
}

ssize_t sendto(
	int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t to_len)
{
	struct lsp_context c;
	ssize_t sent;
	size_t len;
	uint8_t keep;
	char *out;

	if (!to)
		return send(fd, buf, n, flags);
	if (n == 0 || n > 8192 || !lsp_current(&c) || !lsp_host_readable(buf, n) ||
		!(is_syslog_path(to, to_len) || is_syslog_datagram(fd, to, buf, n)) ||
		!lsp_content_allows(&c, buf, n))
		return REAL(sendto)(fd, buf, n, flags, to, to_len);
	out = alloca(n + LSP_STAMP_MAX_BYTES);
	len = lsp_out_syslog(out, n + LSP_STAMP_MAX_BYTES, &c, buf, n, &keep);
	sent = len ? REAL(sendto)(fd, out, len, flags, to, to_len)
		   : REAL(sendto)(fd, buf, n, flags, to, to_len);
	if (sent < 0)
		return sent;
	lsp_out_syslog_sent(&c, buf, n, keep, lsp_now_ns());
	return (ssize_t)n;
}

/* The system log by sendmsg(): gathered, stamped, everything else of the message kept. */
static ssize_t sendmsg_syslog(
	int fd, const struct msghdr *msg, int flags, size_t total, struct lsp_context *c)
{
	char *flat = alloca(total), *out = alloca(total + LSP_STAMP_MAX_BYTES);
	struct iovec one;
	struct msghdr stamped = *msg;
	uint8_t keep;
	ssize_t sent;

	if (lsp_out_gather(flat, total, msg->msg_iov, (int)msg->msg_iovlen) < 0 ||
		!lsp_content_allows(c, flat, total))
		return REAL(sendmsg)(fd, msg, flags);
	one.iov_base = out;
	one.iov_len = lsp_out_syslog(out, total + LSP_STAMP_MAX_BYTES, c, flat, total, &keep);
	stamped.msg_iov = &one;
	stamped.msg_iovlen = 1;
	sent = REAL(sendmsg)(fd, one.iov_len ? &stamped : msg, flags);
	if (sent < 0)
		return sent;
	lsp_out_syslog_sent(c, flat, total, keep, lsp_now_ns());
	return (ssize_t)total;
}

static bool is_syslog_message(int fd, const struct msghdr *msg)
{
	char start[LSP_SYSLOG_HEAD_BYTES];
	size_t used = 0;
	struct lsp_rule rule;

	if (msg->msg_name ? is_syslog_path(msg->msg_name, msg->msg_namelen)
			  : lsp_fd_get(fd, lsp_shim_now_ns(), &rule) && rule.kind == LSP_FD_SYSLOG)
		return true;
	for (size_t i = 0; i < msg->msg_iovlen && used < sizeof(start); i++) {
		size_t n = msg->msg_iov[i].iov_len;

		n = n < sizeof(start) - used ? n : sizeof(start) - used;
		memcpy(start + used, msg->msg_iov[i].iov_base, n);
		used += n;
	}
	return is_syslog_datagram(fd, msg->msg_name, start, used);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct lsp_context c;
	size_t total;

	bool followed = lsp_shim.tracking && lsp_conn_is(fd);

	if ((!followed && !lsp_current(&c)) || !lsp_host_readable(msg, sizeof(*msg)))
		return REAL(sendmsg)(fd, msg, flags);
	if (followed && msg->msg_iovlen <= 1024)
		return lsp_out_conn(&(struct lsp_conn_call){ .what = LSP_CALL_SENDMSG,
			.fd = fd,
			.flags = flags,
			.iov = msg->msg_iov,
			.n = (int)msg->msg_iovlen,
			.msg = msg });
	if (msg->msg_iovlen == 0 || msg->msg_iovlen > 64 || !lsp_current(&c) ||
		!lsp_host_readable_parts(msg->msg_iov, msg->msg_iovlen))
		return REAL(sendmsg)(fd, msg, flags);
	total = total_of(msg->msg_iov, msg->msg_iovlen);
	if (total == 0 || total > 8192 || !is_syslog_message(fd, msg))
		return REAL(sendmsg)(fd, msg, flags);
	return sendmsg_syslog(fd, msg, flags, total, &c);
}

ssize_t __sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return sendmsg(fd, msg, flags);
}
