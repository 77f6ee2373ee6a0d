/* Housekeeping of the embedded store: retention, the limit of disk, sealing. */
#include "seal.h"
#include "sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_EVERY_S    1
#define SEAL_RETRY_S     60
#define PATH_BYTES_MAX   4096
#define SEAL_NICE        10
#define SEAL_WAITING_MAX 4

/* ---- how much there is ----------------------------------------------------------------------- */

static uint64_t file_bytes(const char *path, const char *suffix)
{
	char name[PATH_BYTES_MAX + 16];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) ? 0 : (uint64_t)st.st_blocks * 512;
}

uint64_t lsp_partition_disk_bytes(const struct lsp_sqlite *s, size_t i)
{
	char path[PATH_BYTES_MAX];

	lsp_partition_path(s, s->parts[i].start_s, s->parts[i].sealed, path);
	return file_bytes(path, "") + file_bytes(path, "-wal") + file_bytes(path, "-shm");
}

/* Oldest first: what is past its time, then what is over the limit. The partition that is being
 * written always stays. */
static void remove_old(struct lsp_sqlite *s, uint64_t now_s)
{
	uint64_t keep_s = s->retention_ns / 1000000000u, total = 0;

	s->scanned = false; /* somebody may have removed files by hand */
	if (lsp_partition_scan(s))
		return;
	for (size_t i = 0; i < s->n_parts; i++)
		total += lsp_partition_disk_bytes(s, i);
	while (s->n_parts > 1) {
		bool old = keep_s && s->parts[0].start_s + LSP_PARTITION_SECONDS + keep_s < now_s;
		bool large = s->max_disk_bytes && total > s->max_disk_bytes;

		if (!old && !large)
			return;
		total -= lsp_partition_disk_bytes(s, 0);
		lsp_partition_remove(s, 0);
	}
}

/* ---- sealing --------------------------------------------------------------------------------- */

/* The oldest hot partition that nothing is added to; its index with a reference. */
static bool next_to_seal(struct lsp_sqlite *s, uint64_t *ret_start_s, struct lsp_hot_index **ret)
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; !found && i < s->n_parts; i++)
		if (!s->parts[i].sealed && s->parts[i].start_s < s->seal_below_s) {
			*ret_start_s = s->parts[i].start_s;
			*ret = lsp_partition_index(s, i);
			found = *ret != NULL;
		}
	pthread_mutex_unlock(&s->lock);
	return found;
}

static int seal_one(struct lsp_sqlite *s, uint64_t start_s, struct lsp_hot_index *index)
{
	char path[PATH_BYTES_MAX], made[PATH_BYTES_MAX + 16];
	sqlite3 *hot = NULL;
	int r;

	lsp_partition_path(s, start_s, true, path);
	snprintf(made, sizeof(made), "%s.sealing", path);
	r = lsp_partition_open(s, start_s, false, false, &hot);
	if (r == 0)
		r = lsp_seal_write(hot, index, made, &s->stop);
	sqlite3_close(hot);
	if (r == 0)
		r = lsp_partition_swap(s, start_s);
	if (r == -EUCLEAN) {
		pthread_mutex_lock(&s->lock);
		if (lsp_partition_find(s, start_s) < s->n_parts)
			lsp_partition_set_aside(s, lsp_partition_find(s, start_s));
		pthread_mutex_unlock(&s->lock);
	}
	return r == -EUCLEAN || r == -ENOENT ? 0 : r;
}

/* Sealing takes what the intake leaves, as long as not much waits for it. */
static bool is_behind(struct lsp_sqlite *s)
{
	size_t waiting = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n_parts; i++)
		waiting += !s->parts[i].sealed && s->parts[i].start_s < s->seal_below_s;
	pthread_mutex_unlock(&s->lock);
	return waiting > SEAL_WAITING_MAX;
}

/* Ends early when it is to run at another priority: that can be lowered only. */
static void *seal_all(void *arg)
{
	struct lsp_sqlite *s = arg;
	struct lsp_hot_index *index;
	uint64_t start_s;
	bool behind = is_behind(s);
	int r = 0;

	if (!behind)
		(void)setpriority(PRIO_PROCESS, 0, SEAL_NICE); /* of this thread */
	while (r == 0 && !s->stop && behind == is_behind(s) && next_to_seal(s, &start_s, &index)) {
		r = seal_one(s, start_s, index);
		lsp_hot_index_free(index);
	}
	s->seal_error = r;
	s->sealer_done = true;
	return NULL;
}

void lsp_sqlite_stop_sealer(struct lsp_sqlite *s)
{
	s->stop = true;
	if (s->has_sealer)
		pthread_join(s->sealer, NULL);
	s->has_sealer = false;
}

/* What is to be sealed: all but the newest, and the newest one, too, when its hour is over. */
static bool is_sealing_due(struct lsp_sqlite *s, uint64_t now_s)
{
	bool due = false;

	pthread_mutex_lock(&s->lock);
	if (s->n_parts) {
		uint64_t newest = s->parts[s->n_parts - 1].start_s;
		uint64_t end = newest - newest % LSP_PARTITION_SECONDS + LSP_PARTITION_SECONDS;

		if (now_s >= end && s->writer && s->writer_start_s == newest)
			lsp_sqlite_close_writer(s);
		s->seal_below_s = now_s >= end ? newest + 1 : newest;
		for (size_t i = 0; i < s->n_parts; i++)
			due |= !s->parts[i].sealed && s->parts[i].start_s < s->seal_below_s;
	}
	pthread_mutex_unlock(&s->lock);
	return due;
}

static void seal(struct lsp_sqlite *s, uint64_t now_s)
{
	if (s->has_sealer && s->sealer_done) {
		pthread_join(s->sealer, NULL);
		s->has_sealer = false;
		s->seal_after_s = s->seal_error ? now_s + SEAL_RETRY_S : 0;
	}
	if (!is_sealing_due(s, now_s) || s->has_sealer || now_s < s->seal_after_s)
		return;
	s->sealer_done = false;
	s->has_sealer = pthread_create(&s->sealer, NULL, seal_all, s) == 0;
}

/* What was written since the last time reaches the disk: SQLite itself syncs its log only when it
 * begins it anew. */
static void sync_log(struct lsp_sqlite *s)
{
	char path[PATH_BYTES_MAX], log[PATH_BYTES_MAX + 8];
	int fd;

	if (!s->unsynced || !s->writer || s->sync_full)
		return;
	lsp_partition_path(s, s->writer_start_s, false, path);
	snprintf(log, sizeof(log), "%s-wal", path);
	fd = open(log, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	s->unsynced = fdatasync(fd) != 0;
	close(fd);
}

void lsp_sqlite_tick(struct lsp_store *store, uint64_t now_ns)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	uint64_t now_s = now_ns / 1000000000u;

	if (s->read_only)
		return;
	if (now_s >= s->last_tick_s + CHECK_EVERY_S) {
		s->last_tick_s = now_s;
		pthread_mutex_lock(&s->lock);
		remove_old(s, now_s);
		pthread_mutex_unlock(&s->lock);
	}
	sync_log(s);
	seal(s, now_s);
}
