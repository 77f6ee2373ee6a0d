/* Who serves whom: the contexts of connections and of threads. */
#include "conn_client.h"
#include "conn_job.h"
#include "host_memory.h"
#include "propagate.h"

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

void lsp_conn_connected(int fd, const struct sockaddr *to, socklen_t len)
{
	struct lsp_conn *c = lsp_conn_open(fd, LSP_CONN_BOUND);

	if (!c)
		return;
	lsp_conn_bind(c);
	note_peer(c, to, len);
	c->propagates = lsp_propagate_to_address(to, len);
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
	lsp_thread.touched_fd = fd + 1;
	if (lsp_thread.in_tls)
		lsp_thread.tls_fd = fd + 1;
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

/* ---- bytes ----------------------------------------------------------------------------------- */

static void feed(struct lsp_conn *c, void (*take)(struct lsp_conn *, const char *, size_t),
	const struct iovec *iov, int n, size_t left)
{
	for (int i = 0; i < n && left > 0; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		take(c, iov[i].iov_base, part);
		left -= part;
	}
}

void lsp_conn_plain_received(struct lsp_conn *c, const struct iovec *iov, int n, size_t received)
{
	if (!lsp_conn_take(c))
		return;
	if (c->kind == LSP_CONN_ACCEPTED)
		feed(c, lsp_conn_feed_request, iov, n, received);
	else if (c->http)
		feed(c, lsp_conn_feed_response, iov, n, received);
	else
		lsp_job_received(c, iov, n, received);
	lsp_conn_give(c);
}

void lsp_conn_received(int fd, const struct iovec *iov, int n, ssize_t received)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	/* Nothing came: a look that changes nothing. Programs log after it. */
	if (!c || received <= 0)
		return;
	if (!c->tls)
		lsp_conn_plain_received(c, iov, n, (size_t)received);
	lsp_conn_touch(fd);
}

void lsp_conn_plain_sending(
	struct lsp_conn *c, int fd, const struct iovec *iov, int n, struct lsp_plan *ret_plan)
{
	if (c->kind == LSP_CONN_BOUND && lsp_host_readable_parts(iov, iov ? (size_t)n : 0) &&
		lsp_client_begins(c, iov, n)) {
		if (c->spoken)
			lsp_conn_bind(c);
		lsp_client_plan(c, iov, n, ret_plan);
	}
	lsp_conn_touch(fd);
}

void lsp_conn_sending(int fd, const struct iovec *iov, int n, struct lsp_plan *ret_plan)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (c && c->tls)
		lsp_conn_touch(fd);
	else if (c)
		lsp_conn_plain_sending(c, fd, iov, n, ret_plan);
}

void lsp_conn_plain_sent(struct lsp_conn *c, const struct iovec *iov, int n, size_t sent)
{
	c->spoken = true;
	if (!lsp_conn_take(c))
		return;
	if (c->kind == LSP_CONN_BOUND && !c->http)
		lsp_job_sent(c, iov, n);
	else if (c->kind == LSP_CONN_BOUND && iov)
		feed(c, lsp_conn_feed_request, iov, n, sent);
	else if (c->kind == LSP_CONN_BOUND)
		lsp_conn_skip_request(c, sent);
	else if (iov)
		feed(c, lsp_conn_feed_response, iov, n, sent);
	else
		lsp_conn_feed_response(c, NULL, sent);
	lsp_conn_give(c);
}

/* A record of TLS: type, and version 3.x. */
static bool is_tls(const struct iovec *iov, int n)
{
	const uint8_t *at = iov && n > 0 ? iov[0].iov_base : NULL;

	return at && iov[0].iov_len > 2 && at[0] >= 0x14 && at[0] <= 0x17 && at[1] == 3;
}

void lsp_conn_sent(int fd, const struct iovec *iov, int n, ssize_t sent)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (c && sent > 0 && !c->tls && !is_tls(iov, n))
		lsp_conn_plain_sent(c, iov, n, (size_t)sent);
}
