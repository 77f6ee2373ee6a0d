/* What systemd is told of a service's state: sd_notify(3)'s protocol, a datagram to the socket that
 * NOTIFY_SOCKET names. */
#ifndef LSP_SIDECAR_NOTIFY_H
#define LSP_SIDECAR_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", … Does nothing when nobody listens. */
void lsp_notify(const char *state);

/* Within how many milliseconds systemd wants to hear "WATCHDOG=1" (WATCHDOG_USEC, WATCHDOG_PID); 0:
 * never. */
uint64_t lsp_notify_watchdog_ms(void);

#endif
