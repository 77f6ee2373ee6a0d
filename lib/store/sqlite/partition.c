/* Files of the store: their names, opening them. */
#include "sqlite_store.h"

#include "schema.h"

#include <errno.h>
#include <stdio.h>
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
	case SQLITE_INTERRUPT:
		return -ETIMEDOUT;
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

/* 20261123T210000Z.db, 20261123T210000Z.sealed.db */
static void format_name(uint64_t start_s, bool sealed, char out[64])
{
	time_t t = (time_t)start_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 64, sealed ? "%Y%m%dT%H%M%SZ.sealed.db" : "%Y%m%dT%H%M%SZ.db", &tm);
}

bool lsp_partition_parse_name(const char *name, uint64_t *ret_start_s, bool *ret_sealed)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *end = strptime(name, "%Y%m%dT%H%M%SZ", &tm);

	if (!end || (strcmp(end, ".db") != 0 && strcmp(end, ".sealed.db") != 0))
		return false;
	*ret_sealed = strcmp(end, ".db") != 0;
	*ret_start_s = (uint64_t)timegm(&tm);
	return true;
}

void lsp_partition_path(const struct lsp_sqlite *s, uint64_t start_s, bool sealed, char out[4096])
{
	char name[64];

	format_name(start_s, sealed, name);
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

/* Makes the tables of a new file. */
static int make_schema(sqlite3 *db)
{
	char version[64];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(db, lsp_schema_hot, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, lsp_schema_unpacked, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, lsp_schema_views, NULL, NULL, NULL);
	snprintf(version, sizeof(version), "PRAGMA user_version = %d", LSP_SCHEMA_VERSION);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, version, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return lsp_sqlite_errno(code);
}

static int set_up(sqlite3 *db, bool write, bool sync_full)
{
	static const char for_writing[] = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
					  "PRAGMA synchronous = NORMAL;"
					  "PRAGMA cache_size = -" WRITE_CACHE_KIB ";"
					  "PRAGMA wal_autocheckpoint = 2000";
	int version = 0, code, r;

	sqlite3_busy_timeout(db, 5000);
	code = sqlite3_exec(
		db, write ? for_writing : "PRAGMA cache_size = -" READ_CACHE_KIB, NULL, NULL, NULL);
	if (code == SQLITE_OK && sync_full)
		code = sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
	r = lsp_sqlite_errno(code);
	if (r == 0)
		r = version_of(db, &version);
	if (r)
		return r;
	if (version > LSP_SCHEMA_VERSION)
		return -EPROTO;
	if (write && version == 0)
		return make_schema(db);
	if (write && version < LSP_SCHEMA_VERSION)
		return -ESTALE;
	return version == 0 ? -EAGAIN : 0;
}

int lsp_partition_open(
	const struct lsp_sqlite *s, uint64_t start_s, bool sealed, bool write, sqlite3 **ret)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
	char path[4096], uri[4200];
	sqlite3 *db = NULL;
	int r;

	lsp_partition_path(s, start_s, sealed, path);
	if (write && access(path, F_OK) && access(s->dir, W_OK))
		return -errno;
	r = lsp_sqlite_errno(sqlite3_open_v2(path, &db, flags, NULL));
	if (r == 0)
		r = set_up(db, write, s->sync_full);
	if (r == -EACCES && !write) {
		/* A read-only file system, or another user's store: read it as it lies there. */
		sqlite3_close(db);
		snprintf(uri, sizeof(uri), "file:%s?immutable=1", path);
		r = lsp_sqlite_errno(sqlite3_open_v2(uri, &db,
			SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL));
		if (r == 0)
			r = set_up(db, false, false);
	}
	if (r) {
		sqlite3_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

uint64_t lsp_partition_count(sqlite3 *db, enum lsp_rows_kind kind)
{
	const char *table = lsp_rows_layouts[kind].table;
	sqlite3_stmt *stmt = NULL;
	char sql[128];
	uint64_t n = 0;
	int code;

	sqlite3_snprintf(sizeof(sql), sql, "SELECT sum(n) FROM main.%s_block", table);
	code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (code == SQLITE_ERROR) { /* plain tables, whose last row has the number of rows */
		sqlite3_snprintf(sizeof(sql), sql, "SELECT max(row) FROM main.%s", table);
		code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	}
	if (code == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}
