/* The frames of a thread, by libunwind's remote interface: the library reads memory only through
 * our accessor, which checks each page, and finds its tables by _dl_find_object(). So it opens no
 * pipe, calls no dl_iterate_phdr() (whose lock the crashed thread may hold), and allocates nothing
 * but its own pool. It is loaded RTLD_LOCAL: it exports _Unwind_RaiseException and its like, which
 * the host's C++ must not be bound to. */
#ifndef LSP_PRELOAD_CRASH_STACK_H
#define LSP_PRELOAD_CRASH_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#define LSP_STACK_FRAMES 64

/* Opens the library and walks this thread's stack once. Allocates and locks: see
 * lsp_crash_prepare(). May be called again; does nothing then. */
void lsp_stack_prepare(void);

/* The thread that is in lsp_stack_prepare() now; 0: none. It is given no pipe: hook_identity.c. */
extern _Atomic uint32_t lsp_stack_preparer;

/* Fills out with at most LSP_STACK_FRAMES addresses, the innermost first: where `at` was
 * interrupted, then return addresses. Frames of this library are left out. Without the library only
 * the first. Async-signal-safe; one thread at a time. */
size_t lsp_stack_walk(const ucontext_t *at, uintptr_t out[LSP_STACK_FRAMES]);

/* One frame as "module+0xoffset", and as the sidecar wants it for the function's name and line:
 * "/path/of/module+0xoffset buildid" (no build id: none). Cut to cap bytes with the NUL; returns
 * the bytes without it. Async-signal-safe. */
size_t lsp_stack_frame_short(uintptr_t address, char *out, size_t cap);
size_t lsp_stack_frame_long(uintptr_t address, char *out, size_t cap);

#endif
