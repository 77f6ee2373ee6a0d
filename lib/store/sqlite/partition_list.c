/* The list of partitions: kept in step with the folder, with what is open of each. */
#include "sqlite_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define READERS_MAX 96 /* open at a time */
#define INDEX_BYTES (64u * 1024 * 1024) /* of hot partitions that wait for being sealed */

size_t lsp_partition_find(const struct lsp_sqlite *s, uint64_t start_s)
{
	size_t i = 0;

	while (i < s->n_parts && s->parts[i].start_s != start_s)
		i++;
	return i;
}

static void close_reader(struct lsp_partition *p)
{
	sqlite3_close(p->reader);
	sqlite3_close(p->spare);
	p->reader = p->spare = NULL;
}

/* What is known of the file behind a partition, which is another one now, or gone. */
static void forget_content(struct lsp_partition *p)
{
	close_reader(p);
	p->index = lsp_hot_index_free(p->index);
	lsp_bloom_release(&p->filter);
}

static int insert(struct lsp_sqlite *s, uint64_t start_s, bool sealed)
{
	size_t at = lsp_partition_find(s, start_s);

	if (at < s->n_parts) {
		if (sealed && !s->parts[at].sealed) {
			forget_content(&s->parts[at]);
			s->parts[at].sealed = true;
		}
		return 0;
	}
	if (s->n_parts == s->cap_parts) {
		size_t cap = s->cap_parts ? s->cap_parts * 2 : 16;
		void *grown = reallocarray(s->parts, cap, sizeof(*s->parts));

		if (!grown)
			return -ENOMEM;
		s->parts = grown;
		s->cap_parts = cap;
	}
	while (at > 0 && s->parts[at - 1].start_s > start_s) {
		s->parts[at] = s->parts[at - 1];
		at--;
	}
	s->parts[at] = (struct lsp_partition){ .start_s = start_s, .sealed = sealed };
	s->n_parts++;
	return 0;
}

static void forget(struct lsp_sqlite *s, size_t i)
{
	forget_content(&s->parts[i]);
	memmove(&s->parts[i], &s->parts[i + 1], (s->n_parts - i - 1) * sizeof(*s->parts));
	s->n_parts--;
}

int lsp_partition_scan(struct lsp_sqlite *s)
{
	DIR *dir;
	struct dirent *entry;
	char path[4096];
	uint64_t start_s;
	bool sealed;
	int r = 0;

	if (s->scanned)
		return 0;
	dir = opendir(s->dir);
	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (lsp_partition_parse_name(entry->d_name, &start_s, &sealed))
			r = insert(s, start_s, sealed);
	closedir(dir);
	for (size_t i = s->n_parts; i-- > 0;) {
		lsp_partition_path(s, s->parts[i].start_s, s->parts[i].sealed, path);
		if (access(path, F_OK))
			forget(s, i); /* retention, by another process */
	}
	s->scanned = r == 0 && !s->read_only;
	return r;
}

/* ---- files that go --------------------------------------------------------------------------- */

static void remove_beside(const char *path, const char *suffix)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	unlink(name);
}

static void remove_files(const struct lsp_sqlite *s, uint64_t start_s, bool sealed)
{
	char path[4096];

	lsp_partition_path(s, start_s, sealed, path);
	unlink(path);
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
}

void lsp_partition_remove(struct lsp_sqlite *s, size_t i)
{
	uint64_t start_s = s->parts[i].start_s;

	forget(s, i);
	/* The hot one first: a death in between must not bring it back. */
	remove_files(s, start_s, false);
	remove_files(s, start_s, true);
}

void lsp_partition_set_aside(struct lsp_sqlite *s, size_t i)
{
	char path[4096], aside[4200];

	lsp_partition_path(s, s->parts[i].start_s, s->parts[i].sealed, path);
	/* Who only reads finds it again with each look at the folder. */
	if (strcmp(s->set_aside_name, strrchr(path, '/') + 1) != 0)
		s->set_aside++;
	snprintf(s->set_aside_name, sizeof(s->set_aside_name), "%s", strrchr(path, '/') + 1);
	forget(s, i);
	if (s->read_only)
		return;
	snprintf(aside, sizeof(aside), "%s.corrupt", path);
	rename(path, aside);
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
}

static int sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) ? -errno : 0;
	close(fd);
	return r;
}

int lsp_partition_swap(struct lsp_sqlite *s, uint64_t start_s)
{
	char path[4096], made[4200];
	int r = 0;
	size_t i;

	lsp_partition_path(s, start_s, true, path);
	snprintf(made, sizeof(made), "%s.sealing", path);
	pthread_mutex_lock(&s->lock);
	i = lsp_partition_find(s, start_s);
	if (i == s->n_parts || s->parts[i].sealed)
		r = -ENOENT; /* retention was faster */
	else if (rename(made, path))
		r = -errno;
	else {
		forget_content(&s->parts[i]);
		s->parts[i].sealed = true;
		r = sync_folder(s->dir);
		if (r == 0)
			remove_files(s, start_s, false);
	}
	pthread_mutex_unlock(&s->lock);
	if (r)
		unlink(made);
	return r;
}

void lsp_partition_clean(struct lsp_sqlite *s)
{
	struct dirent *entry;
	DIR *dir = opendir(s->dir);
	char path[4096];

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].sealed)
			remove_files(s, s->parts[i].start_s, false);
	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strncmp(dot, ".sealing", 8) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", s->dir, entry->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
}

/* ---- what is open of one --------------------------------------------------------------------- */

struct lsp_hot_index *lsp_partition_index(struct lsp_sqlite *s, size_t i)
{
	size_t bytes = 0;

	if (!s->parts[i].index)
		s->parts[i].index = lsp_hot_index_new();
	/* Many hot ones wait after an upgrade, and when more comes in than can be sealed: give up
	 * the oldest ones' memory. The files have all that is needed to make them again. */
	for (size_t k = s->n_parts; k-- > 0;) {
		struct lsp_partition *p = &s->parts[k];

		bytes += p->index ? lsp_hot_index_bytes(p->index) : 0;
		if (p->index && bytes > INDEX_BYTES && k != i) {
			close_reader(p);
			p->index = lsp_hot_index_free(p->index);
		}
	}
	return s->parts[i].index ? lsp_hot_index_ref(s->parts[i].index) : NULL;
}

void lsp_partition_limit_readers(struct lsp_sqlite *s)
{
	struct lsp_partition *oldest = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n_parts; i++) {
		struct lsp_partition *p = &s->parts[i];

		n += (p->reader != NULL) + (p->spare != NULL);
		if ((p->reader || p->spare) && (!oldest || p->used < oldest->used))
			oldest = p;
	}
	if (n >= READERS_MAX)
		close_reader(oldest);
}

static int open_reader(struct lsp_sqlite *s, size_t i)
{
	struct lsp_partition *p = &s->parts[i];
	int r;

	lsp_partition_limit_readers(s);
	r = lsp_partition_open(s, p->start_s, p->sealed, false, &p->reader);
	if (r && !p->sealed && lsp_partition_open(s, p->start_s, true, false, &p->reader) == 0) {
		/* It was sealed just now, by the process that writes. */
		forget_content(&(struct lsp_partition){ .index = p->index });
		p->index = NULL;
		p->sealed = true;
		r = 0;
	}
	if (r == 0 && !p->sealed && !p->index) {
		lsp_hot_index_free(lsp_partition_index(s, i));
		r = p->index ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = lsp_sqlite_errno(lsp_rows_attach(p->reader, p->sealed ? NULL : p->index));
	if (r)
		close_reader(p);
	return r;
}

sqlite3 *lsp_partition_reader(struct lsp_sqlite *s, size_t i)
{
	int r = 0;

	if (!s->parts[i].reader)
		r = open_reader(s, i);
	if (r == -EUCLEAN)
		lsp_partition_set_aside(s, i);
	if (r)
		return NULL;
	s->parts[i].used = ++s->clock;
	return s->parts[i].reader;
}

static void load_filter(struct lsp_sqlite *s, size_t i)
{
	struct lsp_partition *p = &s->parts[i];
	sqlite3_stmt *stmt = NULL;

	if (!lsp_partition_reader(s, i))
		return;
	if (sqlite3_prepare_v2(p->reader, "SELECT bits FROM trace_filter", -1, &stmt, NULL) ==
			SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		(void)lsp_bloom_load(&p->filter, sqlite3_column_blob(stmt, 0),
			(size_t)sqlite3_column_bytes(stmt, 0));
	sqlite3_finalize(stmt);
}

bool lsp_partition_may_hold(struct lsp_sqlite *s, size_t i, uint64_t tid_lo)
{
	uint64_t start_s = s->parts[i].start_s;

	if (!s->parts[i].sealed)
		return true;
	if (s->parts[i].filter.bytes == 0)
		load_filter(s, i);
	if (i >= s->n_parts || s->parts[i].start_s != start_s)
		return false; /* it was set aside */
	return lsp_bloom_maybe(&s->parts[i].filter, tid_lo);
}
