#include "forward_target.h"
#include "../lib/wire/otlp_request.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_BYTES (1u << 20) /* a batch is cut into entries of about this size */

struct lsp_forward {
	struct lsp_forward_target targets[LSP_FORWARDS_MAX];
	size_t n;
};

/* ---- starting -------------------------------------------------------------------------------- */

/* Of the whole URL: the same backend has the same queue after a restart (FNV-1a). */
static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

/* The URL without user and password, for messages and for who looks into the folder. */
static char *public_name(const char *url)
{
	CURLU *u = curl_url();
	char *text = NULL, *name = NULL;
	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == 0 &&
		curl_url_set(u, CURLUPART_USER, NULL, 0) == 0 &&
		curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) == 0 &&
		curl_url_get(u, CURLUPART_URL, &text, 0) == 0)
		name = strdup(text);
	for (size_t n = name ? strlen(name) : 0; n && name[n - 1] == '/'; n--)
		name[n - 1] = 0;
	curl_free(text);
	curl_url_cleanup(u);
	return name;
}

static void leave_name(const char *dir, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/url", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	(void)dprintf(fd, "%s\n", name);
	close(fd);
}

static int open_queue(struct lsp_forward_target *t, const char *data_dir, uint64_t max_bytes,
	char *why, size_t cap)
{
	char dir[PATH_MAX];
	int n = snprintf(dir, sizeof(dir), "%s/forward", data_dir);
	if (mkdir(dir, 0700) && errno != EEXIST) {
		int rc = -errno;
		snprintf(why, cap, "%s: cannot be made: %s", dir, strerror(-rc));
		return rc;
	}
	snprintf(dir + n, sizeof(dir) - (size_t)n, "/%016" PRIx64, hash(t->url));
	int rc = lsp_queue_open(&t->queue, dir, max_bytes, why, cap);
	if (rc == 0)
		leave_name(dir, t->name);
	return rc;
}

static int start(struct lsp_forward_target *t, const struct lsp_forward_config *c, int index,
	const char *data_dir, char *why, size_t cap)
{
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, &clock);
	pthread_condattr_destroy(&clock);
	t->url = strdup(c->urls[index]);
	t->name = public_name(c->urls[index]);
	t->random = (unsigned)getpid() ^ (unsigned)lsp_forward_now_ms() ^ (unsigned)index;
	t->is_up = true; /* until it is known better */
	snprintf(why, cap, "no memory");
	if (!t->url || !t->name)
		return -ENOMEM;
	for (size_t n = strlen(t->url); n && t->url[n - 1] == '/'; n--)
		t->url[n - 1] = 0;
	int rc = lsp_forward_http_init(t, c, index);
	rc = rc ? rc : open_queue(t, data_dir, c->max_disk_bytes, why, cap);
	rc = rc ? rc : -pthread_create(&t->thread, NULL, lsp_forward_run, t);
	t->has_thread = rc == 0;
	return rc;
}

int lsp_forward_new(struct lsp_forward **ret, const struct lsp_forward_config *config,
	const char *data_dir, char *why, size_t cap)
{
	struct lsp_forward *f = calloc(1, sizeof(*f));
	int rc = f ? 0 : -ENOMEM;
	if (rc)
		snprintf(why, cap, "no memory");
	if (rc == 0 && config->ca_file && access(config->ca_file, R_OK)) {
		rc = -errno;
		snprintf(why, cap, "--forward-ca-file: %s: cannot be read: %s", config->ca_file,
			strerror(-rc));
	}
	for (size_t i = 0; rc == 0 && i < config->n_urls; i++) {
		f->n++;
		rc = start(&f->targets[i], config, (int)i, data_dir, why, cap);
	}
	if (rc)
		lsp_forward_free(f, 0);
	else
		*ret = f;
	return rc;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void stop(struct lsp_forward_target *t, uint64_t stop_ms)
{
	pthread_mutex_lock(&t->lock);
	t->stop_ms = stop_ms;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	if (t->queue)
		lsp_queue_wake(t->queue);
}

struct lsp_forward *lsp_forward_free(struct lsp_forward *f, unsigned wait_ms)
{
	uint64_t stop_ms = lsp_forward_now_ms() + wait_ms;
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->n; i++)
		stop(&f->targets[i], stop_ms);
	for (size_t i = 0; i < f->n; i++) {
		struct lsp_forward_target *t = &f->targets[i];
		if (t->has_thread)
			pthread_join(t->thread, NULL);
		lsp_forward_http_release(t);
		lsp_queue_close(t->queue);
		pthread_cond_destroy(&t->wake);
		pthread_mutex_destroy(&t->lock);
		free(t->url);
		free(t->name);
	}
	free(f);
	return NULL;
}

/* ---- the writer's thread --------------------------------------------------------------------- */

struct append {
	struct lsp_forward *forward;
	enum lsp_forward_kind kind;
};

static int append(void *arg, struct lsp_slice body, uint32_t n_rows)
{
	const struct append *a = arg;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < a->forward->n; i++)
		rc = lsp_queue_append(a->forward->targets[i].queue, a->kind, n_rows, body);
	return rc;
}

int lsp_forward_begin(void *forward, const struct lsp_batch *b)
{
	struct append spans = { forward, LSP_FORWARD_SPANS }, logs = { forward, LSP_FORWARD_LOGS };
	int rc = lsp_otlp_requests(b, false, ENTRY_BYTES, append, &spans);
	return rc ? rc : lsp_otlp_requests(b, true, ENTRY_BYTES, append, &logs);
}

void lsp_forward_end(void *forward, bool is_stored)
{
	struct lsp_forward *f = forward;
	for (size_t i = 0; i < f->n; i++) {
		if (is_stored)
			lsp_queue_commit(f->targets[i].queue);
		else
			lsp_queue_rollback(f->targets[i].queue);
	}
}

bool lsp_forward_get_stats(struct lsp_forward *f, size_t i, struct lsp_forward_stats *ret)
{
	if (!f || i >= f->n)
		return false;
	struct lsp_forward_target *t = &f->targets[i];
	*ret = (struct lsp_forward_stats){
		.url = t->name, .requests = t->requests, .retries = t->retries, .is_up = t->is_up
	};
	for (size_t k = 0; k < LSP_FORWARD_KINDS; k++) {
		ret->sent[k] = t->sent[k];
		ret->rejected[k] = t->rejected[k];
		ret->refused[k] = t->refused[k];
	}
	lsp_queue_get_stats(t->queue, &ret->queue);
	return true;
}
