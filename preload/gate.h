/* Which programs the shim stays out of. Data, not code: one table. */
#ifndef LSP_PRELOAD_GATE_H
#define LSP_PRELOAD_GATE_H

#include <stdbool.h>

/* True for shells, version control, archivers, package managers, and others whose output is other
 * programs' input (rule R1). name: the executable's base name. */
bool lsp_gate_denies(const char *name);

#endif
