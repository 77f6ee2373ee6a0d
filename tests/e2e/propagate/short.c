/* A kernel that takes few bytes at a time: preloaded behind the shim, it cuts each sending call on
 * a socket to SHORT bytes, and every other one of a non-blocking socket to none at all. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static size_t limit(void)
{
	const char *text = getenv("SHORT");

	return text ? (size_t)atoi(text) : 0;
}

static int is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static ssize_t cut(int fd, const struct iovec *iov, int n, int flags)
{
	static unsigned calls;
	char some[256];
	size_t used = 0, cap = limit() < sizeof(some) ? limit() : sizeof(some);
	int busy = (flags & MSG_DONTWAIT) || (fcntl(fd, F_GETFL) & O_NONBLOCK);

	if (busy && ++calls % 2) {
		errno = EAGAIN;
		return -1;
	}
	for (int i = 0; i < n && used < cap; i++)
		for (size_t k = 0; k < iov[i].iov_len && used < cap; k++)
			some[used++] = ((const char *)iov[i].iov_base)[k];
	return syscall(SYS_sendto, fd, some, used, flags, NULL, 0);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	if (!limit() || !is_socket(fd))
		return syscall(SYS_write, fd, buf, n);
	return cut(fd, &(struct iovec){ (void *)buf, n }, 1, 0);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	if (!limit() || !is_socket(fd))
		return syscall(SYS_writev, fd, iov, n);
	return cut(fd, iov, n, 0);
}

ssize_t send(int fd, const void *buf, size_t n, int flags)
{
	if (!limit())
		return syscall(SYS_sendto, fd, buf, n, flags, NULL, 0);
	return cut(fd, &(struct iovec){ (void *)buf, n }, 1, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (!limit())
		return syscall(SYS_sendmsg, fd, msg, flags);
	return cut(fd, msg->msg_iov, (int)msg->msg_iovlen, flags);
}
