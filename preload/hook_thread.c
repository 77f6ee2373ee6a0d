/* Family thread. A thread that is started while a request is served works on that request, as far
 * as that can be told: its context counts while the request is the only open one, or when a line
 * names it (conn_proof.c). And each thread gets a stack for the handler of fatal signals. What the
 * new thread needs to know is handed over in one of a fixed number of places; when all are taken,
 * nothing is inherited. */
#include "real.h"

#include "conn.h"
#include "crash.h"
#include "shim.h"

#include <stdatomic.h>

#define PLACES 64

struct place {
	_Atomic uint8_t taken;
	void *(*start)(void *);
	void *arg;
	struct lsp_context context;
	struct lsp_request_ref request; /* seq 0: nothing to inherit */
};

static struct place places[PLACES];

static struct place *take_place(void)
{
	for (int i = 0; i < PLACES; i++)
		if (!atomic_load_explicit(&places[i].taken, memory_order_relaxed) &&
			!atomic_exchange_explicit(&places[i].taken, 1, memory_order_acquire))
			return &places[i];
	return NULL;
}

static void inherit(const struct place *p)
{
	struct lsp_thread *t = &lsp_thread;

	if (p->request.seq == 0)
		return;
	t->serving = p->context;
	t->serving.source = LSP_SOURCE_THREAD;
	t->serving_request = p->request;
	t->has_serving = LSP_SERVING_ASK;
}

static void *begin(void *at)
{
	struct place *p = at;
	void *(*start)(void *) = p->start;
	void *arg = p->arg, *r, *stack;

	inherit(p);
	atomic_store_explicit(&p->taken, 0, memory_order_release);
	stack = lsp_altstack_begin();
	if (!stack)
		return start(arg);
	/* However the thread ends: by return, pthread_exit() or cancellation. */
	pthread_cleanup_push(lsp_altstack_end, stack);
	r = start(arg);
	pthread_cleanup_pop(1);
	return r;
}

static bool has_request(void)
{
	const struct lsp_thread *t = &lsp_thread;

	return lsp_shim.tracking && t->has_serving && t->serving_request.seq && lsp_conn_proven();
}

int pthread_create(pthread_t *ret, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	bool inherits = has_request();
	struct place *p = NULL;
	int r;

	if (inherits || lsp_crash_is_fatal(SIGSEGV))
		p = take_place();
	if (!p)
		return REAL(pthread_create)(ret, attr, start, arg);
	p->start = start;
	p->arg = arg;
	p->request = (struct lsp_request_ref){ 0 };
	if (inherits) {
		p->context = lsp_thread.serving;
		p->request = lsp_thread.serving_request;
	}
	r = REAL(pthread_create)(ret, attr, begin, p);
	if (r)
		atomic_store_explicit(&p->taken, 0, memory_order_release);
	return r;
}
