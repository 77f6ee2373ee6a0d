/* Family death: a failed assertion and abort(), told before the process ends of it. libstdc++ calls
 * abort() when nobody catches an exception. */
#include "real.h"

#include "crash.h"
#include "symbols.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	char message[LSP_CRASH_MESSAGE_BYTES];
	int saved = errno;

	snprintf(message, sizeof(message), "%s:%u: %s: %s", file ? file : "?", line,
		function ? function : "?", expression ? expression : "?");
	lsp_crash_tell_abort("assert", message);
	errno = saved;
	REAL(__assert_fail)(expression, file, line, function);
	__builtin_unreachable();
}

void __assert_perror_fail(int number, const char *file, unsigned line, const char *function)
{
	char message[LSP_CRASH_MESSAGE_BYTES], reason[128];
	int saved = errno;

	snprintf(message, sizeof(message), "%s:%u: %s: %s", file ? file : "?", line,
		function ? function : "?", strerror_r(number, reason, sizeof(reason)));
	lsp_crash_tell_abort("assert", message);
	errno = saved;
	REAL(__assert_perror_fail)(number, file, line, function);
	__builtin_unreachable();
}

void __assert(const char *expression, const char *file, int line)
{
	char message[LSP_CRASH_MESSAGE_BYTES];
	int saved = errno;

	snprintf(message, sizeof(message), "%s:%d: %s", file ? file : "?", line,
		expression ? expression : "?");
	lsp_crash_tell_abort("assert", message);
	errno = saved;
	REAL(__assert)(expression, file, line);
	__builtin_unreachable();
}

/* The C++ runtime that this address is in, or NULL. */
static const struct link_map *cxx_runtime(const void *address)
{
	struct dl_find_object found;
	const char *name;

	if (_dl_find_object((void *)(uintptr_t)address, &found) || !found.dlfo_link_map)
		return NULL;
	name = found.dlfo_link_map->l_name;
	return name && (strstr(name, "/libstdc++.so") || strstr(name, "/libc++abi.so"))
		       ? found.dlfo_link_map
		       : NULL;
}

/* The type of the exception that nobody caught, as libraries name it; NULL when there is none.
 * std::type_info: a virtual table, then the name (Itanium C++ ABI 2.9.4). */
static const char *exception_name(const struct link_map *runtime)
{
	void *(*current)(void);
	void *const *type;

	*(void **)&current = lsp_symbol_in(runtime, "__cxa_current_exception_type");
	type = current ? current() : NULL;
	return type ? type[1] : NULL;
}

static void tell_abort(const void *caller)
{
	const struct link_map *runtime = cxx_runtime(caller);
	const char *type = runtime ? exception_name(runtime) : NULL;
	char message[LSP_CRASH_MESSAGE_BYTES];

	if (!runtime) {
		lsp_crash_tell_abort("abort", "the program called abort()");
		return;
	}
	if (type)
		snprintf(message, sizeof(message), "exception that nobody caught: %.300s",
			*type == '*' ? type + 1 : type);
	else
		snprintf(message, sizeof(message), "std::terminate() without an exception");
	lsp_crash_tell_abort("terminate", message);
}

void abort(void)
{
	const void *caller = __builtin_return_address(0);
	struct sigaction now;
	int saved = errno;

	/* A host that handles SIGABRT may live on: its matter. */
	if (lsp_shim.state == LSP_STATE_ON && !lsp_crash_told_abort() &&
		sigaction(SIGABRT, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		tell_abort(caller);
	errno = saved;
	REAL(abort)();
	__builtin_unreachable();
}
