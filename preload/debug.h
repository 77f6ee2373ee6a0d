/* LINESPAN_DEBUG: what the shim decided for each descriptor, and why, one line each, in a file. Off
 * unless asked for; then each line opens the file, appends, and closes it again, so that no
 * descriptor is kept. Async-signal-safe; keeps errno. */
#ifndef LSP_PRELOAD_DEBUG_H
#define LSP_PRELOAD_DEBUG_H

#include "rules.h"

void lsp_debug_rule(int fd, struct lsp_rule rule);
/* A fact about the process, as "what: text". */
void lsp_debug_fact(const char *what, const char *text);

#endif
