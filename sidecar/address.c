#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 512

/* 1 to 5 digits, nothing else. */
static int parse_port(const char *text, in_port_t *ret)
{
	size_t n = strspn(text, "0123456789");
	long port = n >= 1 && n <= 5 && text[n] == 0 ? strtol(text, NULL, 10) : -1;
	if (port < 0 || port > 65535)
		return -EINVAL;
	*ret = htons((in_port_t)port);
	return 0;
}

/* Splits "[::1]:80" and "127.0.0.1:80"; port is NULL when there is none. */
static int split(const char *text, char *host, size_t cap, const char **port)
{
	const char *end;
	if (text[0] == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		*port = end[1] ? end + 2 : NULL;
	} else {
		end = strchr(text, ':');
		*port = end ? end + 1 : NULL;
		end = end ? end : text + strlen(text);
	}
	size_t n = (size_t)(end - text);
	if (n == 0 || n >= cap)
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = 0;
	return 0;
}

static int parse_host(struct lsp_address *a, const char *host, bool bracketed)
{
	*a = (struct lsp_address){ .len = 0 };
	if (bracketed) {
		a->v6.sin6_family = AF_INET6;
		a->len = sizeof(a->v6);
		return inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	if (strcasecmp(host, "localhost") == 0)
		host = "127.0.0.1";
	a->v4.sin_family = AF_INET;
	a->len = sizeof(a->v4);
	return inet_pton(AF_INET, host, &a->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

int lsp_address_parse(struct lsp_address *ret, const char *text)
{
	char host[LSP_ADDRESS_CHARS];
	const char *port = NULL;
	struct lsp_address a;
	in_port_t number;
	if (parse_port(text, &number) == 0) {
		(void)parse_host(&a, "127.0.0.1", false);
	} else if (split(text, host, sizeof(host), &port) || !port || parse_port(port, &number) ||
		   parse_host(&a, host, text[0] == '[')) {
		return -EINVAL;
	}
	if (a.any.sa_family == AF_INET6)
		a.v6.sin6_port = number;
	else
		a.v4.sin_port = number;
	*ret = a;
	return 0;
}

void lsp_address_format(const struct lsp_address *a, char out[LSP_ADDRESS_CHARS])
{
	char host[INET6_ADDRSTRLEN] = "?";
	if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		snprintf(out, LSP_ADDRESS_CHARS, "[%s]:%u", host, ntohs(a->v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		snprintf(out, LSP_ADDRESS_CHARS, "%s:%u", host, ntohs(a->v4.sin_port));
	}
}

bool lsp_address_is_loopback(const struct lsp_address *a)
{
	if (a->any.sa_family == AF_INET)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		return a->v6.sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

bool lsp_address_host_is_loopback(const char *text)
{
	char host[LSP_ADDRESS_CHARS];
	const char *port;
	struct lsp_address a;
	in_port_t number;
	return split(text, host, sizeof(host), &port) == 0 &&
	       (!port || parse_port(port, &number) == 0) &&
	       parse_host(&a, host, text[0] == '[') == 0 && lsp_address_is_loopback(&a);
}

int lsp_address_listen(struct lsp_address *a)
{
	int one = 1;
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	socklen_t len = sizeof(a->v6);
	if (bind(fd, &a->any, a->len) || listen(fd, BACKLOG) || getsockname(fd, &a->any, &len)) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}
