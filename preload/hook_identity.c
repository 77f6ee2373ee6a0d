/* Family identity: what makes a descriptor number mean something else. The entry is invalidated
 * before the number can be used again, and again when a new one is handed out; nothing is looked
 * up here, so all of this is safe in a vfork child, too. */
#include "real.h"

#include "conn.h"
#include "crash_stack.h"
#include "out_file.h"
#include "shim.h"

#include <errno.h>

static bool ours(void)
{
	return lsp_shim.state == LSP_STATE_ON;
}

static void going(int fd)
{
	if (!ours())
		return;
	lsp_fd_invalidate(fd);
	if (lsp_shim.tracking && lsp_conn_is(fd))
		lsp_conn_closed(fd);
}

static int came(int fd)
{
	if (fd >= 0 && ours()) {
		lsp_fd_invalidate(fd);
		if (lsp_shim.tracking && lsp_conn_is(fd))
			lsp_conn_closed(fd);
	}
	return fd;
}

static int copied(int from, int to)
{
	if (to >= 0 && to != from && ours()) {
		came(to);
		if (lsp_shim.tracking && lsp_conn_is(from))
			lsp_conn_dup(from, to);
	}
	return to;
}

int close(int fd)
{
	going(fd);
	return REAL(close)(fd);
}

static void going_range(unsigned first, unsigned last)
{
	if (!ours())
		return;
	lsp_fd_invalidate_range(first, last);
	if (!lsp_shim.tracking)
		return;
	for (unsigned fd = first; fd <= last && fd < LSP_CONN_MAX; fd++)
		if (lsp_conn_is((int)fd))
			lsp_conn_closed((int)fd);
}

int close_range(unsigned first, unsigned last, int flags)
{
	/* With CLOSE_RANGE_CLOEXEC or _UNSHARE the descriptors of this process stay. */
	if (flags == 0 && first <= last)
		going_range(first, last);
	return REAL(close_range)(first, last, flags);
}

void closefrom(int first)
{
	going_range(first > 0 ? (unsigned)first : 0, ~0u);
	REAL(closefrom)(first);
}

int dup(int fd)
{
	return copied(fd, REAL(dup)(fd));
}

int dup2(int from, int to)
{
	if (from != to)
		going(to);
	return copied(from, REAL(dup2)(from, to));
}

int dup3(int from, int to, int flags)
{
	if (from != to)
		going(to);
	return copied(from, REAL(dup3)(from, to, flags));
}

int fcntl(int fd, int command, ...)
{
	va_list args;
	void *argument;
	int ret;

	va_start(args, command);
	argument = va_arg(args, void *);
	va_end(args);
	ret = REAL(fcntl)(fd, command, argument);
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, ret) : ret;
}

int fcntl64(int fd, int command, ...)
{
	va_list args;
	void *argument;
	int ret;

	va_start(args, command);
	argument = va_arg(args, void *);
	va_end(args);
	ret = REAL(fcntl64)(fd, command, argument);
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, ret) : ret;
}

/* ---- streams
 * ------------------------------------------------------------------------------------- */

static void going_file(FILE *file)
{
	if (file && ours() && file->_fileno >= 0)
		going(file->_fileno);
}

static FILE *came_file(FILE *file)
{
	if (file && file->_fileno >= 0)
		came(file->_fileno);
	return file;
}

int fclose(FILE *file)
{
	if (file)
		lsp_file_last_look(file, false);
	going_file(file);
	return REAL(fclose)(file);
}

int _IO_fclose(FILE *file)
{
	return fclose(file);
}

int pclose(FILE *file)
{
	going_file(file);
	return REAL(pclose)(file);
}

FILE *fopen(const char *path, const char *mode)
{
	return came_file(REAL(fopen)(path, mode));
}

FILE *fopen64(const char *path, const char *mode)
{
	return came_file(REAL(fopen64)(path, mode));
}

FILE *freopen(const char *path, const char *mode, FILE *file)
{
	going_file(file);
	return came_file(REAL(freopen)(path, mode, file));
}

FILE *freopen64(const char *path, const char *mode, FILE *file)
{
	going_file(file);
	return came_file(REAL(freopen64)(path, mode, file));
}

/* ---- new descriptors
 * ----------------------------------------------------------------------------- */

static bool has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN_MODE(flags)                                                                           \
	mode_t mode = 0;                                                                           \
	if (has_mode(flags)) {                                                                     \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode = va_arg(args, mode_t);                                                       \
		va_end(args);                                                                      \
	}

int open(const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	return came(REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	return came(REAL(open64)(path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	return came(REAL(openat)(dir, path, flags, mode));
}

int openat64(int dir, const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	return came(REAL(openat64)(dir, path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
	return came(REAL(creat)(path, mode));
}

int creat64(const char *path, mode_t mode)
{
	return came(REAL(creat64)(path, mode));
}

int socket(int domain, int type, int protocol)
{
	return came(REAL(socket)(domain, type, protocol));
}

int pipe(int fds[2])
{
	int ret = REAL(pipe)(fds);

	if (ret == 0) {
		came(fds[0]);
		came(fds[1]);
	}
	return ret;
}

int pipe2(int fds[2], int flags)
{
	/* libunwind checks addresses by a pipe, which we do not need: no descriptor of ours. */
	if (__builtin_expect(lsp_stack_preparer != 0, 0) && lsp_stack_preparer == lsp_thread_id()) {
		errno = EMFILE;
		return -1;
	}
	int ret = REAL(pipe2)(fds, flags);

	if (ret == 0) {
		came(fds[0]);
		came(fds[1]);
	}
	return ret;
}
