/* The embedded store: DIR/store/ with one SQLite file per partition, by time of arrival. Private to
 * this folder. The newest partition is hot: blocks of rows, appended. When its hour is over, or it
 * holds enough, the next one begins and it is sealed (seal.h) by a thread of its own.
 *
 * One writer: a process that holds DIR/store/writer.lock; readers in any number, in it and in other
 * processes. In one process, `lock` guards the list of partitions and their read connections; the
 * write connection belongs to the writer's thread. */
#ifndef LSP_STORE_SQLITE_STORE_H
#define LSP_STORE_SQLITE_STORE_H

#include "../engine.h"
#include "bloom.h"
#include "hot_blocks.h"
#include "hot_index.h"
#include "origin_cache.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define LSP_PARTITION_SECONDS 3600
#define LSP_PARTITION_ROWS    1000000
#define LSP_PARTITION_BYTES   (512u * 1024 * 1024)
#define LSP_SCHEMA_VERSION    5
#define LSP_ROW_BITS          32 /* of a row number: the partition's start above, rowid below */

struct lsp_partition {
	uint64_t start_s; /* no two have the same */
	bool sealed;
	sqlite3 *reader; /* NULL until first read */
	sqlite3 *spare; /* of the passes (pass.h); NULL while one uses it */
	uint64_t used; /* of both, for closing the one that was used longest ago */
	struct lsp_hot_index *index; /* of a hot one, NULL until needed */
	struct lsp_bloom filter; /* of a sealed one, empty until needed */
};

struct lsp_sqlite {
	struct lsp_store base;
	char dir[3500];
	bool read_only, sync_full;
	uint64_t retention_ns, max_disk_bytes, query_limit_ns;
	const _Atomic bool *hurry;
	int lock_fd;

	pthread_mutex_t lock;
	struct lsp_partition *parts; /* oldest first */
	size_t n_parts, cap_parts;
	uint64_t set_aside;
	char set_aside_name[64];
	bool scanned; /* a store that writes knows its own changes */
	uint64_t clock;
	uint64_t seal_below_s; /* hot partitions that began before are to be sealed */

	/* The sealing thread's, and the writer's who starts and joins it. */
	pthread_t sealer;
	bool has_sealer;
	atomic_bool sealer_done, stop;
	_Atomic int seal_error;
	uint64_t seal_after_s; /* not before: after a failure */

	/* The writer's. */
	sqlite3 *writer;
	uint64_t writer_start_s, writer_rows, writer_bytes;
	uint64_t partition_rows, partition_bytes; /* then the next one begins */
	struct lsp_hot_index *writer_index;
	sqlite3_stmt *put_origin;
	struct lsp_hot_blocks blocks[LSP_ROWS_KINDS];
	struct lsp_origin_cache origins;
	uint64_t last_tick_s;
	bool unsynced; /* rows were written since the last sync_log() */
};

/* partition.c */
void lsp_partition_path(const struct lsp_sqlite *s, uint64_t start_s, bool sealed, char out[4096]);
/* Reads the name of a file. Returns whether it is a partition's. */
bool lsp_partition_parse_name(const char *name, uint64_t *ret_start_s, bool *ret_sealed);
/* Opens one file; only a hot one for writing. Returns 0, -EUCLEAN when it is no database of ours or
 * damaged, -EPROTO when its schema is newer, -ESTALE when it is older and cannot be written any
 * more, other -errno. */
int lsp_partition_open(
	const struct lsp_sqlite *s, uint64_t start_s, bool sealed, bool write, sqlite3 **ret);
/* How many rows of a kind a partition holds. */
uint64_t lsp_partition_count(sqlite3 *db, enum lsp_rows_kind kind);
/* partition_list.c: brings the list up to date with the folder. Call with `lock` held. */
int lsp_partition_scan(struct lsp_sqlite *s);
/* The read connection of parts[i], with the tables of rows.h, until the next call; NULL when it
 * cannot be read: damaged ones are set aside. Call with `lock` held. */
sqlite3 *lsp_partition_reader(struct lsp_sqlite *s, size_t i);
/* Closes connections that were not used for long when there are many. Call with `lock` held. */
void lsp_partition_limit_readers(struct lsp_sqlite *s);
/* Whether parts[i] may hold rows of a trace; false is certain. Call with `lock` held. */
bool lsp_partition_may_hold(struct lsp_sqlite *s, size_t i, uint64_t tid_lo);
/* The index of parts[i], a hot one, with a reference for the caller; NULL without memory. Call with
 * `lock` held. */
struct lsp_hot_index *lsp_partition_index(struct lsp_sqlite *s, size_t i);
/* Puts the sealed file, made at the path of lsp_partition_path() and ".sealing", in the place of
 * the hot one of that start. Returns 0, -ENOENT when that is gone, other -errno. */
int lsp_partition_swap(struct lsp_sqlite *s, uint64_t start_s);
/* Removes what a death in the middle of sealing left. For the one that writes, at its start. */
void lsp_partition_clean(struct lsp_sqlite *s);
/* Where the partition of that start is in the list, n_parts when it is not. */
size_t lsp_partition_find(const struct lsp_sqlite *s, uint64_t start_s);
/* Closes and removes parts[i] from disk. Call with `lock` held. */
void lsp_partition_remove(struct lsp_sqlite *s, size_t i);
/* Renames the file of parts[i] to *.corrupt and drops it from the list. Call with `lock` held. */
void lsp_partition_set_aside(struct lsp_sqlite *s, size_t i);
int lsp_sqlite_errno(int code);

/* write.c */
int lsp_sqlite_write(struct lsp_store *store, const struct lsp_batch *b);
void lsp_sqlite_close_writer(struct lsp_sqlite *s);

/* tick.c */
void lsp_sqlite_tick(struct lsp_store *store, uint64_t now_ns);
void lsp_sqlite_stop_sealer(struct lsp_sqlite *s);
uint64_t lsp_partition_disk_bytes(const struct lsp_sqlite *s, size_t i);

/* read_trace.c */
int lsp_sqlite_trace(
	struct lsp_store *store, const struct lsp_trace_key *key, struct lsp_trace **ret);
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
/* read_operation.c */
int lsp_sqlite_operation(struct lsp_store *store, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg);
/* read_scan.c */
int lsp_sqlite_scan(struct lsp_store *store, const struct lsp_scan *q);
int lsp_sqlite_services(
	struct lsp_store *store, int (*each)(void *arg, const char *service), void *arg);

#endif
