/* One batch, one transaction. In WAL mode with synchronous=NORMAL a committed transaction survives
 * the death of the process; a power cut can take what came after the last checkpoint. */
#include "sqlite_store.h"

#include <errno.h>
#include <time.h>

static uint64_t big_endian(const uint8_t *b)
{
	uint64_t value;

	memcpy(&value, b, sizeof(value));
	return __builtin_bswap64(value);
}

static void bind_id(sqlite3_stmt *stmt, int column, const uint8_t *id)
{
	sqlite3_bind_int64(stmt, column, (sqlite3_int64)big_endian(id));
}

static void bind_text(sqlite3_stmt *stmt, int column, struct lsp_slice s)
{
	sqlite3_bind_text64(stmt, column, s.at ? s.at : "", s.len, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_blob(sqlite3_stmt *stmt, int column, struct lsp_slice s)
{
	sqlite3_bind_blob64(stmt, column, s.at ? s.at : "", s.len, SQLITE_STATIC);
}

void lsp_sqlite_close_writer(struct lsp_sqlite *s)
{
	sqlite3_finalize(s->put_origin);
	sqlite3_finalize(s->put_span);
	sqlite3_finalize(s->put_log);
	sqlite3_close(s->writer);
	s->put_origin = s->put_span = s->put_log = NULL;
	s->writer = NULL;
	s->writer_index = lsp_hot_index_free(s->writer_index);
}

static int prepare(struct lsp_sqlite *s)
{
	int code = sqlite3_prepare_v3(s->writer,
		"INSERT INTO origin(service, resource, scope) VALUES(?, ?, ?)", -1,
		SQLITE_PREPARE_PERSISTENT, &s->put_origin, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v3(s->writer,
			"INSERT INTO span(tid_hi, tid_lo, span_id, parent_id, start_ns, end_ns, "
			"kind, "
			"status, intake, origin, name, encoded) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
			-1, SQLITE_PREPARE_PERSISTENT, &s->put_span, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v3(s->writer,
			"INSERT INTO log(tid_hi, tid_lo, span_id, time_ns, severity, intake, "
			"source, "
			"pid, tid, origin, body, encoded) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
			-1, SQLITE_PREPARE_PERSISTENT, &s->put_log, NULL);
	return lsp_sqlite_errno(code);
}

static uint64_t hour_of(uint64_t s)
{
	return s / LSP_PARTITION_SECONDS;
}

/* Where rows that come now belong: the newest partition, while its hour lasts and nobody seals it;
 * else a new one, behind all others also when the clock was set back. Call with `lock` held. */
static uint64_t choose_start(const struct lsp_sqlite *s, uint64_t now_s)
{
	const struct lsp_partition *newest = s->n_parts ? &s->parts[s->n_parts - 1] : NULL;

	if (!newest)
		return hour_of(now_s) * LSP_PARTITION_SECONDS;
	if (newest->start_s > now_s || hour_of(newest->start_s) == hour_of(now_s))
		return newest->sealed || newest->start_s < s->seal_below_s || s->writer
			       ? newest->start_s + 1 > now_s ? newest->start_s + 1 : now_s
			       : newest->start_s;
	return hour_of(now_s) * LSP_PARTITION_SECONDS;
}

static uint64_t count_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	uint64_t n = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* Puts the opened partition on the list, and takes hold of its index. */
static int enlist(struct lsp_sqlite *s, uint64_t start_s)
{
	size_t i;
	int r;

	pthread_mutex_lock(&s->lock);
	s->scanned = false;
	r = lsp_partition_scan(s);
	i = lsp_partition_find(s, start_s);
	if (r == 0 && i == s->n_parts)
		r = -EAGAIN;
	if (r == 0) {
		s->writer_index = lsp_partition_index(s, i);
		r = s->writer_index ? 0 : -ENOMEM;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* A damaged partition is set aside, and a new one begun. */
static int open_partition(struct lsp_sqlite *s, uint64_t start_s)
{
	int r = lsp_partition_open(s, start_s, false, true, &s->writer);

	if (r == -EUCLEAN) {
		size_t i;

		pthread_mutex_lock(&s->lock);
		s->scanned = false;
		(void)lsp_partition_scan(s);
		i = lsp_partition_find(s, start_s);
		if (i < s->n_parts)
			lsp_partition_set_aside(s, i);
		pthread_mutex_unlock(&s->lock);
		r = lsp_partition_open(s, start_s, false, true, &s->writer);
	}
	if (r == 0)
		r = enlist(s, start_s);
	return r ? r : prepare(s);
}

static bool is_full(const struct lsp_sqlite *s)
{
	return s->writer_rows >= s->partition_rows || s->writer_bytes >= s->partition_bytes;
}

static int open_writer(struct lsp_sqlite *s)
{
	uint64_t now_s = (uint64_t)time(NULL), start_s;
	int r;

	if (s->writer && !is_full(s) &&
		(hour_of(s->writer_start_s) == hour_of(now_s) || s->writer_start_s > now_s))
		return 0;
	pthread_mutex_lock(&s->lock);
	r = lsp_partition_scan(s);
	start_s = choose_start(s, now_s);
	pthread_mutex_unlock(&s->lock);
	if (r)
		return r;
	lsp_sqlite_close_writer(s);
	lsp_origin_cache_clear(&s->origins);
	r = open_partition(s, start_s);
	if (r) {
		lsp_sqlite_close_writer(s);
		return r;
	}
	s->writer_start_s = start_s;
	s->writer_rows = count_of(s->writer, "SELECT (SELECT ifnull(max(row), 0) FROM span) + "
					     "(SELECT ifnull(max(row), 0) FROM log)");
	s->writer_bytes = count_of(s->writer, "PRAGMA page_count") * 4096;
	return 0;
}

static int origin_id(struct lsp_sqlite *s, const struct lsp_origin *o, int64_t *ret)
{
	size_t slot;
	int code;

	*ret = lsp_origin_cache_find(&s->origins, o, &slot);
	if (*ret)
		return 0;
	bind_text(s->put_origin, 1, o->service);
	bind_blob(s->put_origin, 2, o->resource);
	bind_blob(s->put_origin, 3, o->scope);
	code = sqlite3_step(s->put_origin);
	sqlite3_reset(s->put_origin);
	if (code != SQLITE_DONE)
		return lsp_sqlite_errno(code);
	*ret = sqlite3_last_insert_rowid(s->writer);
	lsp_origin_cache_put(&s->origins, o, slot, *ret);
	return 0;
}

static int put_span(struct lsp_sqlite *s, const struct lsp_span_row *row, int64_t origin)
{
	sqlite3_stmt *stmt = s->put_span;
	int code;

	bind_id(stmt, 1, row->trace_id);
	bind_id(stmt, 2, row->trace_id + 8);
	bind_id(stmt, 3, row->span_id);
	bind_id(stmt, 4, row->parent_span_id);
	sqlite3_bind_int64(stmt, 5, (sqlite3_int64)row->start_ns);
	sqlite3_bind_int64(stmt, 6, (sqlite3_int64)row->end_ns);
	sqlite3_bind_int(stmt, 7, row->kind);
	sqlite3_bind_int(stmt, 8, row->status);
	sqlite3_bind_int(stmt, 9, row->intake);
	sqlite3_bind_int64(stmt, 10, origin);
	bind_text(stmt, 11, row->name);
	bind_blob(stmt, 12, row->encoded);
	code = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : lsp_sqlite_errno(code);
}

static int put_log(struct lsp_sqlite *s, const struct lsp_log_row *row, int64_t origin)
{
	sqlite3_stmt *stmt = s->put_log;
	int code;

	bind_id(stmt, 1, row->trace_id);
	bind_id(stmt, 2, row->trace_id + 8);
	bind_id(stmt, 3, row->span_id);
	sqlite3_bind_int64(stmt, 4, (sqlite3_int64)row->time_ns);
	sqlite3_bind_int(stmt, 5, row->severity);
	sqlite3_bind_int(stmt, 6, row->intake);
	sqlite3_bind_int(stmt, 7, row->context_source);
	sqlite3_bind_int64(stmt, 8, row->pid);
	sqlite3_bind_int64(stmt, 9, row->tid);
	sqlite3_bind_int64(stmt, 10, origin);
	bind_text(stmt, 11, row->body);
	bind_blob(stmt, 12, row->encoded);
	code = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : lsp_sqlite_errno(code);
}

static int put_rows(struct lsp_sqlite *s, const struct lsp_batch *b, int64_t *ret_first_span,
	int64_t *ret_first_log)
{
	int64_t origin;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->n_spans; i++) {
		r = origin_id(s, &b->origins[b->spans[i].origin], &origin);
		if (r == 0)
			r = put_span(s, &b->spans[i], origin);
		if (i == 0)
			*ret_first_span = sqlite3_last_insert_rowid(s->writer);
	}
	for (size_t i = 0; r == 0 && i < b->n_logs; i++) {
		r = origin_id(s, &b->origins[b->logs[i].origin], &origin);
		if (r == 0)
			r = put_log(s, &b->logs[i], origin);
		if (i == 0)
			*ret_first_log = sqlite3_last_insert_rowid(s->writer);
	}
	return r;
}

/* Row numbers of a table go up by one, and only this thread adds to it. */
static void feed_index(struct lsp_sqlite *s, const struct lsp_batch *b, int64_t span, int64_t log)
{
	/* Without memory rows are left out, and a look-up fills the index from the file. */
	for (size_t i = 0; i < b->n_spans; i++)
		(void)lsp_hot_index_add(s->writer_index, LSP_ROWS_SPAN,
			(uint32_t)span + (uint32_t)i, big_endian(b->spans[i].trace_id + 8));
	for (size_t i = 0; i < b->n_logs; i++)
		(void)lsp_hot_index_add(s->writer_index, LSP_ROWS_LOG, (uint32_t)log + (uint32_t)i,
			big_endian(b->logs[i].trace_id + 8));
	s->writer_rows += b->n_spans + b->n_logs;
	for (size_t i = 0; i < b->n_spans; i++)
		s->writer_bytes += b->spans[i].encoded.len + b->spans[i].name.len + 80;
	for (size_t i = 0; i < b->n_logs; i++)
		s->writer_bytes += b->logs[i].encoded.len + b->logs[i].body.len + 80;
}

int lsp_sqlite_write(struct lsp_store *store, const struct lsp_batch *b)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	int64_t first_span = 0, first_log = 0;
	int r;

	if (s->read_only)
		return -EROFS;
	if (b->n_spans == 0 && b->n_logs == 0)
		return 0;
	r = open_writer(s);
	if (r == 0)
		r = lsp_sqlite_errno(sqlite3_exec(s->writer, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	if (r)
		return r;
	r = put_rows(s, b, &first_span, &first_log);
	if (r == 0)
		r = lsp_sqlite_errno(sqlite3_exec(s->writer, "COMMIT", NULL, NULL, NULL));
	if (r) {
		(void)sqlite3_exec(s->writer, "ROLLBACK", NULL, NULL, NULL);
		lsp_origin_cache_clear(&s->origins); /* its newest rows are gone */
		if (r == -EUCLEAN)
			lsp_sqlite_close_writer(s); /* the next write sets it aside */
		return r;
	}
	feed_index(s, b, first_span, first_log);
	return 0;
}
