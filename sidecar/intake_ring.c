#include "intake_ring.h"
#include "frames.h"
#include "ring_again.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define ROUND_BYTES     (8u * 1024 * 1024)
#define FORGET_AFTER_NS 10000000000u /* and once the rings are empty */
#define RETRY_MS        500 /* when the store takes nothing */
#define DRAIN_ROUNDS    1000 /* at the end: writers that never stop do not keep us */

struct lsp_ring_intake {
	struct lsp_ring_reader *reader;
	struct lsp_writer *writer;
	struct lsp_twice *twice;
	struct lsp_ring_again *again; /* for some seconds after the start */
	uint64_t forget_ns;
	struct lsp_batch
		batch; /* of the round; its memory is kept while there is something to do */
	struct lsp_serve_counters *counters;
	int lock_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. */
	bool stopping, written;
	int result;
	struct lsp_ring_reader_stats stats;
};

static void on_written(void *arg, int result)
{
	struct lsp_ring_intake *r = arg;
	pthread_mutex_lock(&r->lock);
	r->written = true;
	r->result = result;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

/* Returns when the batch is durable: 0; or -errno, and the batch may be released. */
static int write_and_wait(struct lsp_ring_intake *r, struct lsp_batch *b)
{
	r->written = false; /* nobody else looks before the submission */
	int rc = lsp_writer_submit(r->writer, b, on_written, r);
	if (rc)
		return rc;
	pthread_mutex_lock(&r->lock);
	while (!r->written)
		pthread_cond_wait(&r->wake, &r->lock);
	rc = r->result;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* One round. Returns the number of records that were stored, 0 when there were none, or -errno. */
static int read_once(struct lsp_ring_intake *r)
{
	struct lsp_batch *b = &r->batch;
	int n = lsp_ring_reader_poll(r->reader, b, ROUND_BYTES);
	if (n > 0 && (b->n_spans || b->n_logs)) {
		size_t spans = b->n_spans, logs = b->n_logs;
		lsp_ring_again_drop(r->again, b);
		lsp_twice_drop(r->twice, b);
		int rc = write_and_wait(r, b);
		if (rc == 0) {
			lsp_count(r->counters, LSP_SERVED_RECEIVED_SPANS, spans);
			lsp_count(r->counters, LSP_SERVED_RECEIVED_LOGS, logs);
		} else {
			lsp_count(r->counters, LSP_SERVED_RING_RETRIES, 1);
			n = rc;
		}
	}
	if (n >= 0)
		lsp_ring_reader_ack(r->reader);
	else
		lsp_ring_reader_rewind(r->reader);
	if (n > 0)
		lsp_batch_clear(b);
	else
		lsp_batch_release(b);
	return n;
}

static bool is_stopping(struct lsp_ring_intake *r)
{
	struct lsp_ring_reader_stats stats;
	lsp_ring_reader_get_stats(r->reader, &stats);
	pthread_mutex_lock(&r->lock);
	r->stats = stats;
	bool stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return stopping;
}

static void sleep_ms(struct lsp_ring_intake *r, unsigned ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&r->lock);
	while (!r->stopping)
		if (pthread_cond_timedwait(&r->wake, &r->lock, &until))
			break;
	pthread_mutex_unlock(&r->lock);
}

static void *run(void *arg)
{
	struct lsp_ring_intake *r = arg;
	while (!is_stopping(r)) {
		int n = read_once(r);
		if (n == 0 && r->again && lsp_now_ns() > r->forget_ns)
			r->again = lsp_ring_again_free(r->again);
		unsigned ms = n < 0 ? RETRY_MS : lsp_ring_reader_pause_ms(r->reader);
		if (ms)
			sleep_ms(r, ms);
	}
	for (int i = 0; i < DRAIN_ROUNDS && read_once(r) > 0; i++)
		;
	return NULL;
}

/* A lock on the folder itself: in a spool where all may write, anybody could hold one on a file. */
static int lock_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static int start_thread(struct lsp_ring_intake *r)
{
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, &clock);
	pthread_condattr_destroy(&clock);
	return -pthread_create(&r->thread, NULL, run, r);
}

int lsp_ring_intake_new(struct lsp_ring_intake **ret, const char *dir, struct lsp_store *store,
	struct lsp_writer *writer, struct lsp_twice *twice, struct lsp_serve_counters *counters)
{
	int fd = lock_folder(dir);
	if (fd < 0)
		return fd;
	struct lsp_ring_intake *r = calloc(1, sizeof(*r));
	int rc = r ? lsp_ring_reader_new(&r->reader, dir) : -ENOMEM;
	if (rc == 0) {
		lsp_ring_reader_set_name_frames(r->reader, lsp_frames_name, NULL);
		r->writer = writer;
		r->twice = twice;
		r->counters = counters;
		r->lock_fd = fd;
		r->again = lsp_ring_again_new(store);
		r->forget_ns = lsp_now_ns() + FORGET_AFTER_NS;
		rc = start_thread(r);
		if (rc)
			lsp_ring_again_free(r->again);
		if (rc)
			lsp_ring_reader_free(r->reader);
	}
	if (rc) {
		close(fd);
		free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

struct lsp_ring_intake *lsp_ring_intake_free(struct lsp_ring_intake *r)
{
	if (!r)
		return NULL;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	lsp_ring_again_free(r->again);
	lsp_ring_reader_free(r->reader);
	lsp_batch_release(&r->batch);
	close(r->lock_fd);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

void lsp_ring_intake_get_stats(struct lsp_ring_intake *r, struct lsp_ring_reader_stats *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->stats;
	pthread_mutex_unlock(&r->lock);
}
