/* Plain text inside of TLS: the requests and answers that a program hands to its TLS library. The
 * connection is the descriptor that the library reads or writes in the same call, or did before (in
 * its handshake, at the latest); of a program that reads and writes for its library, the one that
 * it read right before it got plain text.
 *
 * A session's first bytes of plain text make its connection one of TLS: what the descriptor itself
 * carries is not looked at any more. All calls keep errno. Only called while lsp_shim.tracking. */
#ifndef LSP_PRELOAD_CONN_TLS_H
#define LSP_PRELOAD_CONN_TLS_H

#include "conn.h"

/* The descriptor that the library says is the session's, -1 when it does not know. */
struct lsp_tls {
	const void *session;
	int fd;
};

/* The library is about to be called, and was: finds out which descriptor it uses. */
void lsp_tls_enter(void);
void lsp_tls_left(const struct lsp_tls *t);

/* A session ends: its address may be another one's. */
void lsp_tls_forget(const void *session);

/* It gave the program n bytes, and took n bytes from it. */
void lsp_tls_received(const struct lsp_tls *t, const void *bytes, size_t n);
void lsp_tls_sent(const struct lsp_tls *t, const void *bytes, size_t n);

/* The program is about to hand these bytes over. Returns how many of them the text in *ret_text
 * takes the place of (to be sent first), 0 when they go out as they are. The text stays where it is
 * until lsp_tls_prefix_done(). */
size_t lsp_tls_sending(const struct lsp_tls *t, const void *bytes, size_t n, const char **ret_text,
	size_t *ret_text_bytes);

/* A prefix that the library has not taken yet must be given to it again, from the same place. True
 * when there is one, and the host makes the same call again with its n bytes; *ret_covered: the
 * host's bytes that it stands for; *ret_taken: whether the library has them by now. */
bool lsp_tls_prefix(const struct lsp_tls *t, const void *bytes, size_t n, const char **ret_text,
	size_t *ret_text_bytes, size_t *ret_covered, bool *ret_taken);
void lsp_tls_prefix_taken(const struct lsp_tls *t);
void lsp_tls_prefix_done(const struct lsp_tls *t);

#endif
