/* Sending on connections. When the kernel takes less than the inserted text, the host is told that
 * it took the request's first line; what is missing is kept here, in order, and goes out before any
 * other byte of that connection. */
#include "real.h"

#include "chunks.h"
#include "conn_client.h"
#include "out_conn.h"

#include <alloca.h>
#include <errno.h>

#define OWED_BYTES  (LSP_PLAN_LINE_BYTES + LSP_PLAN_TEXT_BYTES)
#define OWING_MAX   32
#define VECTORS_MAX 64 /* a longer vector goes out as it is */

struct owed {
	uint16_t at, n;
	char bytes[OWED_BYTES];
};

_Atomic uint32_t lsp_out_conn_owing;
static _Atomic(void *) chunks[LSP_CONN_MAX / LSP_CHUNK_ELEMENTS];
static _Atomic int owing[OWING_MAX]; /* descriptors + 1 */

/* ---- the real calls -------------------------------------------------------------------------- */

static ssize_t real_as_asked(const struct lsp_conn_call *call)
{
	switch (call->what) {
	case LSP_CALL_WRITE:
		return REAL(write)(call->fd, call->iov->iov_base, call->iov->iov_len);
	case LSP_CALL_WRITEV:
		return REAL(writev)(call->fd, call->iov, call->n);
	case LSP_CALL_SEND:
		return REAL(send)(call->fd, call->iov->iov_base, call->iov->iov_len, call->flags);
	default:
		return REAL(sendmsg)(call->fd, call->msg, call->flags);
	}
}

static ssize_t real_vector(const struct lsp_conn_call *call, struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)n };

	if (call->what <= LSP_CALL_WRITEV)
		return REAL(writev)(call->fd, iov, n);
	return REAL(sendmsg)(call->fd, &msg, call->flags);
}

/* ---- what is owed ---------------------------------------------------------------------------- */

static struct owed *owed_at(int fd, bool make)
{
	if ((unsigned)fd >= LSP_CONN_MAX)
		return NULL;
	return lsp_chunk_at(chunks, (size_t)fd, sizeof(struct owed), make);
}

/* Returns true when nothing is owed any more. Waits only where the host's own call would. */
static bool pay(int fd, bool may_wait)
{
	struct owed *o = owed_at(fd, false);
	int saved = errno, flags = MSG_NOSIGNAL;

	if (!may_wait || (REAL(fcntl)(fd, F_GETFL) & O_NONBLOCK))
		flags |= MSG_DONTWAIT;

	while (o && o->n > 0) {
		ssize_t sent = REAL(send)(fd, o->bytes + o->at, o->n, flags);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			errno = saved;
			return false;
		}
		if (sent < 0)
			sent = o->n; /* the connection is gone: the host's next call hears of it */
		o->at = (uint16_t)(o->at + sent);
		o->n = (uint16_t)(o->n - sent);
	}
	errno = saved;
	return true;
}

static void strike(int fd)
{
	for (int i = 0; i < OWING_MAX; i++) {
		int expected = fd + 1;

		if (atomic_compare_exchange_strong(&owing[i], &expected, 0))
			atomic_fetch_sub(&lsp_out_conn_owing, 1);
	}
}

static bool is_owing(int fd)
{
	for (int i = 0; i < OWING_MAX; i++)
		if (atomic_load_explicit(&owing[i], memory_order_relaxed) == fd + 1)
			return true;
	return false;
}

void lsp_out_conn_pay(int fd)
{
	if (is_owing(fd) && pay(fd, true))
		strike(fd);
}

void lsp_out_conn_forget(int fd)
{
	if (is_owing(fd)) {
		(void)pay(fd, false);
		strike(fd);
	}
}

void lsp_out_conn_after_fork(void)
{
	for (int i = 0; i < OWING_MAX; i++)
		atomic_store_explicit(&owing[i], 0, memory_order_relaxed);
	atomic_store_explicit(&lsp_out_conn_owing, 0, memory_order_relaxed);
}

void lsp_out_conn_pay_all(void)
{
	for (int i = 0; i < OWING_MAX; i++) {
		int fd = atomic_load_explicit(&owing[i], memory_order_relaxed) - 1;

		if (fd >= 0 && pay(fd, false))
			strike(fd);
	}
}

static bool enter(int fd)
{
	for (int i = 0; i < OWING_MAX; i++) {
		int expected = 0;

		if (atomic_compare_exchange_strong(&owing[i], &expected, fd + 1)) {
			atomic_fetch_add(&lsp_out_conn_owing, 1);
			return true;
		}
	}
	return false;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* out: bytes [from, to) of the host's vector. Returns how many entries. */
static int cut_vector(struct iovec *out, const struct iovec *iov, int n, size_t from, size_t to)
{
	int used = 0;
	size_t at = 0;

	for (int i = 0; i < n && at < to; i++) {
		size_t end = at + iov[i].iov_len;
		size_t first = from > at ? from : at, last = to < end ? to : end;

		if (first < last)
			out[used++] = (struct iovec){ (char *)iov[i].iov_base + (first - at),
				last - first };
		at = end;
	}
	return used;
}

static void copy_bytes(char *out, const struct iovec *iov, int n, size_t bytes)
{
	for (int i = 0; i < n && bytes > 0; i++) {
		size_t part = iov[i].iov_len < bytes ? iov[i].iov_len : bytes;

		memcpy(out, iov[i].iov_base, part);
		out += part;
		bytes -= part;
	}
}

/* The kernel took `taken` bytes, which end inside the line or the header behind it: the rest of
 * both is put out now, or owed. Returns the host's bytes. */
static __attribute__((noinline)) ssize_t finish_insert(
	const struct lsp_conn_call *call, const struct lsp_plan *p, struct owed *o, size_t taken)
{
	copy_bytes(o->bytes, call->iov, call->n, p->at);
	memcpy(o->bytes + p->at, p->text, p->n);
	o->at = (uint16_t)taken;
	o->n = (uint16_t)(p->at + p->n - taken);
	if (pay(call->fd, !(call->flags & MSG_DONTWAIT)))
		strike(call->fd);
	return (ssize_t)p->at;
}

static __attribute__((noinline)) ssize_t send_insert(
	const struct lsp_conn_call *call, const struct lsp_plan *p)
{
	struct owed *o = owed_at(call->fd, true);
	struct iovec *iov = alloca((size_t)(call->n + 3) * sizeof(*iov));
	int n = cut_vector(iov, call->iov, call->n, 0, p->at);
	ssize_t taken;

	/* A place to owe is reserved first, so that it is there when it is needed. */
	if (!o || is_owing(call->fd) || !enter(call->fd))
		return real_as_asked(call);
	o->n = 0;
	iov[n++] = (struct iovec){ (void *)(uintptr_t)p->text, p->n };
	n += cut_vector(iov + n, call->iov, call->n, p->at, SIZE_MAX);
	taken = real_vector(call, iov, n);
	if (taken > 0 && (size_t)taken < p->at + p->n)
		return finish_insert(call, p, o, (size_t)taken);
	strike(call->fd);
	return taken > 0 ? taken - (ssize_t)p->n : taken;
}

/* The same number of bytes goes out: those of the header's value from a copy. */
static __attribute__((noinline)) ssize_t send_replaced(
	const struct lsp_conn_call *call, const struct lsp_plan *p)
{
	struct iovec *iov = alloca((size_t)(call->n + 3) * sizeof(*iov));
	int n = cut_vector(iov, call->iov, call->n, 0, p->at);

	iov[n++] = (struct iovec){ (void *)(uintptr_t)p->text, p->n };
	n += cut_vector(iov + n, call->iov, call->n, p->at + p->n, SIZE_MAX);
	return real_vector(call, iov, n);
}

static bool may_change(const struct lsp_conn_call *call)
{
	if (call->n > VECTORS_MAX || (call->flags & (MSG_ZEROCOPY | MSG_OOB)))
		return false;
	return !call->msg || (!call->msg->msg_control && !call->msg->msg_name);
}

ssize_t lsp_out_conn(const struct lsp_conn_call *call)
{
	struct lsp_plan p = { .what = LSP_PLAN_NOTHING };
	ssize_t sent;

	lsp_out_conn_settle(call->fd);
	if (__builtin_expect(atomic_load_explicit(&lsp_out_conn_owing, memory_order_relaxed), 0) &&
		is_owing(call->fd)) {
		errno = EAGAIN;
		return -1;
	}
	if (may_change(call))
		lsp_conn_sending(call->fd, call->iov, call->n, &p);
	else
		lsp_conn_sending(call->fd, NULL, 0, &p);
	if (p.what == LSP_PLAN_INSERT)
		sent = send_insert(call, &p);
	else if (p.what == LSP_PLAN_REPLACE)
		sent = send_replaced(call, &p);
	else
		sent = real_as_asked(call);
	lsp_conn_sent(call->fd, call->iov, call->n, sent);
	return sent;
}
