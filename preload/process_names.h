/* The names that a tracer tells in its process context (lib/core/process_context.h): the service's,
 * and those of the attributes that it attaches to the running span. */
#ifndef LSP_PRELOAD_PROCESS_NAMES_H
#define LSP_PRELOAD_PROCESS_NAMES_H

#include "../lib/core/context.h"

#include <stdbool.h>
#include <stddef.h>

#define LSP_PROCESS_NAMES_ATTRS_BYTES 1536 /* of one line's attributes, as the ring wants them */

/* A mapping was named as process contexts are: takes what it says. Left out when another thread is
 * at it. Any thread; keeps errno. */
void lsp_process_names_take(uintptr_t mapping);

/* Whether attributes have names at all. */
bool lsp_process_names_known(void);

/* The attributes of this thread's own record (published.h) while it says c, into buf. Returns their
 * bytes; 0 when there are none, when nobody has told their names, or when the record says something
 * else by now. Async-signal-safe; keeps errno. */
size_t lsp_process_names_attrs(
	const struct lsp_context *c, uint8_t buf[LSP_PROCESS_NAMES_ATTRS_BYTES]);

void lsp_process_names_after_fork(void);

#endif
