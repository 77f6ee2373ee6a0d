/* Family tls: OpenSSL's and GnuTLS's reading and writing of plain text. The libraries may come
 * later, by dlopen(), so their functions are looked up when they are first called. */
#include "real.h"

#include "conn_tls.h"
#include "shim.h"
#include "symbols.h"

#include <errno.h>

static int fd_of_ssl(const void *ssl)
{
	static int (*get_fd)(const void *);

	if (!get_fd)
		get_fd = (int (*)(const void *))lsp_symbol_next("SSL_get_fd");
	return get_fd ? get_fd(ssl) : -1;
}

static struct lsp_tls of_ssl(const void *ssl)
{
	return (struct lsp_tls){ ssl, fd_of_ssl(ssl) };
}

/* ---- sessions -------------------------------------------------------------------------------- */

/* The handshake reads and writes the session's descriptor. */
#define HANDSHAKE(name)                                                                            \
	int name(void *session)                                                                    \
	{                                                                                          \
		struct lsp_tls t = { session, -1 };                                                \
		int ret, saved;                                                                    \
                                                                                                   \
		if (!LSP_LATE(name))                                                               \
			return -1;                                                                 \
		if (!lsp_shim.tracking)                                                            \
			return lsp_real.name(session);                                             \
		lsp_tls_enter();                                                                   \
		ret = lsp_real.name(session);                                                      \
		saved = errno;                                                                     \
		lsp_tls_left(&t);                                                                  \
		errno = saved;                                                                     \
		return ret;                                                                        \
	}
HANDSHAKE(SSL_connect)
HANDSHAKE(SSL_accept)
HANDSHAKE(SSL_do_handshake)
HANDSHAKE(gnutls_handshake)

void SSL_free(void *ssl)
{
	if (lsp_shim.tracking && ssl)
		lsp_tls_forget(ssl);
	if (LSP_LATE(SSL_free))
		lsp_real.SSL_free(ssl);
}

void gnutls_deinit(void *session)
{
	if (lsp_shim.tracking && session)
		lsp_tls_forget(session);
	if (LSP_LATE(gnutls_deinit))
		lsp_real.gnutls_deinit(session);
}

/* ---- reading --------------------------------------------------------------------------------- */

int SSL_read(void *ssl, void *buf, int n)
{
	struct lsp_tls t;
	int got, saved;

	if (!LSP_LATE(SSL_read))
		return -1;
	if (!lsp_shim.tracking)
		return lsp_real.SSL_read(ssl, buf, n);
	lsp_tls_enter();
	got = lsp_real.SSL_read(ssl, buf, n);
	saved = errno;
	t = of_ssl(ssl);
	lsp_tls_left(&t);
	if (got > 0)
		lsp_tls_received(&t, buf, (size_t)got);
	errno = saved;
	return got;
}

int SSL_read_ex(void *ssl, void *buf, size_t n, size_t *ret_got)
{
	struct lsp_tls t;
	int done, saved;

	if (!LSP_LATE(SSL_read_ex))
		return 0;
	if (!lsp_shim.tracking)
		return lsp_real.SSL_read_ex(ssl, buf, n, ret_got);
	lsp_tls_enter();
	done = lsp_real.SSL_read_ex(ssl, buf, n, ret_got);
	saved = errno;
	t = of_ssl(ssl);
	lsp_tls_left(&t);
	if (done > 0)
		lsp_tls_received(&t, buf, *ret_got);
	errno = saved;
	return done;
}

ssize_t gnutls_record_recv(void *session, void *buf, size_t n)
{
	struct lsp_tls t = { session, -1 };
	ssize_t got;
	int saved;

	if (!LSP_LATE(gnutls_record_recv))
		return -1;
	if (!lsp_shim.tracking)
		return lsp_real.gnutls_record_recv(session, buf, n);
	lsp_tls_enter();
	got = lsp_real.gnutls_record_recv(session, buf, n);
	saved = errno;
	lsp_tls_left(&t);
	if (got > 0)
		lsp_tls_received(&t, buf, (size_t)got);
	errno = saved;
	return got;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* One write of a library's: returns what it returned, and in *ret_taken the bytes that it took. */
struct writer {
	struct lsp_tls t;
	long (*call)(void *session, const void *buf, size_t n, size_t *ret_taken);
};

static long call_ssl_write(void *ssl, const void *buf, size_t n, size_t *ret_taken)
{
	int ret = lsp_real.SSL_write(ssl, buf, (int)n);

	*ret_taken = ret > 0 ? (size_t)ret : 0;
	return ret;
}

static long call_ssl_write_ex(void *ssl, const void *buf, size_t n, size_t *ret_taken)
{
	size_t taken = 0;
	int ret = lsp_real.SSL_write_ex(ssl, buf, n, &taken);

	*ret_taken = ret > 0 ? taken : 0;
	return ret;
}

static long call_gnutls_send(void *session, const void *buf, size_t n, size_t *ret_taken)
{
	ssize_t ret = lsp_real.gnutls_record_send(session, buf, n);

	*ret_taken = ret > 0 ? (size_t)ret : 0;
	return ret;
}

static long call(const struct writer *w, const void *buf, size_t n, size_t *ret_taken)
{
	long ret;
	int saved;

	lsp_tls_enter();
	ret = w->call((void *)(uintptr_t)w->t.session, buf, n, ret_taken);
	saved = errno;
	lsp_tls_left(&w->t);
	errno = saved;
	return ret;
}

/* Sends a request's beginning with its header, then the rest. A library that cannot go on asks for
 * the same call again, which comes here again and finds the prefix where it was. Returns what the
 * host is to get; *ret_taken: its bytes. */
static __attribute__((noinline)) long put_prefixed(const struct writer *w, const char *text,
	size_t text_bytes, size_t covered, bool taken, const char *buf, size_t n, size_t *ret_taken)
{
	size_t some = 0;
	long ret = 1;

	if (!taken) {
		ret = call(w, text, text_bytes, &some);
		if (some < text_bytes)
			return ret; /* nothing of the host's is out yet, as far as it knows */
		lsp_tls_prefix_taken(&w->t);
	}
	some = 0;
	if (n > covered) {
		ret = call(w, buf + covered, n - covered, &some);
		if (some == 0)
			return ret;
	}
	lsp_tls_prefix_done(&w->t);
	*ret_taken = covered + some;
	return ret;
}

static long put(const struct writer *w, const void *buf, size_t n, size_t *ret_taken)
{
	const char *text;
	size_t text_bytes, covered;
	bool taken;
	long ret;
	int saved;

	*ret_taken = 0;
	if (buf && lsp_tls_prefix(&w->t, buf, n, &text, &text_bytes, &covered, &taken)) {
		ret = put_prefixed(w, text, text_bytes, covered, taken, buf, n, ret_taken);
	} else {
		covered = buf && n ? lsp_tls_sending(&w->t, buf, n, &text, &text_bytes) : 0;
		ret = covered ? put_prefixed(w, text, text_bytes, covered, false, buf, n, ret_taken)
			      : call(w, buf, n, ret_taken);
	}
	saved = errno;
	if (*ret_taken)
		lsp_tls_sent(&w->t, buf, *ret_taken);
	errno = saved;
	return ret;
}

int SSL_write(void *ssl, const void *buf, int n)
{
	struct writer w = { .call = call_ssl_write };
	size_t taken;
	long ret;

	if (!LSP_LATE(SSL_write))
		return -1;
	if (!lsp_shim.tracking || n <= 0)
		return lsp_real.SSL_write(ssl, buf, n);
	w.t = of_ssl(ssl);
	ret = put(&w, buf, (size_t)n, &taken);
	return taken ? (int)taken : (int)ret;
}

int SSL_write_ex(void *ssl, const void *buf, size_t n, size_t *ret_written)
{
	struct writer w = { .call = call_ssl_write_ex };
	size_t taken;
	long ret;

	if (!LSP_LATE(SSL_write_ex))
		return 0;
	if (!lsp_shim.tracking || n == 0)
		return lsp_real.SSL_write_ex(ssl, buf, n, ret_written);
	w.t = of_ssl(ssl);
	ret = put(&w, buf, n, &taken);
	if (taken)
		*ret_written = taken;
	return (int)ret;
}

ssize_t gnutls_record_send(void *session, const void *buf, size_t n)
{
	struct writer w = { .t = { session, -1 }, .call = call_gnutls_send };
	size_t taken;
	long ret;

	if (!LSP_LATE(gnutls_record_send))
		return -1;
	if (!lsp_shim.tracking)
		return lsp_real.gnutls_record_send(session, buf, n);
	ret = put(&w, buf, n, &taken);
	return taken ? (ssize_t)taken : ret;
}
