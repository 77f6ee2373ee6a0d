/* Addresses to listen on: "127.0.0.1:4318", "[::1]:4318", "localhost:4318", or a port alone, which
 * is one of 127.0.0.1. Port 0 lets the kernel choose. */
#ifndef LSP_SIDECAR_ADDRESS_H
#define LSP_SIDECAR_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define LSP_ADDRESS_FORMS "HOST:PORT, with a numeric host or localhost (127.0.0.1:4318, [::1]:4318)"
#define LSP_ADDRESS_CHARS 64

struct lsp_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len;
};

/* Returns 0, or -EINVAL with ret untouched. Names other than localhost are not resolved. */
int lsp_address_parse(struct lsp_address *ret, const char *text);

/* "127.0.0.1:4318" or "[::1]:4318", and NUL. */
void lsp_address_format(const struct lsp_address *a, char out[LSP_ADDRESS_CHARS]);

/* True when only this machine can reach it: 127.0.0.0/8, ::1, and the former mapped into IPv6. */
bool lsp_address_is_loopback(const struct lsp_address *a);

/* True when a Host header, or the part of an Origin behind "://", names this machine by a loopback
 * address or localhost, with any port or none. Other names that resolve to 127.0.0.1 are those of
 * an attacker who rebinds DNS. */
bool lsp_address_host_is_loopback(const char *host);

/* A listening TCP socket, non-blocking, close-on-exec; the port that was chosen is put into *a.
 * Returns the descriptor or -errno. */
int lsp_address_listen(struct lsp_address *a);

#endif
