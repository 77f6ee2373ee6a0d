#include "writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define COMMIT_BYTES_MAX (32u * 1024 * 1024)
#define TICK_NS          1000000000ull
#define ERROR_STAYS_NS   60000000000ull /* when nobody tries again */

struct job {
	struct job *next;
	struct lsp_batch batch;
	size_t bytes;
	uint64_t queued_ns;
	lsp_writer_done *done;
	void *arg;
};

struct lsp_writer {
	struct lsp_store *store;
	struct lsp_serve_counters *counters;
	size_t max_bytes;
	struct lsp_writer_tee tee;
	struct lsp_resent *resent;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	struct job *first, **last;
	size_t bytes;
	bool stopping;
	int error; /* of the last batch, */
	uint64_t error_ns; /* and when; all monotonic */
	uint64_t round_ns, writing_since_ns; /* since when the oldest batch waits; 0: none */
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- one transaction ------------------------------------------------------------------------- */

/* The rows of many batches as one; they still point into the memory of theirs. */
static int merge(struct lsp_batch *all, const struct job *jobs)
{
	for (const struct job *j = jobs; j; j = j->next) {
		const struct lsp_batch *b = &j->batch;
		uint32_t index, base = (uint32_t)all->n_origins;
		for (size_t i = 0; i < b->n_origins; i++) {
			struct lsp_origin *o = lsp_batch_add_origin(all, &index);
			if (!o)
				return -ENOMEM;
			*o = b->origins[i];
		}
		for (size_t i = 0; i < b->n_spans; i++) {
			struct lsp_span_row *s = lsp_batch_add_span(all);
			if (!s)
				return -ENOMEM;
			*s = b->spans[i];
			s->origin += base;
		}
		for (size_t i = 0; i < b->n_logs; i++) {
			struct lsp_log_row *l = lsp_batch_add_log(all);
			if (!l)
				return -ENOMEM;
			*l = b->logs[i];
			l->origin += base;
		}
	}
	return 0;
}

static int store_and_tee(struct lsp_writer *w, const struct lsp_batch *b)
{
	int rc = w->tee.begin ? w->tee.begin(w->tee.arg, b) : 0;
	rc = rc ? rc : lsp_store_write(w->store, b);
	if (w->tee.end)
		w->tee.end(w->tee.arg, rc == 0);
	return rc;
}

static void count_ways(struct lsp_serve_counters *c, const struct lsp_batch *b)
{
	uint64_t spans[LSP_INTAKE_N] = { 0 }, logs[LSP_INTAKE_N] = { 0 };
	for (size_t i = 0; i < b->n_spans; i++)
		spans[b->spans[i].intake]++;
	for (size_t i = 0; i < b->n_logs; i++)
		logs[b->logs[i].intake]++;
	for (int i = 0; i < LSP_INTAKE_N; i++) {
		atomic_fetch_add_explicit(&c->spans_by[i], spans[i], memory_order_relaxed);
		atomic_fetch_add_explicit(&c->logs_by[i], logs[i], memory_order_relaxed);
	}
}

static int write_batch(struct lsp_writer *w, struct lsp_batch *b)
{
	size_t resent = lsp_resent_drop(w->resent, b);
	int rc = b->n_spans || b->n_logs ? store_and_tee(w, b) : 0;
	lsp_resent_end(w->resent, b, rc == 0);
	lsp_count(w->counters, LSP_SERVED_RESENT_LOGS, resent);
	lsp_count(w->counters, rc ? LSP_SERVED_COMMIT_FAILURES : LSP_SERVED_COMMITS, 1);
	if (rc == 0) {
		lsp_count(w->counters, LSP_SERVED_STORED_SPANS, b->n_spans);
		lsp_count(w->counters, LSP_SERVED_STORED_LOGS, b->n_logs);
		count_ways(w->counters, b);
	}
	return rc;
}

static int write_together(struct lsp_writer *w, struct job *jobs)
{
	if (!jobs->next)
		return write_batch(w, &jobs->batch);
	struct lsp_batch all;
	lsp_batch_init(&all);
	int rc = merge(&all, jobs);
	rc = rc ? rc : write_batch(w, &all);
	lsp_batch_release(&all);
	return rc;
}

static bool is_about_the_store(int rc)
{
	return rc == -ENOSPC || rc == -EIO || rc == -EAGAIN || rc == -EROFS;
}

static void note_result(struct lsp_writer *w, int rc)
{
	pthread_mutex_lock(&w->lock);
	w->error = rc;
	w->error_ns = now_ns(CLOCK_MONOTONIC);
	pthread_mutex_unlock(&w->lock);
}

static void finish_job(struct lsp_writer *w, struct job *j, int rc)
{
	lsp_batch_release(&j->batch);
	pthread_mutex_lock(&w->lock);
	w->bytes -= j->bytes;
	pthread_mutex_unlock(&w->lock);
	j->done(j->arg, rc);
	free(j);
}

static void write_jobs(struct lsp_writer *w, struct job *jobs)
{
	int rc = write_together(w, jobs);
	/* What one batch does to the store must not be the fate of the others. */
	bool apart = rc && jobs->next && !is_about_the_store(rc);
	/* What is wrong with a batch is no word on the store. */
	note_result(w, is_about_the_store(rc) ? rc : 0);
	while (jobs) {
		struct job *next = jobs->next;
		finish_job(w, jobs, apart ? write_batch(w, &jobs->batch) : rc);
		jobs = next;
	}
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Takes jobs off the queue's head, up to a transaction's worth. Under the lock. */
static struct job *take_jobs(struct lsp_writer *w)
{
	struct job *jobs = w->first, **cut = &w->first;
	for (size_t bytes = 0; *cut && (bytes == 0 || bytes < COMMIT_BYTES_MAX);
		cut = &(*cut)->next)
		bytes += (*cut)->bytes;
	w->first = *cut;
	if (!w->first)
		w->last = &w->first;
	if (jobs)
		*cut = NULL;
	w->writing_since_ns = jobs ? jobs->queued_ns : 0;
	return jobs;
}

static void wait_until(struct lsp_writer *w, uint64_t ns)
{
	struct timespec until = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
	while (!w->first && !w->stopping)
		if (pthread_cond_timedwait(&w->wake, &w->lock, &until))
			break;
}

static void *run(void *arg)
{
	struct lsp_writer *w = arg;
	uint64_t tick = now_ns(CLOCK_MONOTONIC) + TICK_NS;
	pthread_mutex_lock(&w->lock);
	while (w->first || !w->stopping) {
		wait_until(w, tick);
		w->round_ns = now_ns(CLOCK_MONOTONIC);
		struct job *jobs = take_jobs(w);
		pthread_mutex_unlock(&w->lock);
		if (jobs)
			write_jobs(w, jobs);
		if (now_ns(CLOCK_MONOTONIC) >= tick) {
			lsp_store_tick(w->store, now_ns(CLOCK_REALTIME));
			tick = now_ns(CLOCK_MONOTONIC) + TICK_NS;
		}
		pthread_mutex_lock(&w->lock);
		w->writing_since_ns = 0;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- from outside ---------------------------------------------------------------------------- */

int lsp_writer_new(struct lsp_writer **ret, struct lsp_store *store, size_t max_bytes,
	struct lsp_serve_counters *counters)
{
	struct lsp_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->store = store;
	w->counters = counters;
	w->max_bytes = max_bytes;
	w->last = &w->first;
	w->round_ns = now_ns(CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &clock);
	pthread_condattr_destroy(&clock);
	int rc = -pthread_create(&w->thread, NULL, run, w);
	if (rc) {
		free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

struct lsp_writer *lsp_writer_free(struct lsp_writer *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

void lsp_writer_set_tee(struct lsp_writer *w, const struct lsp_writer_tee *tee)
{
	w->tee = *tee;
}

void lsp_writer_set_resent(struct lsp_writer *w, struct lsp_resent *resent)
{
	w->resent = resent;
}

int lsp_writer_submit(struct lsp_writer *w, struct lsp_batch *b, lsp_writer_done *done, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	*j = (struct job){
		.bytes = b->bytes, .queued_ns = now_ns(CLOCK_MONOTONIC), .done = done, .arg = arg
	};
	pthread_mutex_lock(&w->lock);
	if (w->bytes && (j->bytes > w->max_bytes || w->bytes > w->max_bytes - j->bytes)) {
		pthread_mutex_unlock(&w->lock);
		free(j);
		return -EAGAIN;
	}
	j->batch = *b;
	lsp_batch_init(b);
	*w->last = j;
	w->last = &j->next;
	w->bytes += j->bytes;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

void lsp_writer_get_state(struct lsp_writer *w, struct lsp_writer_state *ret)
{
	pthread_mutex_lock(&w->lock);
	uint64_t now = now_ns(CLOCK_MONOTONIC), since = w->writing_since_ns;
	if (!since && w->first)
		since = w->first->queued_ns;
	*ret = (struct lsp_writer_state){ .silent_ms = (now - w->round_ns) / 1000000,
		.oldest_ms = since ? (now - since) / 1000000 : 0,
		.error = now - w->error_ns < ERROR_STAYS_NS ? w->error : 0 };
	pthread_mutex_unlock(&w->lock);
}

size_t lsp_writer_queue_bytes(struct lsp_writer *w)
{
	pthread_mutex_lock(&w->lock);
	size_t bytes = w->bytes;
	pthread_mutex_unlock(&w->lock);
	return bytes;
}
