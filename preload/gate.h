/* Which programs the shim stays out of, and which ones need care. Data, not code: two tables. */
#ifndef LSP_PRELOAD_GATE_H
#define LSP_PRELOAD_GATE_H

#include <stdbool.h>

/* True for shells, version control, archivers, package managers, and others whose output is other
 * programs' input (rule R1). name: the executable's base name. */
bool lsp_gate_denies(const char *name);

/* True for runtimes that collect output in buffers of their own and write several lines at once,
 * long after they were printed. */
bool lsp_gate_buffers(const char *name);

#endif
