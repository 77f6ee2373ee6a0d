/* Who serves whom: the contexts of connections and of threads. */
#include "conn_table.h"

#include "../lib/core/hex.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static void put_number(char *out, uint8_t *used, unsigned value)
{
	*used = (uint8_t)(*used + lsp_decimal_encode(out + *used, value));
}

/* IPv4 as text. Other families are left out: formatting them here is not worth its bytes. */
static void note_peer(struct lsp_conn *c, const struct sockaddr *peer, socklen_t len)
{
	struct sockaddr_in in;
	uint32_t address;

	if (!peer || len < sizeof(in) || peer->sa_family != AF_INET)
		return;
	memcpy(&in, peer, sizeof(in));
	address = ntohl(in.sin_addr.s_addr);
	for (int shift = 24; shift >= 0; shift -= 8) {
		put_number(c->peer, &c->peer_bytes, address >> shift & 0xff);
		if (shift)
			c->peer[c->peer_bytes++] = '.';
	}
}

void lsp_conn_accepted(int fd, const struct sockaddr *peer, socklen_t peer_len)
{
	struct lsp_conn *c = lsp_conn_open(fd, LSP_CONN_ACCEPTED);

	lsp_thread.has_serving = 0;
	if (c)
		note_peer(c, peer, peer_len);
}

void lsp_conn_connected(int fd)
{
	struct lsp_conn *c = lsp_conn_open(fd, LSP_CONN_BOUND);

	if (c)
		lsp_conn_bind(c);
}

/* A bound connection that was used before: a program's pool. A new HTTP request on it is this
 * thread's; anything else is not known to be anybody's. */
static void touch_pooled(struct lsp_conn *c, int fd)
{
	if (c->http) {
		lsp_conn_serve(c, fd);
		return;
	}
	if (!lsp_thread.loops)
		return; /* a thread that serves one request at a time keeps it */
	if (!c->has_context || !lsp_thread.has_serving ||
		!lsp_context_same(&c->context, &lsp_thread.serving)) {
		lsp_thread.has_serving = 0;
		lsp_conn_pooled();
	}
}

void lsp_conn_touch(int fd)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (!c)
		return;
	if (c->kind == LSP_CONN_BOUND && c->spoken)
		touch_pooled(c, fd);
	else if (c->kind == LSP_CONN_ACCEPTED || c->has_context)
		lsp_conn_serve(c, fd);
}

void lsp_conn_established(int fd)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (c && c->kind == LSP_CONN_BOUND && !c->spoken && c->has_context)
		lsp_conn_serve(c, fd);
}

/* ---- bytes
 * --------------------------------------------------------------------------------------- */

void lsp_conn_received(int fd, const struct iovec *iov, int n, ssize_t received)
{
	struct lsp_conn *c = lsp_conn_of(fd);
	size_t left = received > 0 ? (size_t)received : 0;

	if (!c)
		return;
	/* Nothing came: a look that changes nothing. Programs log after it. */
	if (received <= 0)
		return;
	if (c->kind == LSP_CONN_ACCEPTED && lsp_conn_take(c)) {
		for (int i = 0; i < n && left > 0; i++) {
			size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

			lsp_conn_feed_request(c, iov[i].iov_base, part);
			left -= part;
		}
		lsp_conn_give(c);
	}
	lsp_conn_touch(fd);
}

/* "GET /", "POST http…": how a request begins. */
static bool begins_request(const struct iovec *iov, int n)
{
	const char *at = iov && n > 0 ? iov[0].iov_base : NULL;
	size_t len = at ? iov[0].iov_len : 0, i = 0;

	while (i < len && i < 8 && at[i] >= 'A' && at[i] <= 'Z')
		i++;
	return i >= 3 && i + 1 < len && at[i] == ' ' && (at[i + 1] == '/' || at[i + 1] == 'h');
}

void lsp_conn_sending(int fd, const struct iovec *iov, int n)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (!c)
		return;
	if (c->kind == LSP_CONN_BOUND && begins_request(iov, n)) {
		if (c->spoken)
			lsp_conn_bind(c);
		c->http = true;
	}
	lsp_conn_touch(fd);
}

void lsp_conn_sent(int fd, const struct iovec *iov, int n, ssize_t sent)
{
	struct lsp_conn *c = lsp_conn_of(fd);
	size_t left = sent > 0 ? (size_t)sent : 0;

	if (!c || sent <= 0)
		return;
	c->spoken = true;
	if (c->kind != LSP_CONN_ACCEPTED || !lsp_conn_take(c))
		return;
	if (!iov)
		lsp_conn_feed_response(c, NULL, left);
	for (int i = 0; iov && i < n && left > 0; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		lsp_conn_feed_response(c, iov[i].iov_base, part);
		left -= part;
	}
	lsp_conn_give(c);
}
