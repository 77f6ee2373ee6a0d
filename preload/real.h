/* The real functions behind the hooks, resolved once, and the headers that name their types.
 *
 * Included first by every file of the shim that defines hooks. */
#ifndef LSP_PRELOAD_REAL_H
#define LSP_PRELOAD_REAL_H

#ifndef __NO_INLINE__
#define __NO_INLINE__ 1 /* libc's headers must not define what we define */
#endif
#include <assert.h>
#include <err.h>
#include <error.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>
#include <wchar.h>

struct lsp_real {
#define HOOK(type, name, params, family) type(*name) params;
#include "hook_table.h"
#undef HOOK
};

/* Filled by lsp_real_resolve(); a name that no library has stays NULL, and is never called by
 * anybody either. */
extern struct lsp_real lsp_real;
extern bool lsp_real_ready;

/* Looks all names up behind this library. Called by the constructor; by a hook only when another
 * library's constructor was faster. Allocates nothing for names that exist. */
void lsp_real_resolve(void);

/* Which real function to call: REAL(write)(fd, buf, n). */
#define REAL(name) (*(__builtin_expect(lsp_real_ready, 1) ? (void)0 : lsp_real_resolve(), \
	lsp_real.name))

/* … of a library that may come later, by dlopen(): looked up when it is first called; NULL when no
 * library has it. */
#define LSP_LATE(name)                                                                             \
	(lsp_real.name ? lsp_real.name                                                             \
		       : (lsp_real.name = (__typeof__(lsp_real.name))lsp_symbol_next(#name)))

/* The prototypes of all hooks, so that bodies cannot differ from the table. */
#define HOOK(type, name, params, family) __attribute__((visibility("default"))) type name params;
#include "hook_table.h"
#undef HOOK

#endif
