/* Family process: its end, and its copies that libc makes without telling anybody.
 *
 * The process ends by itself, and what it was doing is told. Nothing waits, nothing
 * is kept for this moment; a process that is killed loses only its own exit code. */
#include "real.h"

#include "crash.h"
#include "shim.h"

#include <errno.h>
#include <sched.h>

static void ending(int status)
{
	/* A vfork child, or a forked one that never ran our handler: not this memory's process. */
	if (lsp_shim.state == LSP_STATE_ON && (uint32_t)getpid() == lsp_shim.pid) {
		lsp_crash_exit(status);
		lsp_process_span_end(status);
	}
}

void _exit(int status)
{
	ending(status);
	REAL(_exit)(status);
	__builtin_unreachable();
}

void _Exit(int status)
{
	ending(status);
	REAL(_Exit)(status);
	__builtin_unreachable();
}

/* ---- a fork with a stack of its own
 * ------------------------------------------------------------------- */

struct forked {
	int (*start)(void *);
	void *arg;
};

static int begin(void *at)
{
	struct forked f = *(struct forked *)at;

	lsp_shim_after_fork();
	return f.start(f.arg);
}

int clone(int (*start)(void *), void *stack, int flags, void *arg, ...)
{
	struct forked f = { start, arg };
	void *more[3];
	va_list args;

	va_start(args, arg);
	for (int i = 0; i < 3; i++)
		more[i] = va_arg(args, void *);
	va_end(args);
	/* Without a function or a stack it is libc's to refuse. */
	if ((flags & CLONE_VM) || !start || !stack)
		return REAL(clone)(start, stack, flags, arg, more[0], more[1], more[2]);
	return REAL(clone)(begin, stack, flags, &f, more[0], more[1], more[2]);
}
