/* Whose requests get a traceparent: the setting --propagate. Empty: nobody's. */
#ifndef LSP_PRELOAD_PROPAGATE_H
#define LSP_PRELOAD_PROPAGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* True when the setting names the address that a socket is connected to: "all", "loopback" for a
 * loopback address, or an entry with its number and port. */
bool lsp_propagate_to_address(const struct sockaddr *to, socklen_t len);

/* True when an entry of the setting is what a request's Host header says: "name:port", or "name"
 * for any port. Upper and lower case are the same. */
bool lsp_propagate_to_host(const char *host, size_t n);

#endif
