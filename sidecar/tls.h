/* TLS for all that listens (GnuTLS, which libmicrohttpd uses, too): one certificate with its chain,
 * and its key, that can be read again while connections last. */
#ifndef LSP_SIDECAR_TLS_H
#define LSP_SIDECAR_TLS_H

#include <gnutls/abstract.h>
#include <stdint.h>

/* TLS 1.2 and 1.3, and of the former only what has forward secrecy. */
#define LSP_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE"

struct lsp_tls;

/* Reads PEM files. Returns 0 or -errno with one line in why (cap bytes): option, path, what is
 * wrong. There is one at a time in a process: libmicrohttpd's callback has no argument. */
int lsp_tls_new(
	struct lsp_tls **ret, const char *cert_path, const char *key_path, char *why, size_t cap);
/* When no connection is left. NULL is fine; returns NULL. */
struct lsp_tls *lsp_tls_free(struct lsp_tls *t);
/* Reads the files again, for connections to come; as above, and after a failure the certificate of
 * before stays. One thread at a time. */
int lsp_tls_reload(struct lsp_tls *t, char *why, size_t cap);
/* When the certificate that is in use expires, in Unix seconds. Any thread. */
int64_t lsp_tls_expires_s(struct lsp_tls *t);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
gnutls_certificate_retrieve_function2 lsp_tls_retrieve;

/* The server's side of a connection on a non-blocking socket, for gnutls_handshake(); one protocol
 * (ALPN) is spoken, which clients that offer others must offer, too. Returns 0 or -ENOMEM. */
int lsp_tls_accept(gnutls_session_t *ret, struct lsp_tls *t, int fd, const char *protocol);

#endif
