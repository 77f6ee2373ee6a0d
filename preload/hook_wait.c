/* Family wait: an event loop was told what is next. Which connection that is, its reads and writes
 * will tell; until then the thread serves nobody. */
#include "real.h"

#include "conn.h"
#include "shim.h"

static inline int waited(int ret, unsigned n_fds, int only)
{
	if (ret > 0 && lsp_shim.tracking)
		lsp_conn_waited(n_fds, only);
	return ret;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	return waited(REAL(epoll_wait)(fd, events, max, timeout), 2, -1);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
	return waited(REAL(epoll_pwait)(fd, events, max, timeout, mask), 2, -1);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int ret = REAL(poll)(fds, n, timeout);

	return waited(ret, (unsigned)n, ret > 0 && n == 1 ? fds->fd : -1);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	int ret = REAL(ppoll)(fds, n, timeout, mask);

	return waited(ret, (unsigned)n, ret > 0 && n == 1 ? fds->fd : -1);
}

/* The number of descriptors in the sets, and which one if it is one, before the call changes them.
 * */
static unsigned count_sets(int n, fd_set *const sets[3], int *ret_only)
{
	unsigned count = 0;

	*ret_only = -1;
	if (!lsp_shim.tracking)
		return 0;
	for (int fd = 0; fd < n && fd < FD_SETSIZE && count < 2; fd++)
		for (int i = 0; i < 3; i++)
			if (sets[i] && FD_ISSET(fd, sets[i])) {
				count++;
				*ret_only = fd;
				break;
			}
	return count;
}

int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
	int only;
	unsigned count = count_sets(n, (fd_set *const[3]){ in, out, other }, &only);

	return waited(REAL(select)(n, in, out, other, timeout), count, only);
}

int pselect(int n, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
	const sigset_t *mask)
{
	int only;
	unsigned count = count_sets(n, (fd_set *const[3]){ in, out, other }, &only);

	return waited(REAL(pselect)(n, in, out, other, timeout, mask), count, only);
}
