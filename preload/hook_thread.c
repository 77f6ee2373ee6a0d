/* Family thread: a thread that is started while a request is served works on that request, as far
 * as that can be told: its context counts while the request is the only open one, or when a line
 * names it (conn_proof.c). What the new thread needs to know is handed over in one of a fixed
 * number of places; when all are taken, nothing is inherited. */
#include "real.h"

#include "conn.h"
#include "shim.h"

#include <stdatomic.h>

#define PLACES 64

struct place {
	_Atomic uint8_t taken;
	void *(*start)(void *);
	void *arg;
	struct lsp_context context;
	struct lsp_request_ref request;
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

static void *begin(void *at)
{
	struct place *p = at;
	struct lsp_thread *t = &lsp_thread;
	void *(*start)(void *) = p->start;
	void *arg = p->arg;

	t->serving = p->context;
	t->serving.source = LSP_SOURCE_THREAD;
	t->serving_request = p->request;
	t->has_serving = LSP_SERVING_ASK;
	atomic_store_explicit(&p->taken, 0, memory_order_release);
	return start(arg);
}

int pthread_create(pthread_t *ret, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	const struct lsp_thread *t = &lsp_thread;
	struct place *p = NULL;
	int r;

	if (lsp_shim.tracking && t->has_serving && t->serving_request.seq && lsp_conn_proven())
		p = take_place();
	if (!p)
		return REAL(pthread_create)(ret, attr, start, arg);
	p->start = start;
	p->arg = arg;
	p->context = t->serving;
	p->request = t->serving_request;
	r = REAL(pthread_create)(ret, attr, begin, p);
	if (r)
		atomic_store_explicit(&p->taken, 0, memory_order_release);
	return r;
}
