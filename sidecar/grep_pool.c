#include "grep_pool.h"

#include <stdlib.h>

#define THREADS_MAX 32

void lsp_grep_pool_wait_turn(struct lsp_grep_pool *p, size_t job)
{
	pthread_mutex_lock(&p->lock);
	while (p->printed != job && !p->stopped)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

bool lsp_grep_pool_stopped(struct lsp_grep_pool *p)
{
	pthread_mutex_lock(&p->lock);
	bool stopped = p->stopped;
	pthread_mutex_unlock(&p->lock);
	return stopped;
}

/* The next job; p->n when there is none. */
static size_t take_job(struct lsp_grep_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->stopped && p->next < p->n && p->next >= p->printed + LSP_GREP_AHEAD)
		pthread_cond_wait(&p->changed, &p->lock);
	size_t job = p->stopped || p->next >= p->n ? p->n : p->next++;
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *work(void *arg)
{
	struct lsp_grep_pool *p = arg;
	for (size_t job; (job = take_job(p)) < p->n;) {
		p->search(p, job);
		pthread_mutex_lock(&p->lock);
		p->jobs[job].done = true;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static void print(struct lsp_grep_pool *p, struct lsp_grep_job *job,
	void (*finished)(struct lsp_grep_pool *p, struct lsp_grep_job *job))
{
	if (job->text)
		fwrite(job->text, 1, job->n_text, p->out);
	free(job->text);
	job->text = NULL;
	finished(p, job);
}

static void print_in_order(struct lsp_grep_pool *p,
	void (*finished)(struct lsp_grep_pool *p, struct lsp_grep_job *job))
{
	pthread_mutex_lock(&p->lock);
	while (p->printed < p->n && !p->stopped) {
		struct lsp_grep_job *job = &p->jobs[p->printed];
		if (!job->done) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		print(p, job, finished);
		bool stop = ferror(p->out) != 0;
		pthread_mutex_lock(&p->lock);
		p->printed++;
		p->stopped = p->stopped || stop;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
}

/* Without threads: job after job, each printing for itself. */
static void run_alone(struct lsp_grep_pool *p,
	void (*finished)(struct lsp_grep_pool *p, struct lsp_grep_job *job))
{
	for (; p->printed < p->n && !ferror(p->out); p->printed++) {
		p->search(p, p->printed);
		print(p, &p->jobs[p->printed], finished);
	}
}

void lsp_grep_pool_run(struct lsp_grep_pool *p, unsigned threads,
	void (*finished)(struct lsp_grep_pool *p, struct lsp_grep_job *job))
{
	pthread_t all[THREADS_MAX];
	unsigned n = 0;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads > p->n)
		threads = (unsigned)p->n;
	while (threads > 1 && n < threads && pthread_create(&all[n], NULL, work, p) == 0)
		n++;
	if (n)
		print_in_order(p, finished);
	else
		run_alone(p, finished);
	for (unsigned i = 0; i < n; i++)
		pthread_join(all[i], NULL);
	for (size_t i = 0; i < p->n; i++)
		free(p->jobs[i].text);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
}
