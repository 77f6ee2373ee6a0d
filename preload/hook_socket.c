/* Family socket: connections that come in and go out, and what is read from them. Each hook makes
 * its real call first and looks afterwards; nothing is held over it. */
#include "real.h"

#include "conn.h"
#include "crash.h"
#include "fd_table.h"
#include "out_conn.h"
#include "shim.h"

#include <errno.h>

static inline bool followed(int fd)
{
	return lsp_shim.tracking && lsp_conn_is(fd);
}

static inline ssize_t received(int fd, void *buf, ssize_t n)
{
	struct iovec iov = { buf, n > 0 ? (size_t)n : 0 };

	lsp_conn_received(fd, &iov, 1, n);
	return n;
}

/* ---- coming and going
 * ---------------------------------------------------------------------------- */

static bool is_stream(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return REAL(getsockopt)(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static int came_in(int listener, int fd, const struct sockaddr *peer, const socklen_t *peer_len)
{
	if (fd < 0 || lsp_shim.state != LSP_STATE_ON)
		return fd;
	lsp_fd_invalidate(fd);
	if (lsp_shim.tracking)
		lsp_conn_listens(listener);
	if (lsp_shim.tracking)
		lsp_conn_accepted(fd, peer_len ? peer : NULL, peer_len ? *peer_len : 0);
	return fd;
}

int accept(int fd, struct sockaddr *peer, socklen_t *peer_len)
{
	return came_in(fd, REAL(accept)(fd, peer, peer_len), peer, peer_len);
}

int accept4(int fd, struct sockaddr *peer, socklen_t *peer_len, int flags)
{
	return came_in(fd, REAL(accept4)(fd, peer, peer_len, flags), peer, peer_len);
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int ret = REAL(connect)(fd, to, len), saved = errno;

	if (lsp_shim.tracking && (ret == 0 || saved == EINPROGRESS) && is_stream(fd))
		lsp_conn_connected(fd, to, len);
	errno = saved;
	return ret;
}

int listen(int fd, int backlog)
{
	int ret = REAL(listen)(fd, backlog);

	if (ret == 0 && lsp_shim.tracking) {
		lsp_conn_listens(fd);
		lsp_crash_prepare();
	}
	return ret;
}

int shutdown(int fd, int how)
{
	if (followed(fd)) {
		lsp_conn_touch(fd);
		lsp_out_conn_settle(fd);
	}
	return REAL(shutdown)(fd, how);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (followed(fd) && level == SOL_SOCKET && name == SO_ERROR)
		lsp_conn_established(fd);
	return REAL(getsockopt)(fd, level, name, value, len);
}

/* ---- reading
 * ------------------------------------------------------------------------------------- */

/* A read of something else: an event loop may have been woken by it. */
static inline ssize_t other(int fd, ssize_t got)
{
	if (__builtin_expect(lsp_thread.loops, 0) && got > 0 && lsp_shim.tracking)
		lsp_conn_woken(fd);
	return got;
}

ssize_t read(int fd, void *buf, size_t n)
{
	ssize_t got;

	lsp_out_conn_settle(fd);
	got = REAL(read)(fd, buf, n);

	return followed(fd) ? received(fd, buf, got) : other(fd, got);
}

ssize_t __read(int fd, void *buf, size_t n)
{
	return read(fd, buf, n);
}

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	ssize_t got;

	lsp_out_conn_settle(fd);
	got = REAL(readv)(fd, iov, n);

	if (followed(fd))
		lsp_conn_received(fd, iov, n, got);
	return got;
}

ssize_t recv(int fd, void *buf, size_t n, int flags)
{
	ssize_t got;

	lsp_out_conn_settle(fd);
	got = REAL(recv)(fd, buf, n, flags);

	return followed(fd) && !(flags & MSG_PEEK) ? received(fd, buf, got) : other(fd, got);
}

ssize_t __recv(int fd, void *buf, size_t n, int flags)
{
	return recv(fd, buf, n, flags);
}

ssize_t recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from, socklen_t *len)
{
	ssize_t got;

	lsp_out_conn_settle(fd);
	got = REAL(recvfrom)(fd, buf, n, flags, from, len);

	return followed(fd) && !(flags & MSG_PEEK) ? received(fd, buf, got) : got;
}

/* Descriptors that came with a message: new numbers, whatever they were here before. Connections
 * among them (a stream with a peer) are served by this process from now on. */
static void came_along(struct msghdr *msg)
{
	int saved = errno;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const int *fds = (const int *)(const void *)CMSG_DATA(c);
		size_t n =
			c->cmsg_len > CMSG_LEN(0) ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			struct sockaddr_storage peer;
			socklen_t len = sizeof(peer);

			lsp_fd_invalidate(fds[i]);
			if (lsp_shim.tracking && lsp_conn_is(fds[i]))
				lsp_conn_closed(fds[i]);
			if (lsp_shim.tracking && is_stream(fds[i]) &&
				getpeername(fds[i], (struct sockaddr *)&peer, &len) == 0)
				lsp_conn_accepted(fds[i], (struct sockaddr *)&peer, len);
		}
	}
	errno = saved;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t got;

	lsp_out_conn_settle(fd);
	got = REAL(recvmsg)(fd, msg, flags);
	if (got >= 0 && msg && msg->msg_controllen && lsp_shim.state == LSP_STATE_ON)
		came_along(msg);

	if (followed(fd) && !(flags & MSG_PEEK) && msg)
		lsp_conn_received(fd, msg->msg_iov, (int)msg->msg_iovlen, got);
	return got;
}

/* ---- files to sockets
 * ---------------------------------------------------------------------------- */

ssize_t sendfile(int out, int in, off_t *offset, size_t n)
{
	ssize_t sent;

	if (!followed(out))
		return REAL(sendfile)(out, in, offset, n);
	lsp_out_conn_settle(out);
	lsp_conn_touch(out);
	sent = REAL(sendfile)(out, in, offset, n);
	lsp_conn_sent(out, NULL, 0, sent);
	return sent;
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t n)
{
	ssize_t sent;

	if (!followed(out))
		return REAL(sendfile64)(out, in, offset, n);
	lsp_out_conn_settle(out);
	lsp_conn_touch(out);
	sent = REAL(sendfile64)(out, in, offset, n);
	lsp_conn_sent(out, NULL, 0, sent);
	return sent;
}
