/* The environment as a carrier: TRACEPARENT (and HTTP_TRACEPARENT, which CGI makes of the header).
 * OpenTelemetry specification, context/env-carriers.md.
 *
 * Read once, at the start of a process; what a program does to its environment later is its own
 * business. core: libc only; no malloc; async-signal-safe. */
#ifndef LSP_CORE_CARRIER_ENV_H
#define LSP_CORE_CARRIER_ENV_H

#include "context.h"

/* Looks for the carrier in a NULL-terminated environment block (NULL is taken as empty).
 * TRACEPARENT wins over HTTP_TRACEPARENT; the first of two equal names counts, as in getenv().
 * Returns 0 with source = ENV, -ENOENT when there is none, -EINVAL when there is one that is not
 * valid (and no valid other). ret is untouched on failure. */
int lsp_carrier_env_read(char *const *envp, struct lsp_context *ret);

#endif
