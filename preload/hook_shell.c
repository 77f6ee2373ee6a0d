/* Family shell: system() and popen() start a shell inside of libc, with `environ`, where no hook of
 * exec sees it. So `environ` points to an edited copy while libc works, and to the program's
 * own again before the call returns; neither is written to. That is sound only while no other
 * thread can call setenv(): a process with threads gets what libc gives, unedited.
 *
 * The copy outlives the call: a signal handler that leaves system() by longjmp() leaves `environ`
 * there, which is a whole environment, and the next call puts it right. */
#include "real.h"

#include "child_env.h"

#include <sys/single_threaded.h>

#define ENTRIES_MAX 4096 /* a larger environment goes on unedited */

static struct {
	char **own; /* the program's */
	struct lsp_child_env memory;
	char *entries[ENTRIES_MAX + LSP_CHILD_ENV_EXTRA];
} lent;

static void give_back(void)
{
	if (environ == lent.entries)
		environ = lent.own;
}

static void lend(void)
{
	give_back();
	if (!environ || !lsp_child_env_wanted() || !__libc_single_threaded ||
		lsp_child_env_entries(environ) > ENTRIES_MAX)
		return;
	lent.own = environ;
	lsp_child_env_make(&lent.memory, lent.entries, environ, true);
	environ = lent.entries;
}

int system(const char *command)
{
	int r;

	if (!command)
		return REAL(system)(NULL);
	lend();
	r = REAL(system)(command);
	give_back();
	return r;
}

FILE *popen(const char *command, const char *type)
{
	FILE *r;

	lend();
	r = REAL(popen)(command, type);
	give_back();
	return r;
}

FILE *_IO_popen(const char *command, const char *type)
{
	return popen(command, type);
}
