/* Standing aside. A process that filters its own system calls (seccomp) allows those that it makes
 * itself; one more of ours could end it. So from then on the shim makes none: every hook passes
 * through, the fatal signals are the host's again, children are started as they are.
 *
 * Filters that were there before the program began do not count: who installs them (a service
 * manager, a container) knows the loader and libc, not one program's calls. */
#ifndef LSP_PRELOAD_SANDBOX_H
#define LSP_PRELOAD_SANDBOX_H

#include <stdbool.h>

/* Before the real call that installs a filter: takes back what is ours. Nothing happens in a vfork
 * child, whose memory is its parent's, nor behind a filter that is there already. Returns whether
 * anything did. Keeps errno. */
bool lsp_sandbox_begin(void);

/* The call was refused, and the begin before it had returned true: as it was before that. What is
 * not restored is this thread's stack for handlers. Keeps errno. */
void lsp_sandbox_refused(void);

#endif
