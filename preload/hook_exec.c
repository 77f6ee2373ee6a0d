/* Family exec: what starts another program gets an edited copy of the environment. See child_env.h.
 * Everything lives on this stack: in a vfork child nothing of the parent's changes. */
#include "real.h"

#include "child_env.h"

#include <alloca.h>
#include <stdint.h>

#define ENTRIES_MAX 16384 /* a larger environment goes on unedited */

/* Declares `edited`: the environment to hand on. */
#define EDITED(edited, envp, in_child)                                                             \
	struct lsp_child_env edited##_memory;                                                      \
	char *const *edited = (envp);                                                              \
	size_t edited##_entries;                                                                   \
	if (lsp_child_env_wanted() &&                                                              \
		(edited##_entries = lsp_child_env_entries(envp)) <= ENTRIES_MAX) {                 \
		char **copy = alloca((edited##_entries + LSP_CHILD_ENV_EXTRA) * sizeof(char *));   \
		lsp_child_env_make(&edited##_memory, copy, envp, in_child);                        \
		edited = copy;                                                                     \
	}

int execve(const char *path, char *const argv[], char *const envp[])
{
	EDITED(edited, envp, !lsp_child_env_is_self())
	return REAL(execve)(path, argv, edited);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	EDITED(edited, envp, !lsp_child_env_is_self())
	return REAL(execvpe)(file, argv, edited);
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
	EDITED(edited, envp, !lsp_child_env_is_self())
	return REAL(fexecve)(fd, argv, edited);
}

int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
	EDITED(edited, envp, !lsp_child_env_is_self())
	return REAL(execveat)(dir, path, argv, edited, flags);
}

/* The l-forms: arguments up to a NULL pointer, into a vector on this stack. Declares `argv`; leaves
 * `args` behind the NULL. */
#define ARGUMENTS(first)                                                                           \
	va_list args;                                                                              \
	size_t count = 1;                                                                          \
	va_start(args, first);                                                                     \
	while (va_arg(args, char *))                                                               \
		count++;                                                                           \
	va_end(args);                                                                              \
	char **argv = alloca((count + 1) * sizeof(char *));                                        \
	argv[0] = (char *)(uintptr_t)(first);                                                      \
	va_start(args, first);                                                                     \
	for (size_t i = 1; i <= count; i++)                                                        \
		argv[i] = va_arg(args, char *);

int execl(const char *path, const char *arg, ...)
{
	ARGUMENTS(arg)
	va_end(args);
	return execve(path, argv, environ);
}

int execlp(const char *file, const char *arg, ...)
{
	ARGUMENTS(arg)
	va_end(args);
	return execvpe(file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
	char *const *envp;

	ARGUMENTS(arg)
	envp = va_arg(args, char *const *);
	va_end(args);
	return execve(path, argv, envp);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	EDITED(edited, envp, true)
	return REAL(posix_spawn)(pid, path, actions, attr, argv, edited);
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	EDITED(edited, envp, true)
	return REAL(posix_spawnp)(pid, file, actions, attr, argv, edited);
}
