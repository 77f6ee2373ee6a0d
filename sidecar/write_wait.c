#include "write_wait.h"

#include <pthread.h>

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool written;
	int result;
};

static void on_written(void *arg, int result)
{
	struct waiter *w = arg;
	pthread_mutex_lock(&w->lock);
	w->written = true;
	w->result = result;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

int lsp_write_wait(struct lsp_writer *writer, struct lsp_batch *b)
{
	struct waiter w = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };
	int rc = lsp_writer_submit(writer, b, on_written, &w);
	if (rc == 0) {
		pthread_mutex_lock(&w.lock);
		while (!w.written)
			pthread_cond_wait(&w.wake, &w.lock);
		rc = w.result;
		pthread_mutex_unlock(&w.lock);
	}
	pthread_cond_destroy(&w.wake);
	pthread_mutex_destroy(&w.lock);
	return rc;
}
