/* One batch, one transaction. In WAL mode with synchronous=NORMAL a committed transaction survives
 * the death of the process; the log is synced once a second (tick.c), so a power cut can take what
 * came after. With sync_full each transaction is synced. */
#include "sqlite_store.h"

#include <errno.h>
#include <time.h>

#define INDEX_ROWS 256 /* at a time */

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
	s->put_origin = NULL;
	for (int kind = 0; kind < LSP_ROWS_KINDS; kind++)
		lsp_hot_blocks_release(&s->blocks[kind]);
	sqlite3_close(s->writer);
	s->writer = NULL;
	s->writer_index = lsp_hot_index_free(s->writer_index);
}

static int prepare(struct lsp_sqlite *s)
{
	int code = sqlite3_prepare_v3(s->writer,
		"INSERT INTO origin(service, resource, scope) VALUES(?, ?, ?)", -1,
		SQLITE_PREPARE_PERSISTENT, &s->put_origin, NULL);

	int r = lsp_sqlite_errno(code);

	for (int kind = 0; r == 0 && kind < LSP_ROWS_KINDS; kind++)
		r = lsp_hot_blocks_init(&s->blocks[kind], kind, s->writer);
	return r;
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
	while ((r = open_partition(s, start_s)) == -ESTALE)
		start_s++; /* an older version's: it is sealed as it is */
	if (r) {
		lsp_sqlite_close_writer(s);
		return r;
	}
	s->writer_start_s = start_s;
	s->writer_rows = (uint64_t)(s->blocks[LSP_ROWS_SPAN].next_row - 1) +
			 (uint64_t)(s->blocks[LSP_ROWS_LOG].next_row - 1);
	s->writer_bytes =
		count_of(s->writer, "PRAGMA page_count") * count_of(s->writer, "PRAGMA page_size");
	return 0;
}

/* Rows of one origin mostly follow each other. */
struct last_origin {
	uint32_t index;
	int64_t id; /* 0: none yet */
};

static int find_origin(struct lsp_sqlite *s, const struct lsp_origin *o, int64_t *ret)
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

static int origin_id(
	struct lsp_sqlite *s, const struct lsp_batch *b, uint32_t index, struct last_origin *last)
{
	if (last->id && last->index == index)
		return 0;
	last->index = index;
	return find_origin(s, &b->origins[index], &last->id);
}

static int put_rows(struct lsp_sqlite *s, const struct lsp_batch *b)
{
	struct lsp_hot_blocks *spans = &s->blocks[LSP_ROWS_SPAN], *logs = &s->blocks[LSP_ROWS_LOG];
	struct last_origin origin = { .id = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->n_spans; i++) {
		r = origin_id(s, b, b->spans[i].origin, &origin);
		if (r == 0)
			r = lsp_hot_blocks_add_span(spans, &b->spans[i], origin.id);
	}
	for (size_t i = 0; r == 0 && i < b->n_logs; i++) {
		r = origin_id(s, b, b->logs[i].origin, &origin);
		if (r == 0)
			r = lsp_hot_blocks_add_log(logs, &b->logs[i], origin.id);
	}
	if (r == 0)
		r = lsp_hot_blocks_end(spans);
	return r ? r : lsp_hot_blocks_end(logs);
}

/* ---- the index in memory --------------------------------------------------------------------- */

/* Without memory rows are left out, and a look-up fills the index from the file. */
static void index_traces(
	struct lsp_sqlite *s, const struct lsp_batch *b, int64_t first_span, int64_t first_log)
{
	uint64_t tids[INDEX_ROWS];

	for (size_t i = 0, n; i < b->n_spans; i += n) {
		for (n = 0; n < INDEX_ROWS && i + n < b->n_spans; n++)
			tids[n] = lsp_id_number(b->spans[i + n].trace_id + 8);
		(void)lsp_hot_index_add(s->writer_index, LSP_ROWS_SPAN,
			(uint32_t)first_span + (uint32_t)i, tids, n);
	}
	for (size_t i = 0, n; i < b->n_logs; i += n) {
		for (n = 0; n < INDEX_ROWS && i + n < b->n_logs; n++)
			tids[n] = lsp_id_number(b->logs[i + n].trace_id + 8);
		(void)lsp_hot_index_add(
			s->writer_index, LSP_ROWS_LOG, (uint32_t)first_log + (uint32_t)i, tids, n);
	}
}

static void count_rows(struct lsp_sqlite *s, const struct lsp_batch *b)
{
	s->writer_rows += b->n_spans + b->n_logs;
	for (size_t i = 0; i < b->n_spans; i++)
		s->writer_bytes += b->spans[i].encoded.len + 100;
	for (size_t i = 0; i < b->n_logs; i++)
		s->writer_bytes += b->logs[i].encoded.len + 100;
}

static int write_rows(struct lsp_sqlite *s, const struct lsp_batch *b)
{
	int r = lsp_sqlite_errno(sqlite3_exec(s->writer, "BEGIN IMMEDIATE", NULL, NULL, NULL));

	if (r)
		return r;
	r = put_rows(s, b);
	if (r == 0)
		r = lsp_sqlite_errno(sqlite3_exec(s->writer, "COMMIT", NULL, NULL, NULL));
	if (r)
		(void)sqlite3_exec(s->writer, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int lsp_sqlite_write(struct lsp_store *store, const struct lsp_batch *b)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	int64_t first_span, first_log;
	int r;

	if (s->read_only)
		return -EROFS;
	if (b->n_spans == 0 && b->n_logs == 0)
		return 0;
	r = open_writer(s);
	if (r)
		return r;
	first_span = s->blocks[LSP_ROWS_SPAN].next_row;
	first_log = s->blocks[LSP_ROWS_LOG].next_row;
	r = write_rows(s, b);
	if (r) {
		lsp_hot_blocks_undo(&s->blocks[LSP_ROWS_SPAN], first_span);
		lsp_hot_blocks_undo(&s->blocks[LSP_ROWS_LOG], first_log);
		lsp_origin_cache_clear(&s->origins); /* its newest rows are gone */
		if (r == -EUCLEAN)
			lsp_sqlite_close_writer(s); /* the next write sets it aside */
		return r;
	}
	s->unsynced = true;
	index_traces(s, b, first_span, first_log);
	lsp_hot_blocks_commit(&s->blocks[LSP_ROWS_LOG], s->writer_index);
	count_rows(s, b);
	return 0;
}
