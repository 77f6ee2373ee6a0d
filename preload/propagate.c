/* The list of --propagate, read where it stands: "loopback", "all", or "host:port,…". */
#include "propagate.h"
#include "shim.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* Calls match for each entry until it says yes. */
static bool any_entry(bool (*match)(const char *entry, size_t n, const void *of), const void *of)
{
	const char *at = lsp_shim.settings.propagate;

	while (*at) {
		size_t n = strcspn(at, ", ");

		if (n > 0 && match(at, n, of))
			return true;
		at += n + (at[n] ? 1 : 0);
	}
	return false;
}

static bool is_word(const char *entry, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(entry, word, n) == 0;
}

/* ---- addresses ------------------------------------------------------------------------------- */

struct address {
	bool v4, loopback;
	uint8_t bytes[16];
	uint16_t port;
};

static bool read_address(const struct sockaddr *to, socklen_t len, struct address *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(ret, 0, sizeof(*ret));
	if (to && to->sa_family == AF_INET && len >= sizeof(in)) {
		memcpy(&in, to, sizeof(in));
		ret->v4 = true;
		memcpy(ret->bytes, &in.sin_addr, 4);
		ret->port = ntohs(in.sin_port);
	} else if (to && to->sa_family == AF_INET6 && len >= sizeof(in6)) {
		memcpy(&in6, to, sizeof(in6));
		ret->v4 = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
		if (ret->v4)
			memcpy(ret->bytes, in6.sin6_addr.s6_addr + 12, 4);
		else
			memcpy(ret->bytes, &in6.sin6_addr, 16);
		ret->loopback = IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
		ret->port = ntohs(in6.sin6_port);
	} else {
		return false;
	}
	ret->loopback |= ret->v4 && ret->bytes[0] == 127;
	return true;
}

/* "127.0.0.1:8080", "[::1]:8080" */
static bool is_address_entry(const char *entry, size_t n, const struct address *a)
{
	char text[64];
	uint8_t bytes[16];
	unsigned port = 0;
	size_t colon = n;

	while (colon > 0 && entry[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon == n || n - colon > 5 || colon > sizeof(text))
		return false;
	for (size_t i = colon; i < n; i++) {
		if (entry[i] < '0' || entry[i] > '9')
			return false;
		port = port * 10 + (unsigned)(entry[i] - '0');
	}
	n = colon - 1;
	if (n > 2 && entry[0] == '[' && entry[n - 1] == ']') {
		entry++;
		n -= 2;
	}
	memcpy(text, entry, n);
	text[n] = 0;
	if (is_word(text, n, "localhost"))
		return port == a->port && a->loopback;
	return port == a->port && inet_pton(a->v4 ? AF_INET : AF_INET6, text, bytes) == 1 &&
	       memcmp(bytes, a->bytes, a->v4 ? 4 : 16) == 0;
}

static bool matches_address(const char *entry, size_t n, const void *address)
{
	const struct address *a = address;

	return (is_word(entry, n, "loopback") && a->loopback) || is_address_entry(entry, n, a);
}

static bool is_all(const char *entry, size_t n, const void *unused)
{
	(void)unused;
	return is_word(entry, n, "all");
}

bool lsp_propagate_to_address(const struct sockaddr *to, socklen_t len)
{
	struct address a;

	if (!lsp_shim.settings.propagate[0])
		return false;
	return any_entry(is_all, NULL) ||
	       (read_address(to, len, &a) && any_entry(matches_address, &a));
}

/* ---- names ----------------------------------------------------------------------------------- */

struct host {
	const char *at;
	size_t n;
};

static bool matches_host(const char *entry, size_t n, const void *of)
{
	const struct host *host = of;
	const char *colon = memrchr(host->at, ':', host->n);
	size_t name = colon ? (size_t)(colon - host->at) : host->n;

	if (n == host->n)
		return strncasecmp(entry, host->at, n) == 0;
	if (memchr(entry, ':', n)) /* "name:80" is what "Host: name" means, "name:443" with TLS */
		return !colon && n > name && entry[name] == ':' &&
		       strncasecmp(entry, host->at, name) == 0 &&
		       (is_word(entry + name, n - name, ":80") ||
			       is_word(entry + name, n - name, ":443"));
	return n == name && strncasecmp(entry, host->at, n) == 0;
}

bool lsp_propagate_to_host(const char *host, size_t n)
{
	struct host h = { host, n };

	return n > 0 && lsp_shim.settings.propagate[0] && any_entry(matches_host, &h);
}
