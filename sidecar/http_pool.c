#include "http.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct lsp_http_pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	struct lsp_http_request *first, **last; /* bounded by the number of connections */
	bool stopping;
	unsigned n_threads;
	pthread_t threads[];
};

static void *run(void *arg)
{
	struct lsp_http_pool *p = arg;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->first && !p->stopping)
			pthread_cond_wait(&p->wake, &p->lock);
		struct lsp_http_request *r = p->first;
		if (!r)
			break;
		p->first = r->next;
		if (!p->first)
			p->last = &p->first;
		pthread_mutex_unlock(&p->lock);
		lsp_http_run_slow(r);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int lsp_http_pool_new(struct lsp_http_pool **ret, unsigned threads)
{
	struct lsp_http_pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->threads[0]));
	if (!p)
		return -ENOMEM;
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	for (; p->n_threads < threads; p->n_threads++) {
		int rc = pthread_create(&p->threads[p->n_threads], NULL, run, p);
		if (rc) {
			lsp_http_pool_free(p);
			return -rc;
		}
	}
	*ret = p;
	return 0;
}

struct lsp_http_pool *lsp_http_pool_free(struct lsp_http_pool *p)
{
	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

void lsp_http_pool_run(struct lsp_http_pool *p, struct lsp_http_request *r)
{
	pthread_mutex_lock(&p->lock);
	r->next = NULL;
	*p->last = r;
	p->last = &r->next;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}
