/* Opening, closing and housekeeping of the embedded store. */
#include "sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- opening
 * ------------------------------------------------------------------------------------- */

static int fail(char why[LSP_STORE_WHY_BYTES], int error, const char *path, const char *what,
	const char *advice)
{
	snprintf(why, LSP_STORE_WHY_BYTES, "store %s: %s: %s%s%s", path, what, strerror(-error),
		*advice ? "; " : "", advice);
	return error;
}

/* Makes the folder and those above it. */
static int make_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int r;

		if (slash)
			*slash = 0;
		r = mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
		if (slash)
			*slash = '/';
		if (r || !slash)
			return r;
	}
}

/* One writer. The lock lives as long as the descriptor; its file says whose it is. */
static int take_lock(struct lsp_sqlite *s, char why[LSP_STORE_WHY_BYTES])
{
	char path[4096], text[32] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "%s/writer.lock", s->dir);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return fail(why, -errno, s->dir, "cannot be written",
			"give another folder with --data");
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) {
		n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
		if (ftruncate(s->lock_fd, 0) || pwrite(s->lock_fd, text, (size_t)n, 0) != n)
			return fail(why, -errno, s->dir, "cannot be written", "");
		return 0;
	}
	n = pread(s->lock_fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? strcspn(text, "\n") : 0] = 0;
	snprintf(why, LSP_STORE_WHY_BYTES,
		"store %s: in use by process %s; stop it, or give another folder with --data",
		s->dir, *text ? text : "(unknown)");
	return -EBUSY;
}

/* A partition from the future cannot be written beside: say so before anything is taken in. */
static int check_newest(struct lsp_sqlite *s, char why[LSP_STORE_WHY_BYTES])
{
	sqlite3 *db = NULL;
	int r = lsp_partition_scan(s);

	if (r)
		return fail(why, r, s->dir, "cannot be read", "");
	for (size_t i = s->n_parts; i-- > 0;) {
		r = lsp_partition_open(s, s->parts[i].start_s, s->parts[i].sealed, false, &db);
		sqlite3_close(db);
		db = NULL;
		if (r == -EUCLEAN)
			lsp_partition_set_aside(s, i);
		if (r == -EPROTO) {
			snprintf(why, LSP_STORE_WHY_BYTES,
				"store %s: written by a newer linespan; use that one, or give "
				"another folder with --data",
				s->dir);
			return r;
		}
	}
	return 0;
}

static struct lsp_store *release(struct lsp_store *store)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;

	lsp_sqlite_stop_sealer(s);
	lsp_sqlite_close_writer(s);
	for (size_t i = 0; i < s->n_parts; i++) {
		sqlite3_close(s->parts[i].reader);
		lsp_hot_index_free(s->parts[i].index);
		lsp_bloom_release(&s->parts[i].filter);
	}
	free(s->parts);
	pthread_mutex_destroy(&s->lock);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s);
	return NULL;
}

/* A partition is an eighth of the disk at most: the limit is kept by removing whole ones. */
static void set_partition_size(struct lsp_sqlite *s, const struct lsp_store_config *config)
{
	uint64_t eighth = config->max_disk_bytes / 8;

	s->partition_rows = config->partition_rows ? config->partition_rows : LSP_PARTITION_ROWS;
	s->partition_bytes = eighth && eighth < LSP_PARTITION_BYTES ? eighth : LSP_PARTITION_BYTES;
}

static int open_store(struct lsp_store **ret, const struct lsp_store_config *config,
	const char *rest, char why[LSP_STORE_WHY_BYTES])
{
	struct lsp_sqlite *s = calloc(1, sizeof(*s));
	struct stat st;
	int n, r = 0;

	if (!s)
		return -ENOMEM;
	s->base.engine = &lsp_store_sqlite;
	s->lock_fd = -1;
	s->read_only = config->read_only;
	s->sync_full = config->sync_full;
	s->retention_ns = config->retention_ns;
	s->max_disk_bytes = config->max_disk_bytes;
	s->query_limit_ns = config->query_limit_ns;
	s->hurry = config->hurry;
	set_partition_size(s, config);
	pthread_mutex_init(&s->lock, NULL);
	n = snprintf(s->dir, sizeof(s->dir), "%s/store", rest && *rest ? rest : config->data_dir);
	if (n >= (int)sizeof(s->dir))
		r = fail(why, -ENAMETOOLONG, config->data_dir, "cannot be used", "");
	else if (config->read_only && (stat(s->dir, &st) || !S_ISDIR(st.st_mode)))
		r = fail(why, -ENOENT, s->dir, "cannot be read",
			"there is no store in that folder; `linespan serve --data DIR` makes one");
	else if (!config->read_only && (r = make_dirs(s->dir)))
		r = fail(why, r, s->dir, "cannot be made", "give another folder with --data");
	if (r == 0 && !config->read_only)
		r = take_lock(s, why);
	if (r == 0)
		r = check_newest(s, why);
	if (r == 0 && !config->read_only)
		lsp_partition_clean(s);
	if (r) {
		release(&s->base);
		return r;
	}
	*ret = &s->base;
	return 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static uint64_t get_set_aside(struct lsp_store *store)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	uint64_t n;

	pthread_mutex_lock(&s->lock);
	n = s->set_aside;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static int get_stats(struct lsp_store *store, struct lsp_store_stats *ret)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	struct lsp_store_stats stats = { .partitions = 0 };
	int r;

	pthread_mutex_lock(&s->lock);
	r = lsp_partition_scan(s);
	for (size_t i = 0; r == 0 && i < s->n_parts; i++) {
		sqlite3 *db = lsp_partition_reader(s, i);
		if (!db)
			continue;
		stats.spans += lsp_partition_count(db, LSP_ROWS_SPAN);
		stats.logs += lsp_partition_count(db, LSP_ROWS_LOG);
		stats.disk_bytes += lsp_partition_disk_bytes(s, i);
	}
	stats.partitions = s->n_parts;
	stats.set_aside = s->set_aside;
	pthread_mutex_unlock(&s->lock);
	if (r == 0)
		*ret = stats;
	return r;
}

const struct lsp_store_engine lsp_store_sqlite = {
	.scheme = "sqlite",
	.open = open_store,
	.free = release,
	.write = lsp_sqlite_write,
	.trace = lsp_sqlite_trace,
	.logs = lsp_sqlite_logs,
	.search = lsp_sqlite_search,
	.scan = lsp_sqlite_scan,
	.operation = lsp_sqlite_operation,
	.services = lsp_sqlite_services,
	.stats = get_stats,
	.set_aside = get_set_aside,
	.tick = lsp_sqlite_tick,
};
