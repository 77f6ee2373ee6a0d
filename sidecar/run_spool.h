/* The spool folder, as `linespan run` prepares it for the program that it becomes. */
#ifndef LSP_SIDECAR_RUN_SPOOL_H
#define LSP_SIDECAR_RUN_SPOOL_H

#include <stddef.h>

/* Makes the spool when it is missing (the user's own: 0700; /run/linespan by root: 01733, so that
 * all may drop rings and none may list them) and writes its absolute path to ret. said is what the
 * user asked for, or NULL for the default place. Returns 0 or -errno; -EPERM for a folder below
 * /tmp that belongs to somebody else. ret then holds the path that failed. */
int lsp_spool_prepare(const char *said, char *ret, size_t cap);

/* Removes the caller's own rings that nobody will fetch any more: their owner is dead and they are
 * over a day old, or more than 256 files are there. One pass over the folder; never fails. */
void lsp_spool_prune(const char *dir);

#endif
