/* Carries the disk queue to the cluster, one segment after the other, with back-off. */
#include "click.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINGER_NS      200000000u /* a segment is filled for so long */
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 3000
#define POISON_TRIES   3 /* a refusal may be about this moment: a table that is being changed */
#define INSERT_TIMEOUT 120
#define OTEL_BYTES_MAX (512u * 1024 * 1024)

static const char *const tables[LSP_CLICK_STAGES] = { LSP_CLICK_TABLE, "otel_traces", "otel_logs" };

static void say(struct lsp_click *s, const char *error)
{
	pthread_mutex_lock(&s->lock);
	snprintf(s->last_error, sizeof(s->last_error), "%s", error);
	pthread_mutex_unlock(&s->lock);
}

/* Sleeps, but not over the end of the process. */
static void back_off(struct lsp_click *s)
{
	unsigned long ms = BACKOFF_MIN_MS << (s->tries < 7 ? s->tries : 7);
	struct timespec until;

	ms = ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->queue.lock);
	while (!s->queue.stopping &&
		pthread_cond_timedwait(&s->queue.wake, &s->queue.lock, &until) == 0)
		;
	pthread_mutex_unlock(&s->queue.lock);
	s->tries++;
}

/* Durable before the answer, the same insert twice counts once. */
static void make_settings(
	const struct lsp_click *s, const struct lsp_click_segment *g, char out[512])
{
	int n = snprintf(out, 512, "&insert_distributed_sync=1");

	if (s->version >= 23)
		snprintf(out + n, 512 - (size_t)n,
			"&async_insert=0&insert_deduplicate=1&max_partitions_per_insert_block=0"
			"&insert_deduplication_token=linespan-%020" PRIu64 "-%u",
			g->name, g->stage);
}

static enum lsp_click_fate insert(struct lsp_click *s, const struct lsp_click_segment *g,
	const char *columns, struct lsp_slice body, char why[LSP_CLICK_WHY])
{
	char settings[512], sql[4096];
	struct lsp_click_request r = {
		.sql = sql, .body = body, .settings = settings, .timeout_s = INSERT_TIMEOUT
	};

	if (body.len == 0)
		return LSP_CLICK_OK;
	make_settings(s, g, settings);
	snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) FORMAT RowBinary", tables[g->stage],
		columns);
	return lsp_click_http_send(&s->http, &r, NULL, why);
}

/* The segment into the table whose turn it is. */
static enum lsp_click_fate send_stage(
	struct lsp_click *s, const struct lsp_click_segment *g, char why[LSP_CLICK_WHY])
{
	struct lsp_slice rows = { g->bytes, g->len };
	const struct lsp_otel_table *t;
	enum lsp_click_fate fate;
	struct lsp_buf body;
	int rc;

	if (g->stage == LSP_CLICK_ROWS)
		return insert(s, g, LSP_CLICK_COLUMNS, rows, why);
	t = &s->otel[g->stage - LSP_CLICK_TRACES];
	if (t->n_columns == 0) /* the server is too old to have it made */
		return LSP_CLICK_OK;
	lsp_buf_init(&body, OTEL_BYTES_MAX);
	rc = lsp_otel_rows(&body, t, rows);
	if (rc)
		snprintf(why, LSP_CLICK_WHY, "%s: %s", tables[g->stage], strerror(-rc));
	fate = rc == -ENOMEM ? LSP_CLICK_BUSY
	       : rc          ? LSP_CLICK_POISON
			     : insert(s, g, t->names, (struct lsp_slice){ body.at, body.len }, why);
	lsp_buf_release(&body);
	return fate;
}

/* Returns whether the segment is through with this table. */
static bool try_stage(struct lsp_click *s, struct lsp_click_segment *g)
{
	char why[LSP_CLICK_WHY] = "";
	enum lsp_click_fate fate;

	if (!s->ready && lsp_click_prepare(s, why)) {
		say(s, why);
		return false;
	}
	fate = send_stage(s, g, why);
	if (fate == LSP_CLICK_POISON && ++s->refusals >= POISON_TRIES) {
		lsp_click_queue_set_aside(&s->queue, g, why);
		fate = LSP_CLICK_OK;
	}
	say(s, fate == LSP_CLICK_OK ? "" : why);
	if (fate != LSP_CLICK_OK) {
		s->ready = false; /* it may come back as another one */
		return false;
	}
	s->tries = s->refusals = 0;
	return true;
}

static bool is_stopping(struct lsp_click *s)
{
	bool stopping;

	pthread_mutex_lock(&s->queue.lock);
	stopping = s->queue.stopping;
	pthread_mutex_unlock(&s->queue.lock);
	return stopping;
}

/* Returns whether it is gone from the queue. */
static bool send_segment(struct lsp_click *s, struct lsp_click_segment *g)
{
	while (g->stage < LSP_CLICK_STAGES) {
		if (!try_stage(s, g)) {
			if (is_stopping(s))
				return false; /* the next start goes on with it */
			back_off(s);
		} else if (g->stage + 1 == LSP_CLICK_STAGES) {
			break;
		} else {
			lsp_click_queue_advance(&s->queue, g);
		}
	}
	lsp_click_queue_done(&s->queue, g);
	return true;
}

static void *run(void *arg)
{
	struct lsp_click *s = arg;

	for (;;) {
		struct lsp_click_segment g;
		int rc = lsp_click_queue_next(&s->queue, LINGER_NS, &g);

		if (rc == 1 && !send_segment(s, &g)) {
			free(g.bytes);
			break;
		}
		if (rc == 1)
			free(g.bytes);
		else if (is_stopping(s))
			break;
		else if (rc < 0)
			back_off(s);
	}
	return NULL;
}

int lsp_click_start_sender(struct lsp_click *s)
{
	int rc = -pthread_create(&s->sender, NULL, run, s);

	s->has_sender = rc == 0;
	return rc;
}

void lsp_click_stop_sender(struct lsp_click *s)
{
	if (!s->has_sender)
		return;
	pthread_mutex_lock(&s->queue.lock);
	s->queue.stopping = true;
	pthread_cond_broadcast(&s->queue.wake);
	pthread_mutex_unlock(&s->queue.lock);
	pthread_join(s->sender, NULL);
	s->has_sender = false;
}
