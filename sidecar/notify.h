/* What systemd is told of a service's state: sd_notify(3)'s protocol, a datagram to the socket that
 * NOTIFY_SOCKET names. */
#ifndef LSP_SIDECAR_NOTIFY_H
#define LSP_SIDECAR_NOTIFY_H

/* "READY=1", "STOPPING=1", … Does nothing when nobody listens. */
void lsp_notify(const char *state);

#endif
