#include "intake_tail.h"
#include "pending.h"
#include "tail_files.h"
#include "write_wait.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ROUND_BYTES  (4u * 1024 * 1024)
#define PAUSE_MS     200
#define RETRY_MS     500 /* when the store takes nothing */
#define DRAIN_ROUNDS 1000

struct lsp_tail_intake {
	struct lsp_tail_config config;
	struct lsp_tail_files files;
	struct lsp_pending pending;
	char places[PATH_MAX];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	bool stopping;
};

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Returns true when more may be waiting. */
static bool read_once(struct lsp_tail_intake *t, unsigned *ret_pause_ms)
{
	struct lsp_batch b;
	lsp_batch_init(&b);
	t->files.clock_ns = t->pending.unclean ? t->pending.clock_ns : now_ns();
	size_t bytes = lsp_tail_files_read(&t->files, &b, ROUND_BYTES);
	uint64_t logs = b.n_logs;
	int rc = 0;
	*ret_pause_ms = bytes >= ROUND_BYTES / 4 ? 0 : PAUSE_MS;
	lsp_pending_drop_stored(&t->pending, &b);
	lsp_twice_drop(t->config.twice, &b);
	if (b.n_logs) {
		(void)lsp_pending_begin(&t->pending, &b, t->files.clock_ns);
		rc = lsp_write_wait(t->config.writer, &b);
	}
	lsp_tail_files_done(&t->files, rc == 0);
	if (rc)
		*ret_pause_ms = RETRY_MS;
	else if (bytes || logs) {
		lsp_count(t->config.counters, LSP_SERVED_RECEIVED_LOGS, logs);
		if (lsp_tail_files_save(&t->files, t->places) == 0)
			lsp_pending_done(&t->pending);
	}
	if (rc == 0 && bytes == 0)
		lsp_pending_recovered(&t->pending);
	lsp_batch_release(&b);
	return rc == 0 && bytes > 0;
}

/* Returns true when the thread is to end. */
static bool sleep_ms(struct lsp_tail_intake *t, unsigned ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&t->lock);
	while (ms && !t->stopping)
		if (pthread_cond_timedwait(&t->wake, &t->lock, &until))
			break;
	bool stopping = t->stopping;
	pthread_mutex_unlock(&t->lock);
	return stopping;
}

static void *run(void *arg)
{
	struct lsp_tail_intake *t = arg;
	unsigned ms = 0;
	while (!sleep_ms(t, ms)) {
		lsp_tail_files_look(&t->files, t->config.globs, t->config.n_globs);
		(void)read_once(t, &ms);
	}
	lsp_tail_files_look(&t->files, t->config.globs, t->config.n_globs);
	for (int i = 0; i < DRAIN_ROUNDS && read_once(t, &ms); i++)
		;
	return NULL;
}

int lsp_tail_intake_new(struct lsp_tail_intake **ret, const struct lsp_tail_config *config)
{
	struct lsp_tail_intake *t = calloc(1, sizeof(*t));
	pthread_condattr_t clock;
	char note[PATH_MAX];
	if (!t)
		return -ENOMEM;
	t->config = *config;
	t->pending.fd = -1;
	int rc = lsp_tail_files_init(&t->files);
	if (snprintf(t->places, sizeof(t->places), "%s/tail.places", config->data_dir) >=
		(int)sizeof(t->places))
		rc = -ENAMETOOLONG;
	rc = rc ? rc : lsp_tail_files_load(&t->files, t->places);
	if (snprintf(note, sizeof(note), "%s/tail.pending", config->data_dir) >= (int)sizeof(note))
		rc = -ENAMETOOLONG;
	rc = rc ? rc : lsp_pending_open(&t->pending, note, config->store, LSP_INTAKE_FILE);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, &clock);
	pthread_condattr_destroy(&clock);
	rc = rc ? rc : -pthread_create(&t->thread, NULL, run, t);
	if (rc) {
		lsp_pending_close(&t->pending);
		lsp_tail_files_release(&t->files);
		free(t);
		return rc;
	}
	*ret = t;
	return 0;
}

struct lsp_tail_intake *lsp_tail_intake_free(struct lsp_tail_intake *t)
{
	if (!t)
		return NULL;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	lsp_pending_close(&t->pending);
	lsp_tail_files_release(&t->files);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}
