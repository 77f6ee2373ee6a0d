#include "intake_syslog.h"
#include "syslog_sockets.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_BYTES  (2u * 1024 * 1024)
#define BATCH_MS     50 /* what came is on its way to the store after so long */
#define FULL_MS      20 /* when the queue takes nothing */
#define DRAIN_ROUNDS 1000
#define STOP_TRIES   250
#define CLOCK_LINES  4096

struct lsp_syslog_intake {
	struct lsp_syslog_sockets sockets;
	struct lsp_syslog_config config;
	struct lsp_syslog_scratch scratch;
	struct lsp_syslog_clock clock;
	struct lsp_batch batch;
	bool checked; /* the batch was compared with what came before */
	unsigned lines; /* since the clock was read */
	int stop[2]; /* a pipe: the thread ends when its other end is closed */
	pthread_t thread;
	_Atomic int in_flight;
};

struct flight {
	struct lsp_syslog_intake *intake;
	uint64_t logs;
};

static void on_written(void *arg, int rc)
{
	struct flight *f = arg;
	if (rc)
		lsp_count(f->intake->config.counters, LSP_SERVED_DROPPED_SYSLOG, f->logs);
	atomic_fetch_sub(&f->intake->in_flight, 1);
	free(f);
}

/* Queues the batch. Returns 0, or -EAGAIN: it is still here. */
static int submit(struct lsp_syslog_intake *s)
{
	if (s->batch.n_logs == 0)
		return 0;
	struct flight *f = malloc(sizeof(*f));
	if (!f)
		return -EAGAIN;
	*f = (struct flight){ s, s->batch.n_logs };
	uint64_t logs = s->batch.n_logs;
	if (!s->checked)
		lsp_twice_drop(s->config.twice, &s->batch);
	s->checked = true;
	atomic_fetch_add(&s->in_flight, 1);
	int rc = lsp_writer_submit(s->config.writer, &s->batch, on_written, f);
	if (rc) {
		atomic_fetch_sub(&s->in_flight, 1);
		free(f);
		return -EAGAIN;
	}
	lsp_count(s->config.counters, LSP_SERVED_RECEIVED_LOGS, logs);
	s->checked = false;
	lsp_batch_release(&s->batch); /* what submit left is empty */
	lsp_batch_init(&s->batch);
	return 0;
}

static void take_line(void *arg, struct lsp_slice line, uint32_t pid)
{
	struct lsp_syslog_intake *s = arg;
	if (line.len == 0)
		return;
	if (s->lines++ % CLOCK_LINES == 0)
		lsp_syslog_clock_now(&s->clock);
	if (lsp_syslog_take(&s->batch, &s->scratch, line, &s->clock, pid))
		lsp_count(s->config.counters, LSP_SERVED_DROPPED_SYSLOG, 1);
}

/* One round over the sockets. Returns what poll() said: 0 when nothing came. */
static int read_round(struct lsp_syslog_intake *s, int timeout_ms)
{
	struct pollfd fds[LSP_SYSLOG_FDS_MAX + 1];
	int n = lsp_syslog_sockets_poll(&s->sockets, fds);
	fds[n] = (struct pollfd){ .fd = s->stop[0], .events = POLLIN };
	int ready = poll(fds, (nfds_t)n + 1, timeout_ms);
	s->lines = 0; /* after a pause the clock has moved */
	if (ready > 0)
		lsp_syslog_sockets_read(&s->sockets, fds, n, take_line, s);
	return fds[n].revents ? -1 : ready;
}

static void *run(void *arg)
{
	struct lsp_syslog_intake *s = arg;
	struct timespec pause = { 0, FULL_MS * 1000000L };
	for (;;) {
		int ready = read_round(s, s->batch.n_logs ? BATCH_MS : -1);
		if (ready < 0)
			break;
		if (ready > 0 && s->batch.bytes < BATCH_BYTES &&
			!lsp_syslog_sockets_quiet(&s->sockets))
			continue;
		while (submit(s))
			nanosleep(&pause, NULL);
	}
	/* What senders have handed to the kernel is read before the end. */
	lsp_syslog_sockets_last(&s->sockets);
	struct pollfd fds[LSP_SYSLOG_FDS_MAX + 1];
	for (int i = 0; i < DRAIN_ROUNDS; i++) {
		int n = lsp_syslog_sockets_poll(&s->sockets, fds);
		if (n == 0 || poll(fds, (nfds_t)n, 0) <= 0)
			break;
		lsp_syslog_sockets_read(&s->sockets, fds, n, take_line, s);
	}
	lsp_syslog_sockets_end(&s->sockets, take_line, s);
	for (int i = 0; i < STOP_TRIES && submit(s); i++)
		nanosleep(&pause, NULL);
	return NULL;
}

int lsp_syslog_intake_new(
	struct lsp_syslog_intake **ret, struct lsp_syslog_config *config, const char **ret_what)
{
	struct lsp_syslog_intake *s = calloc(1, sizeof(*s));
	*ret_what = "syslog";
	if (!s)
		return -ENOMEM;
	int rc = lsp_syslog_sockets_open(&s->sockets, config->has_address ? &config->address : NULL,
		config->socket_path, ret_what);
	if (rc == 0 && pipe(s->stop))
		rc = -errno;
	if (rc) {
		lsp_syslog_sockets_close(&s->sockets);
		free(s);
		return rc;
	}
	s->config = *config;
	lsp_syslog_scratch_init(&s->scratch);
	lsp_batch_init(&s->batch);
	rc = -pthread_create(&s->thread, NULL, run, s);
	if (rc) {
		lsp_syslog_sockets_close(&s->sockets);
		close(s->stop[0]);
		close(s->stop[1]);
		free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

struct lsp_syslog_intake *lsp_syslog_intake_free(struct lsp_syslog_intake *s)
{
	struct timespec pause = { 0, 1000000 };
	if (!s)
		return NULL;
	close(s->stop[1]);
	pthread_join(s->thread, NULL);
	while (atomic_load(&s->in_flight))
		nanosleep(&pause, NULL);
	close(s->stop[0]);
	lsp_syslog_sockets_close(&s->sockets);
	lsp_batch_release(&s->batch);
	lsp_syslog_scratch_release(&s->scratch);
	free(s);
	return NULL;
}
