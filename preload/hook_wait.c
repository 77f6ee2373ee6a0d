/* Family wait: an event loop was told what is next. Which connection that is, its reads and writes
 * will tell; until then the thread serves nobody. */
#include "real.h"

#include "conn.h"
#include "host_memory.h"
#include "out_conn.h"
#include "profile.h"
#include "shim.h"

#define MS_NS 1000000
#define MANY  256 /* descriptors */

static inline int64_t ms_of(int timeout)
{
	return timeout < 0 ? -1 : (int64_t)timeout * MS_NS;
}

static int64_t timespec_of(const struct timespec *timeout)
{
	if (!timeout || !lsp_host_readable(timeout, sizeof(*timeout)) ||
		timeout->tv_sec > INT32_MAX)
		return -1;
	return timeout->tv_sec * 1000000000ll + timeout->tv_nsec;
}

static struct lsp_wait wait_of(bool shared, int64_t timeout_ns)
{
	return (struct lsp_wait){ .shared = shared,
		.may_sleep = timeout_ns != 0,
		.due_ns = shared ? lsp_conn_wait_due(timeout_ns) : 0 };
}

/* While a part of a header is owed to a socket that takes nothing now (out_conn.h), a wait is cut
 * into slices, and the rest is tried again between them. ret is what the call `one` said last, with
 * `slice` the milliseconds of each turn. */
#define SLICE_MS 5
#define IN_SLICES(ret, timeout_ns, slice, one)                                                     \
	do {                                                                                       \
		int64_t left = (timeout_ns);                                                       \
		do {                                                                               \
			lsp_out_conn_pay_all();                                                    \
			slice = left < 0 || left > SLICE_MS * MS_NS ? SLICE_MS                     \
								    : (int)(left / MS_NS);         \
			ret = one;                                                                 \
			if (left > 0)                                                              \
				left -= left > SLICE_MS * MS_NS ? SLICE_MS * MS_NS : left;         \
		} while (ret == 0 && left != 0);                                                   \
	} while (0)

static inline bool owing(void)
{
	return __builtin_expect(
		atomic_load_explicit(&lsp_out_conn_owing, memory_order_relaxed) != 0, 0);
}

/* One event at a time, where a program puts off what it was told of (LSP_TRAIT_ONE_EVENT): the rest
 * stays ready and comes with the next calls. Who has never read a request is not one to keep apart
 * requests: it is told what the kernel tells. (Where what was touched last needs no other proof,
 * the first requests must come one by one, too.) */
static inline int events_of(int max)
{
	if (max <= 1 || !(lsp_shim.traits & LSP_TRAIT_ONE_EVENT))
		return max;
	return (lsp_shim.traits & LSP_TRAIT_EXACT) || lsp_conn_has_served() ? 1 : max;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	struct lsp_wait w;
	int ret, slice;

	if (!lsp_shim.tracking)
		return REAL(epoll_wait)(fd, events, max, timeout);
	w = wait_of(true, ms_of(timeout));
	if (owing())
		IN_SLICES(ret, ms_of(timeout), slice,
			REAL(epoll_wait)(fd, events, events_of(max), slice));
	else
		ret = REAL(epoll_wait)(fd, events, events_of(max), timeout);
	lsp_conn_waited(&w, ret);
	return ret;
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
	struct lsp_wait w;
	int ret, slice;

	if (!lsp_shim.tracking)
		return REAL(epoll_pwait)(fd, events, max, timeout, mask);
	w = wait_of(true, ms_of(timeout));
	if (owing())
		IN_SLICES(ret, ms_of(timeout), slice,
			REAL(epoll_pwait)(fd, events, events_of(max), slice, mask));
	else
		ret = REAL(epoll_pwait)(fd, events, events_of(max), timeout, mask);
	lsp_conn_waited(&w, ret);
	return ret;
}

/* What poll() was asked about is looked at after the call, which has read it by then. Who asks
 * about very many asks for others, too. */
static bool is_poll_shared(const struct pollfd *fds, nfds_t n)
{
	if (n <= 1 || n > MANY)
		return n > 1;
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].fd >= 0 && lsp_conn_is_shared(fds[i].fd))
			return true;
	return false;
}

static void polled(const struct pollfd *fds, nfds_t n, struct lsp_wait *w, int ret)
{
	if (ret < 0)
		return;
	w->sleep = n == 0;
	w->shared = is_poll_shared(fds, n);
	lsp_conn_waited(w, ret);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct lsp_wait w;
	int ret, slice;

	if (!lsp_shim.tracking)
		return REAL(poll)(fds, n, timeout);
	w = wait_of(n > 1, ms_of(timeout));
	if (owing())
		IN_SLICES(ret, ms_of(timeout), slice, REAL(poll)(fds, n, slice));
	else
		ret = REAL(poll)(fds, n, timeout);
	polled(fds, n, &w, ret);
	return ret;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct lsp_wait w;
	int ret;

	if (!lsp_shim.tracking)
		return REAL(ppoll)(fds, n, timeout, mask);
	if (owing())
		lsp_out_conn_pay_all();
	w = wait_of(n > 1, timespec_of(timeout));
	ret = REAL(ppoll)(fds, n, timeout, mask);
	polled(fds, n, &w, ret);
	return ret;
}

static size_t set_bytes(int n)
{
	n = n < 0 ? 0 : n < FD_SETSIZE ? n : FD_SETSIZE;
	return ((size_t)n + 8 * sizeof(fd_mask) - 1) / (8 * sizeof(fd_mask)) * sizeof(fd_mask);
}

/* Before the call changes the sets. */
static struct lsp_wait wait_of_sets(int n, fd_set *const sets[3], int64_t timeout_ns)
{
	struct lsp_wait w;
	bool shared = false;
	int count = 0;

	for (int i = 0; i < 3; i++)
		if (sets[i] && !lsp_host_readable(sets[i], set_bytes(n)))
			n = 0; /* the kernel says so, too */
	for (int fd = 0; fd < n && fd < FD_SETSIZE; fd++)
		for (int i = 0; i < 3; i++)
			if (sets[i] && FD_ISSET(fd, sets[i])) {
				count++;
				shared = shared || lsp_conn_is_shared(fd);
				break;
			}
	w = wait_of(shared && count > 1, timeout_ns);
	w.sleep = count == 0;
	return w;
}

int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
	struct lsp_wait w;
	struct timespec time;
	int ret;

	if (!lsp_shim.tracking)
		return REAL(select)(n, in, out, other, timeout);
	if (owing())
		lsp_out_conn_pay_all();
	if (timeout && lsp_host_readable(timeout, sizeof(*timeout)))
		time = (struct timespec){ timeout->tv_sec, timeout->tv_usec * 1000 };
	else if (timeout)
		time = (struct timespec){ 0, 0 };
	w = wait_of_sets(
		n, (fd_set *const[3]){ in, out, other }, timespec_of(timeout ? &time : NULL));
	ret = REAL(select)(n, in, out, other, timeout);
	lsp_conn_waited(&w, ret);
	return ret;
}

int pselect(int n, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
	const sigset_t *mask)
{
	struct lsp_wait w;
	int ret;

	if (!lsp_shim.tracking)
		return REAL(pselect)(n, in, out, other, timeout, mask);
	if (owing())
		lsp_out_conn_pay_all();
	w = wait_of_sets(n, (fd_set *const[3]){ in, out, other }, timespec_of(timeout));
	ret = REAL(pselect)(n, in, out, other, timeout, mask);
	lsp_conn_waited(&w, ret);
	return ret;
}
