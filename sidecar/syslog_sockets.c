#include "syslog_sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RECEIVE_BYTES    (8 * 1024 * 1024) /* of the kernel's buffers: bursts of datagrams */
#define DATAGRAMS        64
#define STREAM_READ      (256u * 1024)
#define STREAM_BYTES_MAX (STREAM_READ + 2 * LSP_SYSLOG_LINE_BYTES_MAX)
#define QUIET_BYTES      (32u * 1024)

/* ---- opening --------------------------------------------------------------------------------- */

static void enlarge(int fd)
{
	int bytes = RECEIVE_BYTES;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/* TCP first: it chooses the port, UDP takes the same. */
static int open_address(struct lsp_syslog_sockets *s, struct lsp_address *a)
{
	s->listener = lsp_address_listen(a);
	if (s->listener < 0)
		return s->listener;
	s->udp = socket(a->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->udp < 0 || bind(s->udp, &a->any, a->len))
		return -errno;
	enlarge(s->udp);
	return 0;
}

/* A socket file of a process that is gone may be replaced; one that answers may not, nor may a file
 * of another kind. */
static int clear_path(const struct sockaddr_un *a)
{
	struct stat st;
	if (lstat(a->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int used = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;
	if (fd >= 0)
		close(fd);
	return used ? -EADDRINUSE : unlink(a->sun_path) ? -errno : 0;
}

static int open_local(struct lsp_syslog_sockets *s, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int on = 1;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	int rc = clear_path(&a);
	if (rc)
		return rc;
	s->local = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->local < 0 || bind(s->local, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	strcpy(s->local_path, path);
	enlarge(s->local);
	/* Every program of the machine logs, whoever it runs as. */
	if (setsockopt(s->local, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) || chmod(path, 0666))
		return -errno;
	return 0;
}

int lsp_syslog_sockets_open(struct lsp_syslog_sockets *s, struct lsp_address *address,
	const char *path, const char **ret_what)
{
	*s = (struct lsp_syslog_sockets){ .udp = -1, .listener = -1, .local = -1 };
	*ret_what = "syslog";
	int rc = address ? open_address(s, address) : 0;
	if (rc == 0 && path) {
		*ret_what = "syslog-socket";
		rc = open_local(s, path);
	}
	return rc;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_stream(struct lsp_syslog_sockets *s, int i)
{
	close_fd(&s->streams[i].fd);
	lsp_buf_release(&s->streams[i].bytes);
	s->streams[i] = s->streams[--s->n_streams];
}

void lsp_syslog_sockets_close(struct lsp_syslog_sockets *s)
{
	while (s->n_streams)
		end_stream(s, s->n_streams - 1);
	close_fd(&s->udp);
	close_fd(&s->listener);
	close_fd(&s->local);
	if (s->local_path[0])
		unlink(s->local_path);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The sender's process, as the kernel says. */
static uint32_t sender_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct ucred who;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
			c->cmsg_len < CMSG_LEN(sizeof(who)))
			continue;
		memcpy(&who, CMSG_DATA(c), sizeof(who));
		return who.pid > 0 ? (uint32_t)who.pid : 0;
	}
	return 0;
}

static size_t read_datagrams(int fd, lsp_syslog_line *line, void *arg)
{
	static char bytes[DATAGRAMS][LSP_SYSLOG_LINE_BYTES_MAX]; /* one thread reads */
	static char control[DATAGRAMS][CMSG_SPACE(sizeof(struct ucred))];
	struct mmsghdr messages[DATAGRAMS] = { 0 };
	struct iovec parts[DATAGRAMS];
	size_t total = 0;
	for (int i = 0; i < DATAGRAMS; i++) {
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]) };
	}
	int n = recvmmsg(fd, messages, DATAGRAMS, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		line(arg, (struct lsp_slice){ bytes[i], messages[i].msg_len },
			sender_of(&messages[i].msg_hdr));
		total += messages[i].msg_len;
	}
	return n == DATAGRAMS ? total + QUIET_BYTES : total;
}

/* Hands out whole messages; what is left stays at the front. */
static void cut_stream(struct lsp_buf *b, bool at_end, lsp_syslog_line *line, void *arg)
{
	struct lsp_slice rest = { b->at, b->len }, message;
	size_t n;
	while (rest.len && (n = lsp_syslog_frame(rest, at_end, &message)) > 0) {
		line(arg, message, 0);
		rest.at += n;
		rest.len -= n;
	}
	if (rest.len && rest.at != b->at)
		memmove(b->at, rest.at, rest.len);
	b->len = rest.len;
}

/* False when the stream has ended. */
static bool read_stream(
	struct lsp_syslog_sockets *s, struct lsp_buf *b, int fd, lsp_syslog_line *line, void *arg)
{
	char *at = lsp_buf_reserve(b, STREAM_READ);
	if (!at)
		return true; /* no memory now: the sender waits */
	ssize_t n = recv(fd, at, STREAM_READ, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	b->len += (size_t)n;
	s->read_bytes += (size_t)n;
	cut_stream(b, n == 0, line, arg);
	return n > 0;
}

static void accept_stream(struct lsp_syslog_sockets *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	s->streams[s->n_streams].fd = fd;
	lsp_buf_init(&s->streams[s->n_streams++].bytes, STREAM_BYTES_MAX);
}

int lsp_syslog_sockets_poll(struct lsp_syslog_sockets *s, struct pollfd *fds)
{
	int n = 0;
	if (s->udp >= 0)
		fds[n++] = (struct pollfd){ .fd = s->udp, .events = POLLIN };
	if (s->local >= 0)
		fds[n++] = (struct pollfd){ .fd = s->local, .events = POLLIN };
	for (int i = 0; i < s->n_streams; i++)
		fds[n++] = (struct pollfd){ .fd = s->streams[i].fd, .events = POLLIN };
	if (s->listener >= 0 && s->n_streams < LSP_SYSLOG_STREAMS_MAX)
		fds[n++] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
	return n;
}

void lsp_syslog_sockets_read(struct lsp_syslog_sockets *s, const struct pollfd *fds, int n,
	lsp_syslog_line *line, void *arg)
{
	s->read_bytes = 0;
	/* From the last one, so that a stream that ends is replaced by one that was read. */
	for (int i = n - 1; i >= 0; i--) {
		if (!fds[i].revents)
			continue;
		if (fds[i].fd == s->udp || fds[i].fd == s->local) {
			s->read_bytes += read_datagrams(fds[i].fd, line, arg);
			continue;
		}
		if (fds[i].fd == s->listener) {
			accept_stream(s);
			continue;
		}
		for (int k = 0; k < s->n_streams; k++) {
			if (s->streams[k].fd != fds[i].fd)
				continue;
			if (!read_stream(s, &s->streams[k].bytes, fds[i].fd, line, arg))
				end_stream(s, k);
			break;
		}
	}
}

bool lsp_syslog_sockets_quiet(const struct lsp_syslog_sockets *s)
{
	return s->read_bytes < QUIET_BYTES;
}

void lsp_syslog_sockets_last(struct lsp_syslog_sockets *s)
{
	for (int i = 0; s->listener >= 0 && i < LSP_SYSLOG_STREAMS_MAX; i++)
		if (s->n_streams < LSP_SYSLOG_STREAMS_MAX)
			accept_stream(s);
	close_fd(&s->listener);
}

void lsp_syslog_sockets_end(struct lsp_syslog_sockets *s, lsp_syslog_line *line, void *arg)
{
	for (int i = 0; i < s->n_streams; i++)
		cut_stream(&s->streams[i].bytes, true, line, arg);
}
