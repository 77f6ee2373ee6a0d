/* Files of the store: their names, opening them, setting damaged ones aside. */
#include "sqlite_store.h"

#include "schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define READ_CACHE_KIB  "512"
#define WRITE_CACHE_KIB "8192"

int lsp_sqlite_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EAGAIN;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	default:
		return -EIO;
	}
}

/* 20261123T210000Z.db */
static void format_name(uint64_t start_s, char out[32])
{
	time_t t = (time_t)start_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y%m%dT%H%M%SZ.db", &tm);
}

static bool parse_name(const char *name, uint64_t *ret_start_s)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *end = strptime(name, "%Y%m%dT%H%M%SZ.db", &tm);

	if (!end || *end)
		return false;
	*ret_start_s = (uint64_t)timegm(&tm);
	return true;
}

void lsp_partition_path(const struct lsp_sqlite *s, uint64_t start_s, char out[4096])
{
	char name[32];

	format_name(start_s, name);
	snprintf(out, 4096, "%s/%s", s->dir, name);
}

/* ---- opening
 * ------------------------------------------------------------------------------------- */

static int version_of(sqlite3 *db, int *ret)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW ? 0 : lsp_sqlite_errno(code);
}

static int make_schema(sqlite3 *db)
{
	char version[64];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(db, lsp_schema, NULL, NULL, NULL);
	snprintf(version, sizeof(version), "PRAGMA user_version = %d", LSP_SCHEMA_VERSION);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, version, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return lsp_sqlite_errno(code);
}

static int set_up(sqlite3 *db, bool write)
{
	static const char for_writing[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
					  "PRAGMA cache_size = -" WRITE_CACHE_KIB ";"
					  "PRAGMA wal_autocheckpoint = 4000";
	int version = 0, code, r;

	sqlite3_busy_timeout(db, 5000);
	code = sqlite3_exec(
		db, write ? for_writing : "PRAGMA cache_size = -" READ_CACHE_KIB, NULL, NULL, NULL);
	r = lsp_sqlite_errno(code);
	if (r == 0)
		r = version_of(db, &version);
	if (r)
		return r;
	if (version > LSP_SCHEMA_VERSION)
		return -EPROTO;
	if (version == 0)
		return write ? make_schema(db) : -EAGAIN;
	return 0;
}

int lsp_partition_open(const struct lsp_sqlite *s, uint64_t start_s, bool write, sqlite3 **ret)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
	char path[4096], uri[4200];
	sqlite3 *db = NULL;
	int r;

	lsp_partition_path(s, start_s, path);
	if (write && access(path, F_OK) && access(s->dir, W_OK))
		return -errno;
	r = lsp_sqlite_errno(sqlite3_open_v2(path, &db, flags, NULL));
	if (r == 0)
		r = set_up(db, write);
	if (r == -EACCES && !write) {
		/* A read-only file system, or another user's store: read it as it lies there. */
		sqlite3_close(db);
		snprintf(uri, sizeof(uri), "file:%s?immutable=1", path);
		r = lsp_sqlite_errno(sqlite3_open_v2(uri, &db,
			SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL));
		if (r == 0)
			r = set_up(db, false);
	}
	if (r) {
		sqlite3_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

/* ---- the list
 * ------------------------------------------------------------------------------------ */

static int insert(struct lsp_sqlite *s, uint64_t start_s)
{
	size_t at = s->n_parts;

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].start_s == start_s)
			return 0;
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
	s->parts[at] = (struct lsp_partition){ start_s, NULL };
	s->n_parts++;
	return 0;
}

static void forget(struct lsp_sqlite *s, size_t i)
{
	sqlite3_close(s->parts[i].reader);
	memmove(&s->parts[i], &s->parts[i + 1], (s->n_parts - i - 1) * sizeof(*s->parts));
	s->n_parts--;
}

int lsp_partition_scan(struct lsp_sqlite *s)
{
	DIR *dir = opendir(s->dir);
	struct dirent *entry;
	char path[4096];
	uint64_t start_s;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (parse_name(entry->d_name, &start_s))
			r = insert(s, start_s);
	closedir(dir);
	for (size_t i = s->n_parts; i-- > 0;) {
		lsp_partition_path(s, s->parts[i].start_s, path);
		if (access(path, F_OK))
			forget(s, i); /* retention, by another process */
	}
	return r;
}

static void remove_beside(const char *path, const char *suffix)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	unlink(name);
}

void lsp_partition_remove(struct lsp_sqlite *s, size_t i)
{
	char path[4096];

	lsp_partition_path(s, s->parts[i].start_s, path);
	forget(s, i);
	unlink(path);
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
}

void lsp_partition_set_aside(struct lsp_sqlite *s, size_t i)
{
	char path[4096], aside[4200];

	lsp_partition_path(s, s->parts[i].start_s, path);
	format_name(s->parts[i].start_s, s->set_aside_name);
	s->set_aside++;
	forget(s, i);
	if (s->read_only)
		return;
	snprintf(aside, sizeof(aside), "%s.corrupt", path);
	rename(path, aside);
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
}

sqlite3 *lsp_partition_reader(struct lsp_sqlite *s, size_t i)
{
	int r;

	if (s->parts[i].reader)
		return s->parts[i].reader;
	r = lsp_partition_open(s, s->parts[i].start_s, false, &s->parts[i].reader);
	if (r == -EUCLEAN || r == -EPROTO)
		s->parts[i].reader = NULL;
	if (r == -EUCLEAN)
		lsp_partition_set_aside(s, i);
	return r ? NULL : s->parts[i].reader;
}
