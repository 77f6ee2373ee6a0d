/* Family process: the process ends by itself, and what it was doing is told. Nothing waits, nothing
 * is kept for this moment; a process that is killed loses only its own exit code. */
#include "real.h"

#include "crash.h"
#include "shim.h"

#include <errno.h>

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
