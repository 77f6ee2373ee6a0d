/* What psiginfo(3) says of a signal, without the words before it and without the newline. */
#ifndef LSP_PRELOAD_SIGINFO_TEXT_H
#define LSP_PRELOAD_SIGINFO_TEXT_H

#include <signal.h>
#include <stddef.h>

/* As snprintf(). Looks up libc's translations. */
int lsp_siginfo_text(char *out, size_t cap, const siginfo_t *info);

#endif
