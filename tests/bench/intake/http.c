/* HTTP/1.1, one request after the other on one connection. */
#include "load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct link {
	int fd;
	const char *path, *type;
};

int dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

struct link *http_open(int port, const char *path, const char *type)
{
	struct link *l = calloc(1, sizeof(*l));

	*l = (struct link){ dial(port), path, type };
	if (l->fd >= 0)
		return l;
	free(l);
	return NULL;
}

static int send_all(int fd, struct iovec *v, int n)
{
	while (n) {
		ssize_t sent = sendmsg(fd,
			&(struct msghdr){ .msg_iov = v, .msg_iovlen = (size_t)n }, MSG_NOSIGNAL);

		if (sent <= 0)
			return -1;
		while (n && (size_t)sent >= v->iov_len) {
			sent -= (ssize_t)v->iov_len;
			v++;
			n--;
		}
		if (n) {
			v->iov_base = (char *)v->iov_base + sent;
			v->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

/* The answer's status, its body is read over. */
static int read_answer(int fd)
{
	char head[8192];
	size_t have = 0;
	char *end = NULL, *length;

	do {
		ssize_t n = recv(fd, head + have, sizeof(head) - 1 - have, 0);

		if (n <= 0)
			return -1;
		have += (size_t)n;
		head[have] = 0;
		if (!end)
			end = strstr(head, "\r\n\r\n");
		length = end ? strcasestr(head, "content-length:") : NULL;
	} while (!end ||
		 (length && have < (size_t)(end + 4 - head) + strtoul(length + 15, NULL, 10)));
	return atoi(head + 9);
}

int http_send(struct link *l, const struct body *b)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
		"Content-Length: %zu\r\n\r\n",
		l->path, l->type, b->len);
	struct iovec v[2] = { { head, (size_t)n }, { b->at, b->len } };
	int status;

	if (send_all(l->fd, v, 2))
		return -1;
	status = read_answer(l->fd);
	return status == 200 ? 0 : status > 0 ? 1 : -1;
}
