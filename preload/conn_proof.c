/* Whose a line is: what proves that the request which a thread touched last is the one it works on.
 *
 *   A thread that waits for one descriptor at a time works on one request at a time. The request
 *   whose head it read is its own until it reads the next; one that another thread read and that
 *   it only answers (a pool's worker) is its own until the answer is out.
 *
 *   An event loop works on what its last wait reported, and on what it put off. A period begins
 *   when a wait that could sleep returns: then nothing is put off. Within a period the request that
 *   was touched last is proven while no other one that was touched is still open, no timer was due
 *   (the wait's own timeout tells when the first one is), and nothing else has woken the loop (an
 *   eventfd, a pipe: work that came back from other threads).
 *
 *   What is not proven so must be confirmed by the line itself (content.c), or gets no id. Programs
 *   whose loop is known to finish a request's work before it touches another descriptor need no
 *   proof (LSP_TRAIT_EXACT). */
#include "conn_table.h"
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS_NS 1000000ull
/* A timer may run that much before its loop's timeout is over: loops round to milliseconds, and
 * work with a time that they took a little earlier. */
#define TIMER_SLACK_NS (2 * MS_NS)

enum { UNSURE_MANY = 1, UNSURE_WOKEN = 2 };

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_exact(void)
{
	return lsp_shim.traits & LSP_TRAIT_EXACT;
}

static bool same_request(struct lsp_request_ref a, struct lsp_request_ref b)
{
	return a.seq == b.seq && a.slot == b.slot;
}

/* ---- the period ------------------------------------------------------------------------------ */

static void period_begin(struct lsp_period *p, uint64_t due_ns)
{
	memset(p, 0, sizeof(*p));
	p->due_ns = due_ns;
}

static void period_touch(struct lsp_period *p, struct lsp_request_ref request)
{
	if (request.seq == 0 || same_request(p->now, request))
		return;
	if (p->now.seq) {
		int place = -1;

		for (int i = LSP_PERIOD_OTHERS - 1; i >= 0; i--) {
			if (same_request(p->other[i], p->now)) {
				place = i;
				break;
			}
			if (!p->other[i].seq || (!(lsp_shim.traits & LSP_TRAIT_DEFERS) &&
							!lsp_conn_is_open(p->other[i])))
				place = i;
		}
		if (place < 0)
			p->unsure |= UNSURE_MANY;
		else
			p->other[place] = p->now;
	}
	p->now = request;
}

/* True when others than the present request may be at work: they are open, or, where work is put
 * off, were touched at all. */
static bool others_at_work(const struct lsp_period *p)
{
	for (int i = 0; i < LSP_PERIOD_OTHERS; i++) {
		struct lsp_request_ref other = p->other[i];

		if (!other.seq || same_request(other, p->now))
			continue;
		if ((lsp_shim.traits & LSP_TRAIT_DEFERS) || lsp_conn_is_open(other))
			return true;
	}
	return false;
}

/* ---- serving --------------------------------------------------------------------------------- */

void lsp_conn_serve(const struct lsp_conn *c, int fd)
{
	struct lsp_thread *t = &lsp_thread;
	struct lsp_request_ref request = lsp_conn_request_of(c);
	bool same = t->has_serving && same_request(t->serving_request, request);

	t->has_serving = LSP_SERVING_NONE;
	if (!is_exact())
		period_touch(&t->period, request);
	if (!c->has_context || c->vetoed || atomic_load_explicit(&c->lost, memory_order_relaxed))
		return;
	if (c->kind == LSP_CONN_ACCEPTED)
		t->serving_read = c->reader_tid == lsp_thread_id();
	else if (!same)
		t->serving_read = 0;
	t->serving = c->context;
	atomic_thread_fence(memory_order_acquire);
	if (c->kind == LSP_CONN_ACCEPTED &&
		(request.seq == 0 ||
			atomic_load_explicit(&c->seq, memory_order_relaxed) != request.seq))
		return; /* another thread reads the next request right now */
	t->serving_request = request;
	t->serving_fd = fd + 1;
	t->serving_doubtful = c->kind == LSP_CONN_BOUND && c->doubtful;
	t->has_serving = LSP_SERVING_ASK;
	if (is_exact() || (!t->loops && t->serving_read && !t->serving_doubtful))
		t->has_serving = LSP_SERVING_SURE;
}

void lsp_conn_bind(struct lsp_conn *c)
{
	c->has_context = lsp_thread.has_serving != LSP_SERVING_NONE;
	if (!c->has_context)
		return;
	c->doubtful = !lsp_conn_proven();
	c->context = lsp_thread.serving;
	c->owner = lsp_thread.serving_request;
}

static bool is_proven(const struct lsp_thread *t)
{
	const struct lsp_period *p = &t->period;

	if (t->has_serving == LSP_SERVING_SURE)
		return true;
	if (t->serving_doubtful)
		return false;
	if (t->serving.source == LSP_SOURCE_THREAD)
		return lsp_conn_is_open(t->serving_request) &&
		       atomic_load_explicit(&lsp_conn_open_requests, memory_order_relaxed) == 1;
	if (!t->loops)
		return t->serving_read || lsp_conn_is_open(t->serving_request);
	if (!p->due_ns || p->unsure || others_at_work(p))
		return false;
	return p->due_ns == UINT64_MAX || monotonic_ns() < p->due_ns;
}

bool lsp_conn_proven(void)
{
	return lsp_thread.has_serving && is_proven(&lsp_thread);
}

bool lsp_serving_ask(struct lsp_context *ret)
{
	const struct lsp_thread *t = &lsp_thread;

	if (t->has_serving) {
		*ret = t->serving;
		ret->doubt = is_proven(t) ? LSP_DOUBT_NONE : LSP_DOUBT_CONFIRM;
		return true;
	}
	if (!lsp_shim.finding)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->doubt = LSP_DOUBT_FIND;
	return true;
}

/* ---- waiting --------------------------------------------------------------------------------- */

uint64_t lsp_conn_wait_due(int64_t timeout_ns)
{
	if (timeout_ns < 0)
		return UINT64_MAX;
	if (timeout_ns == 0 || is_exact())
		return 0;
	return monotonic_ns() + (uint64_t)timeout_ns - TIMER_SLACK_NS;
}

void lsp_conn_waited(const struct lsp_wait *w, int reported)
{
	struct lsp_thread *t = &lsp_thread;

	if (reported < 0)
		return;
	if (!w->shared) {
		/* In the middle of a request it is a read, a write or a sleep with a timeout. */
		if (t->has_serving && !lsp_conn_is_open(t->serving_request) && !w->sleep)
			t->has_serving = LSP_SERVING_NONE;
		return;
	}
	t->loops = 1;
	/* A loop that did not wait has work that it put off: the context goes on with it. */
	if (!w->may_sleep && (lsp_shim.traits & LSP_TRAIT_DEFERS) && t->has_serving &&
		lsp_conn_is_open(t->serving_request))
		return;
	if (is_exact() && reported == 0)
		return;
	if (w->may_sleep)
		period_begin(&t->period, w->due_ns);
	if (t->has_serving && t->serving.source == LSP_SOURCE_FD)
		t->has_serving = LSP_SERVING_NONE;
}

bool lsp_conn_is_shared(int fd)
{
	const struct lsp_conn *c = lsp_conn_is(fd) ? lsp_conn_of(fd) : NULL;

	struct lsp_request_ref request;

	if (!c)
		return false;
	request = lsp_conn_request_of(c);
	if (lsp_thread.has_serving && same_request(request, lsp_thread.serving_request))
		return false;
	/* A connection to elsewhere that nobody uses now is a program's pool. */
	return c->kind == LSP_CONN_ACCEPTED || lsp_conn_is_open(request);
}

void lsp_conn_woken(int fd)
{
	struct lsp_thread *t = &lsp_thread;
	struct stat st;
	int saved = errno;

	if (!t->loops || is_exact() || (t->period.unsure & UNSURE_WOKEN))
		return;
	if (!t->has_serving && !(lsp_shim.traits & LSP_TRAIT_DEFERS))
		return;
	if (syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0 && !S_ISREG(st.st_mode))
		t->period.unsure |= UNSURE_WOKEN;
	errno = saved;
}

void lsp_conn_pooled(void)
{
	if (lsp_shim.traits & LSP_TRAIT_DEFERS)
		lsp_thread.period.unsure |= UNSURE_WOKEN;
}
