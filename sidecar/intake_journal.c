#include "intake_journal.h"
#include "journal_lib.h"
#include "pending.h"
#include "write_wait.h"
#include "../lib/wire/journal.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCAL_ONLY    1 /* SD_JOURNAL_LOCAL_ONLY */
#define BATCH_ENTRIES 5000
#define BATCH_BYTES   (4u * 1024 * 1024)
#define PAUSE_US      200000u
#define CURSOR_BYTES  512
#define DRAIN_ROUNDS  1000

struct lsp_journal_intake {
	struct lsp_journal_config config;
	struct lsp_journal_lib lib;
	sd_journal *journal;
	bool placed; /* the reader stands behind what was read; else it is to be put there */
	struct lsp_syslog_scratch scratch;
	struct lsp_pending pending;
	char cursor_path[PATH_MAX];
	char cursor[CURSOR_BYTES]; /* of the last entry that is stored, or "" */
	pthread_t thread;
	_Atomic bool stopping;
};

static void pause_us(uint64_t us)
{
	struct timespec t = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };
	nanosleep(&t, NULL);
}

/* ---- the place ------------------------------------------------------------------------------- */

static void load_cursor(struct lsp_journal_intake *j)
{
	FILE *f = fopen(j->cursor_path, "re");
	if (f && fgets(j->cursor, sizeof(j->cursor), f))
		j->cursor[strcspn(j->cursor, "\n")] = 0;
	if (f)
		fclose(f);
}

static int save_cursor(const struct lsp_journal_intake *j)
{
	char beside[PATH_MAX + 8];
	snprintf(beside, sizeof(beside), "%s.new", j->cursor_path);
	FILE *f = fopen(beside, "we");
	if (!f)
		return -errno;
	bool bad = fprintf(f, "%s\n", j->cursor) < 0 || fflush(f) || fdatasync(fileno(f));
	fclose(f);
	return bad || rename(beside, j->cursor_path) ? -EIO : 0;
}

/* To the first entry that is to be read. Returns true when the reader stands on it. */
static bool seek(struct lsp_journal_intake *j)
{
	struct timespec now;
	if (j->cursor[0]) {
		if (j->lib.seek_cursor(j->journal, j->cursor) < 0 || j->lib.next(j->journal) <= 0)
			return false;
		/* The entry itself was stored; when it is gone this is the one behind it. */
		return j->lib.test_cursor(j->journal, j->cursor) <= 0 ||
		       j->lib.next(j->journal) > 0;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t us = (uint64_t)now.tv_sec * 1000000, kept = j->config.retention_ns / 1000;
	int rc = kept && kept < us ? j->lib.seek_realtime_usec(j->journal, us - kept)
				   : j->lib.seek_head(j->journal);
	return rc >= 0 && j->lib.next(j->journal) > 0;
}

/* ---- entries --------------------------------------------------------------------------------- */

static int take_entry(struct lsp_journal_intake *j, struct lsp_batch *b)
{
	struct lsp_journal_entry entry;
	uint64_t us = 0;
	const void *at;
	size_t n;
	int rc = 0;
	(void)j->lib.get_realtime_usec(j->journal, &us);
	lsp_journal_entry_init(&entry, us * 1000);
	j->lib.restart_data(j->journal);
	while (rc == 0 && j->lib.enumerate_data(j->journal, &at, &n) > 0)
		rc = lsp_journal_entry_field(&entry, b, (struct lsp_slice){ at, n });
	return rc ? rc : lsp_journal_take(b, &j->scratch, &entry);
}

/* Returns how many entries were read; ret_cursor is the last one's. */
static size_t read_entries(
	struct lsp_journal_intake *j, struct lsp_batch *b, char ret_cursor[CURSOR_BYTES])
{
	char *cursor = NULL;
	size_t n = 0;
	bool there = j->placed ? j->lib.next(j->journal) > 0 : seek(j);
	j->placed = true;
	if (!there)
		return 0;
	do {
		if (take_entry(j, b))
			break;
		free(cursor);
		cursor = NULL;
		n += j->lib.get_cursor(j->journal, &cursor) >= 0;
	} while (cursor && n < BATCH_ENTRIES && b->bytes < BATCH_BYTES &&
		 j->lib.next(j->journal) > 0);
	if (!cursor || strlen(cursor) >= CURSOR_BYTES)
		n = 0;
	else
		strcpy(ret_cursor, cursor);
	free(cursor);
	return n;
}

/* Returns true when more may be waiting. */
static bool read_once(struct lsp_journal_intake *j)
{
	char cursor[CURSOR_BYTES];
	struct lsp_batch b;
	lsp_batch_init(&b);
	size_t n = read_entries(j, &b, cursor);
	uint64_t logs = b.n_logs;
	int rc = 0;
	lsp_pending_drop_stored(&j->pending, &b);
	lsp_twice_drop(j->config.twice, &b);
	if (n && b.n_logs) {
		(void)lsp_pending_begin(&j->pending, &b, 0);
		rc = lsp_write_wait(j->config.writer, &b);
	}
	if (n && rc == 0) {
		lsp_count(j->config.counters, LSP_SERVED_RECEIVED_LOGS, logs);
		strcpy(j->cursor, cursor);
		if (save_cursor(j) == 0)
			lsp_pending_done(&j->pending);
	} else if (rc)
		j->placed = false; /* it is read again */
	if (n == 0)
		lsp_pending_recovered(&j->pending);
	lsp_batch_release(&b);
	return rc == 0 && n > 0;
}

static void *run(void *arg)
{
	struct lsp_journal_intake *j = arg;
	while (!atomic_load(&j->stopping)) {
		if (read_once(j))
			continue;
		/* It also takes notice of new files; of files that are named it may say at once
		 * that nothing changes. */
		if (j->lib.wait(j->journal, PAUSE_US) != 0 || j->config.path)
			pause_us(PAUSE_US / 10);
	}
	for (int i = 0; i < DRAIN_ROUNDS && read_once(j); i++)
		;
	return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int open_journal(struct lsp_journal_intake *j)
{
	const char *path = j->config.path, *files[] = { path, NULL };
	struct stat st;
	int rc = lsp_journal_lib_open(&j->lib);
	if (rc)
		return rc;
	if (!path)
		return j->lib.open(&j->journal, LOCAL_ONLY);
	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? j->lib.open_directory(&j->journal, path, 0)
				   : j->lib.open_files(&j->journal, files, 0);
}

static void release(struct lsp_journal_intake *j)
{
	if (j->journal)
		j->lib.close(j->journal);
	lsp_pending_close(&j->pending);
	lsp_syslog_scratch_release(&j->scratch);
	free(j);
}

int lsp_journal_intake_new(struct lsp_journal_intake **ret, const struct lsp_journal_config *config)
{
	struct lsp_journal_intake *j = calloc(1, sizeof(*j));
	char note[PATH_MAX];
	if (!j)
		return -ENOMEM;
	j->config = *config;
	j->pending.fd = -1;
	lsp_syslog_scratch_init(&j->scratch);
	int rc = open_journal(j);
	if (snprintf(j->cursor_path, sizeof(j->cursor_path), "%s/journal.cursor",
		    config->data_dir) >= (int)sizeof(j->cursor_path) ||
		snprintf(note, sizeof(note), "%s/journal.pending", config->data_dir) >=
			(int)sizeof(note))
		rc = -ENAMETOOLONG;
	rc = rc < 0 ? rc : lsp_pending_open(&j->pending, note, config->store, LSP_INTAKE_JOURNAL);
	if (rc == 0) {
		load_cursor(j);
		rc = -pthread_create(&j->thread, NULL, run, j);
	}
	if (rc) {
		release(j);
		return rc;
	}
	*ret = j;
	return 0;
}

struct lsp_journal_intake *lsp_journal_intake_free(struct lsp_journal_intake *j)
{
	if (!j)
		return NULL;
	atomic_store(&j->stopping, true);
	pthread_join(j->thread, NULL);
	release(j);
	return NULL;
}
