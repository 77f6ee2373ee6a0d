/* Family prctl: a program that confines itself (sandbox.h). And a tracer names the mapping that
 * says what its process is (process_context.h). It does so when the mapping is made and after each
 * change, so nothing has to be looked for; whether the kernel knows names of mappings does not
 * matter. */
#include "real.h"

#include "host_memory.h"
#include "process_names.h"
#include "sandbox.h"
#include "shim.h"

#include "../lib/core/process_context.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static bool is_process_context(const char *name)
{
	static const char context[] = LSP_PROCESS_CONTEXT_NAME;

	return lsp_host_readable(name, sizeof(context)) &&
	       memcmp(name, context, sizeof(context)) == 0;
}

int prctl(int option, ...)
{
	unsigned long arg[4];
	va_list args;
	bool aside;
	int ret, saved;

	va_start(args, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(args, unsigned long);
	va_end(args);
	aside = option == PR_SET_SECCOMP && (arg[0] == SECCOMP_MODE_STRICT || arg[1]) &&
		lsp_sandbox_begin();
	ret = REAL(prctl)(option, arg[0], arg[1], arg[2], arg[3]);
	saved = errno;
	if (aside && ret)
		lsp_sandbox_refused();
	if (option == PR_SET_VMA && arg[0] == PR_SET_VMA_ANON_NAME &&
		lsp_shim.state == LSP_STATE_ON && is_process_context((const char *)arg[3]))
		lsp_process_names_take(arg[1]);
	errno = saved;
	return ret;
}
