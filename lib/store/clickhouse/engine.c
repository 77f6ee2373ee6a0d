#include "click.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct lsp_store *release(struct lsp_store *store)
{
	struct lsp_click *s = (struct lsp_click *)store;

	lsp_click_stop_sender(s);
	if (!s->read_only)
		lsp_click_queue_close(&s->queue);
	lsp_click_http_release(&s->http);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

/* A cluster that is away now may come; a wrong password will not become right. */
static int check_cluster(struct lsp_click *s, char why[LSP_STORE_WHY_BYTES])
{
	char text[LSP_CLICK_WHY];
	int rc = lsp_click_prepare(s, text);

	if (rc != -EACCES && rc != -EIO) {
		snprintf(s->last_error, sizeof(s->last_error), "%s", text);
		return 0;
	}
	snprintf(why, LSP_STORE_WHY_BYTES, "store clickhouse: %.400s", text);
	return rc;
}

static int open_store(struct lsp_store **ret, const struct lsp_store_config *config,
	const char *rest, char why[LSP_STORE_WHY_BYTES])
{
	struct lsp_click *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	rc = lsp_click_http_init(&s->http, rest, why);
	if (rc) {
		free(s);
		return rc;
	}
	s->base.engine = &lsp_store_clickhouse;
	s->retention_ns = config->retention_ns;
	s->read_only = config->read_only;
	pthread_mutex_init(&s->lock, NULL);
	if (!s->read_only) {
		rc = lsp_click_queue_open(&s->queue, config->data_dir, config->max_disk_bytes, why);
		s->queue.sync_full = config->sync_full;
		if (rc) {
			s->read_only = true; /* there is no queue to close */
			release(&s->base);
			return rc;
		}
		rc = check_cluster(s, why);
	}
	if (rc == 0 && !s->read_only)
		rc = lsp_click_start_sender(s);
	if (rc) {
		release(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

static int write_batch(struct lsp_store *store, const struct lsp_batch *b)
{
	struct lsp_click *s = (struct lsp_click *)store;

	if (s->read_only)
		return -EROFS;
	return b->n_spans || b->n_logs ? lsp_click_queue_put(&s->queue, b) : 0;
}

static void tick(struct lsp_store *store, uint64_t now_ns)
{
	struct lsp_click *s = (struct lsp_click *)store;

	(void)now_ns;
	if (!s->read_only)
		lsp_click_queue_sync(&s->queue);
}

static int get_stats(struct lsp_store *store, struct lsp_store_stats *ret)
{
	struct lsp_click *s = (struct lsp_click *)store;
	struct lsp_click_request r = {
		.sql = "SELECT toUInt64(countIf(Signal = 0)), toUInt64(countIf(Signal = 1)) "
		       "FROM " LSP_CLICK_TABLE " FORMAT RowBinary"
	};
	char why[LSP_CLICK_WHY];
	struct lsp_store_stats stats = { .partitions = 0 };
	struct lsp_slice data;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, 4096);
	rc = lsp_click_errno(lsp_click_http_send(&s->http, &r, &out, why));
	data = (struct lsp_slice){ out.at, out.len };
	if (rc == 0 && !(lsp_click_take_u64(&data, &stats.spans) &&
			       lsp_click_take_u64(&data, &stats.logs)))
		rc = -EBADMSG;
	lsp_buf_release(&out);
	if (!s->read_only) {
		pthread_mutex_lock(&s->queue.lock);
		stats.disk_bytes = s->queue.bytes;
		stats.set_aside = s->queue.set_aside;
		pthread_mutex_unlock(&s->queue.lock);
	}
	if (rc == 0)
		*ret = stats;
	return rc;
}

const struct lsp_store_engine lsp_store_clickhouse = {
	.scheme = "clickhouse",
	.open = open_store,
	.free = release,
	.write = write_batch,
	.trace = lsp_click_trace,
	.logs = lsp_click_logs,
	.search = lsp_click_search,
	.scan = lsp_click_scan,
	.operation = lsp_click_operation,
	.services = lsp_click_services,
	.stats = get_stats,
	.tick = tick,
};
