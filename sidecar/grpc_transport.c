/* Bytes of a connection, plain or inside of TLS. */
#include "grpc_session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TLS_HANDSHAKE 0x16 /* the first byte of a TLS connection */

/* What who speaks without TLS reads, if it is HTTP/1 that he speaks. */
static const char not_plain[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
				"Connection: close\r\n\r\n"
				"this address speaks gRPC inside of TLS: use https\n";

int lsp_grpc_transport_init(struct lsp_grpc_session *s)
{
	struct lsp_tls *tls = s->shared->config->tls;
	s->is_shaking = tls != NULL;
	return tls ? lsp_tls_accept(&s->tls, tls, s->fd, "h2") : 0;
}

void lsp_grpc_transport_release(struct lsp_grpc_session *s)
{
	if (!s->tls)
		return;
	if (!s->is_shaking)
		(void)gnutls_bye(s->tls, GNUTLS_SHUT_WR);
	gnutls_deinit(s->tls);
}

static ssize_t of_tls(ssize_t rc)
{
	if (rc >= 0)
		return rc;
	if (rc == GNUTLS_E_AGAIN)
		return -EAGAIN;
	return rc == GNUTLS_E_INTERRUPTED ? -EINTR : -EPROTO;
}

static ssize_t of_system(ssize_t n)
{
	return n >= 0 ? n : -errno;
}

/* Returns 0 when the handshake is done, or -errno. */
static int shake(struct lsp_grpc_session *s)
{
	char first = TLS_HANDSHAKE;
	if (!s->has_begun_shaking) {
		if (recv(s->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
			return -errno;
		if (first != TLS_HANDSHAKE) {
			(void)send(s->fd, not_plain, sizeof(not_plain) - 1,
				MSG_NOSIGNAL | MSG_DONTWAIT);
			return -EPROTO;
		}
		s->has_begun_shaking = true;
	}
	int rc;
	do
		rc = gnutls_handshake(s->tls);
	while (rc < 0 && rc != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(rc));
	if (rc < 0 && rc != GNUTLS_E_AGAIN)
		(void)gnutls_alert_send_appropriate(s->tls, rc);
	s->is_shaking = rc != 0;
	return (int)of_tls(rc);
}

bool lsp_grpc_transport_wants_room(const struct lsp_grpc_session *s)
{
	return s->is_shaking && s->has_begun_shaking && gnutls_record_get_direction(s->tls) == 1;
}

ssize_t lsp_grpc_transport_read(struct lsp_grpc_session *s, void *to, size_t n)
{
	if (!s->tls)
		return of_system(recv(s->fd, to, n, MSG_DONTWAIT));
	int rc = s->is_shaking ? shake(s) : 0;
	return rc ? rc : of_tls(gnutls_record_recv(s->tls, to, n));
}

ssize_t lsp_grpc_transport_write(struct lsp_grpc_session *s, const void *from, size_t n)
{
	if (!s->tls)
		return of_system(send(s->fd, from, n, MSG_NOSIGNAL | MSG_DONTWAIT));
	return of_tls(gnutls_record_send(s->tls, from, n));
}
