/* The embedded store: DIR/store/ with one SQLite file per hour of arrival. Private to this folder.
 *
 * One writer: a process that holds DIR/store/writer.lock; readers in any number, in it and in other
 * processes. In one process, `lock` guards the list of partitions and their read connections; the
 * write connection belongs to the writer's thread. */
#ifndef LSP_STORE_SQLITE_STORE_H
#define LSP_STORE_SQLITE_STORE_H

#include "../engine.h"
#include "origin_cache.h"

#include <pthread.h>
#include <sqlite3.h>

#define LSP_PARTITION_SECONDS 3600
#define LSP_SCHEMA_VERSION    1
#define LSP_ROW_BITS          40 /* of a row number: hours since the epoch above, rowid below */

struct lsp_partition {
	uint64_t start_s; /* of its hour */
	sqlite3 *reader;  /* NULL until first read */
};

struct lsp_sqlite {
	struct lsp_store base;
	char dir[3500];
	bool read_only;
	uint64_t retention_ns, max_disk_bytes;
	int lock_fd;

	pthread_mutex_t lock;
	struct lsp_partition *parts; /* oldest first */
	size_t n_parts, cap_parts;
	uint64_t set_aside;
	char set_aside_name[64];

	/* The writer's. */
	sqlite3 *writer;
	uint64_t writer_start_s;
	sqlite3_stmt *put_origin, *put_span, *put_log;
	struct lsp_origin_cache origins;
	uint64_t last_tick_s;
};

/* partition.c */
void lsp_partition_path(const struct lsp_sqlite *s, uint64_t start_s, char out[4096]);
/* Opens one file. Returns 0, -EUCLEAN when it is no database of ours or damaged, -EPROTO when its
 * schema is newer, other -errno. */
int lsp_partition_open(const struct lsp_sqlite *s, uint64_t start_s, bool write, sqlite3 **ret);
/* Brings the list up to date with the folder. Call with `lock` held. */
int lsp_partition_scan(struct lsp_sqlite *s);
/* The read connection of parts[i], or NULL: damaged ones are set aside. Call with `lock` held. */
sqlite3 *lsp_partition_reader(struct lsp_sqlite *s, size_t i);
/* Closes and removes parts[i] from disk. Call with `lock` held. */
void lsp_partition_remove(struct lsp_sqlite *s, size_t i);
/* Renames the file of parts[i] to *.corrupt and drops it from the list. Call with `lock` held. */
void lsp_partition_set_aside(struct lsp_sqlite *s, size_t i);
int lsp_sqlite_errno(int code);

/* write.c */
int lsp_sqlite_write(struct lsp_store *store, const struct lsp_batch *b);
void lsp_sqlite_close_writer(struct lsp_sqlite *s);

/* read_trace.c */
int lsp_sqlite_trace(struct lsp_store *store, const struct lsp_trace_key *key,
	struct lsp_trace **ret);
/* One row of LSP_LOG_COLUMNS into l. */
void lsp_sqlite_log_row(sqlite3_stmt *stmt, struct lsp_log *l);
#define LSP_LOG_COLUMNS                                                                            \
	"l.tid_hi, l.tid_lo, l.span_id, l.time_ns, l.severity, l.intake, l.source, l.pid, l.tid, " \
	"l.body, l.encoded, o.service, o.resource, l.row"

/* read_logs.c, read_search.c */
int lsp_sqlite_logs(struct lsp_store *store, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row);
int lsp_sqlite_search(struct lsp_store *store, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg);
int lsp_sqlite_services(struct lsp_store *store, int (*each)(void *arg, const char *service),
	void *arg);

#endif
