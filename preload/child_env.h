/* The environment that a started program gets. The host's own is never changed (setenv() is not
 * safe with threads); a copy is edited, on the stack of whoever calls exec.
 *
 * Children: with --children none a forked child's program runs without the shim, but with
 * TRACEPARENT; a program that replaces itself keeps the shim, for what counts is the process.
 * The constructor has made LINESPAN=1 into LINESPAN=0 in place, so that routes which no hook sees
 * (raw system calls, system() of a program with threads) start their programs without it as well.
 *
 * TRACEPARENT: that of the active context, unless the program has put one there itself (another
 * than it was started with). TRACESTATE goes along only with a TRACEPARENT of its own trace. */
#ifndef LSP_PRELOAD_CHILD_ENV_H
#define LSP_PRELOAD_CHILD_ENV_H

#include <stdbool.h>
#include <stddef.h>

#define LSP_CHILD_ENV_EXTRA 4 /* entries more than the host's, the ending NULL included */

struct lsp_child_env {
	char traceparent[80];
	char preload[4096 + 16];
};

/* Edits a copy of envp in out (room for its entries and LSP_CHILD_ENV_EXTRA more). in_child: the
 * program will run in another process than this memory's first one. */
void lsp_child_env_make(struct lsp_child_env *e, char **out, char *const *envp, bool in_child);

/* How many entries; SIZE_MAX when one of them is not there: the kernel is to say so. */
size_t lsp_child_env_entries(char *const *envp);

/* True when exec here and now replaces the process that was started under the shim. */
bool lsp_child_env_is_self(void);

/* Called by the constructor. */
void lsp_child_env_disarm(char **envp);

/* True when programs' environments are ours to edit. */
bool lsp_child_env_wanted(void);

#endif
