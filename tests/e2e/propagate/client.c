/* Sends requests in every way that a C program can: client PORT REQUESTS WAY…
 *
 *	write, send, writev, sendmsg, sendto   one call a head
 *	nonblock                               with poll(), the body behind it
 *	split                                  the head in two calls
 *	raw                                    no HTTP: a line that is answered with an error
 *
 * Prints each answer's line. A body of 3000 bytes goes with each request of "nonblock". */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BODY_BYTES 3000

static int reach(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		exit(2);
	return fd;
}

static void send_all(int fd, const char *at, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(fd, at, n);

		if (sent < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 1000);
			continue;
		}
		if (sent <= 0 || (size_t)sent > n)
			exit(3);
		at += sent;
		n -= (size_t)sent;
	}
}

static void send_head(int fd, const char *way, char *head, size_t n)
{
	struct iovec iov[2] = { { head, n / 3 }, { head + n / 3, n - n / 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t sent = (ssize_t)n;

	if (!strcmp(way, "send"))
		sent = send(fd, head, n, MSG_NOSIGNAL);
	else if (!strcmp(way, "writev"))
		sent = writev(fd, iov, 2);
	else if (!strcmp(way, "sendmsg"))
		sent = sendmsg(fd, &msg, 0);
	else if (!strcmp(way, "sendto"))
		sent = sendto(fd, head, n, 0, NULL, 0);
	else if (!strcmp(way, "split"))
		sent = write(fd, head, 10) + write(fd, head + 10, n - 10);
	else
		send_all(fd, head, n);
	/* Short counts are the host's to go on with. */
	if (sent < 0 || (size_t)sent > n)
		exit(3);
	send_all(fd, head + sent, n - (size_t)sent);
}

static void read_answer(int fd)
{
	char text[4096];
	size_t used = 0;
	char *body = NULL;

	while (!body || !memchr(body + 4, '\n', used - (size_t)(body + 4 - text))) {
		ssize_t n = read(fd, text + used, sizeof(text) - 1 - used);

		if (n < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 5000);
			continue;
		}
		if (n <= 0)
			exit(4);
		used += (size_t)n;
		text[used] = 0;
		body = strstr(text, "\r\n\r\n");
	}
	fputs(body + 4, stdout);
}

static void ask(int fd, const char *way, int number)
{
	static char body[BODY_BYTES];
	char head[512];
	int with_body = !strcmp(way, "nonblock");
	int n = snprintf(head, sizeof(head),
		"%s /%s/%d?x=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n",
		with_body ? "POST" : "GET", way, number, with_body ? BODY_BYTES : 0);

	send_head(fd, way, head, (size_t)n);
	if (with_body)
		send_all(fd, memset(body, 'b', sizeof(body)), sizeof(body));
	read_answer(fd);
}

int main(int argc, char **argv)
{
	for (int way = 3; way < argc; way++) {
		int fd = reach(atoi(argv[1]));

		if (!strcmp(argv[way], "nonblock"))
			fcntl(fd, F_SETFL, O_NONBLOCK);
		for (int i = 0; i < atoi(argv[2]); i++)
			ask(fd, argv[way], i);
		close(fd);
	}
	return 0;
}
