#include "seal.h"

#include "attr_index.h"
#include "block.h"
#include "bloom.h"
#include "hot_rows.h"
#include "schema.h"
#include "sqlite_store.h"
#include "words.h"

#include "../../wire/otlp_attr_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* One table on its way. */
struct sealing {
	sqlite3 *hot, *out;
	struct lsp_hot_index *index;
	const atomic_bool *stop;
	enum lsp_rows_kind kind;
	struct lsp_hot_rows from;
	sqlite3_stmt *put_block, *put_data;
	struct lsp_block_maker maker;
	struct lsp_buf rows, rest;
	int64_t blocks;
	struct lsp_words_set block_words;
	uint8_t *words; /* LSP_WORDS_BYTES a block */
	size_t cap_words;
	struct lsp_attr_index *attrs;
	int attrs_error;
	sqlite3_stmt *get_resource;
	struct {
		int64_t origin, block;
	} last_origins[64]; /* by number: in which block they were last */
	struct trace_block {
		uint64_t tid_lo;
		int64_t block;
	} * traces;
	size_t n_traces, cap_traces;
};

/* ---- small steps ----------------------------------------------------------------------------- */

static int run(sqlite3 *db, const char *sql)
{
	return lsp_sqlite_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static int prepare(sqlite3 *db, sqlite3_stmt **ret, const char *format, const char *name)
{
	char sql[512];

	sqlite3_snprintf(sizeof(sql), sql, format, name);
	return lsp_sqlite_errno(sqlite3_prepare_v2(db, sql, -1, ret, NULL));
}

static int step_once(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : lsp_sqlite_errno(code);
}

static int note_trace(struct sealing *s, uint64_t tid_lo)
{
	struct trace_block *last = s->n_traces ? &s->traces[s->n_traces - 1] : NULL;

	if (tid_lo == 0 || (last && last->tid_lo == tid_lo && last->block == s->blocks + 1))
		return 0;
	if (s->n_traces == s->cap_traces) {
		size_t cap = s->cap_traces ? s->cap_traces * 2 : 4096;
		void *grown = reallocarray(s->traces, cap, sizeof(*s->traces));

		if (!grown)
			return -ENOMEM;
		s->traces = grown;
		s->cap_traces = cap;
	}
	s->traces[s->n_traces++] = (struct trace_block){ tid_lo, s->blocks + 1 };
	return 0;
}

/* Those of the block that ends. */
static int keep_words(struct sealing *s)
{
	if (s->kind != LSP_ROWS_LOG)
		return 0;
	if ((size_t)s->blocks >= s->cap_words) {
		size_t cap = s->cap_words ? s->cap_words * 2 : 64;
		uint8_t *grown = reallocarray(s->words, cap, LSP_WORDS_BYTES);

		if (!grown)
			return -ENOMEM;
		s->words = grown;
		s->cap_words = cap;
	}
	lsp_words_pack(&s->block_words, s->words + (size_t)s->blocks * LSP_WORDS_BYTES);
	return 0;
}

static void note_attr(void *arg, uint32_t hash)
{
	struct sealing *s = arg;

	if (s->attrs_error == 0)
		s->attrs_error = lsp_attr_index_add(s->attrs, hash, s->blocks + 1);
}

/* The attributes of a row, and of its resource once a block. */
static int note_attrs(struct sealing *s, const struct lsp_block_row *row)
{
	int64_t origin = row->numbers[LSP_ROWS_ORIGIN];
	size_t at = (uint64_t)origin % (sizeof(s->last_origins) / sizeof(s->last_origins[0]));

	if (s->kind == LSP_ROWS_SPAN)
		lsp_otlp_span_hashes(row->rest, note_attr, s);
	else
		lsp_otlp_log_hashes(row->rest, note_attr, s);
	if (s->last_origins[at].origin == origin && s->last_origins[at].block == s->blocks + 1)
		return s->attrs_error;
	s->last_origins[at].origin = origin;
	s->last_origins[at].block = s->blocks + 1;
	sqlite3_bind_int64(s->get_resource, 1, origin);
	if (sqlite3_step(s->get_resource) == SQLITE_ROW) {
		const char *resource = sqlite3_column_blob(s->get_resource, 0);

		lsp_otlp_resource_hashes((struct lsp_slice){ resource ? resource : "",
						 (size_t)sqlite3_column_bytes(s->get_resource, 0) },
			note_attr, s);
	}
	sqlite3_reset(s->get_resource);
	return s->attrs_error;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int end_block(struct sealing *s)
{
	size_t raw_bytes = 0;
	int r;

	if (s->maker.n == 0)
		return 0;
	lsp_buf_clear(&s->rows);
	lsp_buf_clear(&s->rest);
	r = lsp_block_maker_finish(&s->maker, &s->rows, &s->rest, &raw_bytes);
	r = r ? r : keep_words(s);
	if (r)
		return r;
	s->blocks++;
	sqlite3_bind_int64(s->put_block, 1, s->blocks);
	sqlite3_bind_int64(s->put_block, 2, (sqlite3_int64)s->maker.n);
	sqlite3_bind_int64(s->put_block, 3, s->maker.max_row);
	sqlite3_bind_int64(s->put_block, 4, s->maker.min_time);
	sqlite3_bind_int64(s->put_block, 5, s->maker.max_time);
	sqlite3_bind_int64(s->put_block, 6, (sqlite3_int64)raw_bytes);
	sqlite3_bind_int64(s->put_data, 1, s->blocks);
	sqlite3_bind_blob64(s->put_data, 2, s->rows.at, s->rows.len, SQLITE_STATIC);
	sqlite3_bind_blob64(s->put_data, 3, s->rest.at, s->rest.len, SQLITE_STATIC);
	r = step_once(s->put_block);
	if (r == 0)
		r = step_once(s->put_data);
	lsp_block_maker_clear(&s->maker);
	return r;
}

static int take_row(struct sealing *s, uint32_t number)
{
	struct lsp_block_row row;
	int r = lsp_hot_rows_get(&s->from, number, &row);

	if (r == 0)
		r = note_trace(s, (uint64_t)row.numbers[LSP_ROWS_TID_LO]);
	if (r == 0 && s->kind == LSP_ROWS_LOG)
		lsp_words_add(&s->block_words, row.text.at, row.text.len);
	if (r == 0)
		r = note_attrs(s, &row);
	if (r == 0)
		r = lsp_block_maker_add(&s->maker, s->kind, row.numbers, row.text, row.rest);
	if (r == 0 && s->maker.rows.len + s->maker.rest.len / 4 >= LSP_BLOCK_BYTES)
		r = end_block(s);
	return r;
}

/* Traces in the order of their first row: rows of one trace lie together, and blocks keep close to
 * the order of time. */
static int take_rows(struct sealing *s)
{
	uint32_t last = lsp_hot_index_last_row(s->index, s->kind);
	int r = 0;

	for (uint32_t first = 1; r == 0 && first <= last; first++) {
		if (*s->stop)
			return -EINTR;
		if (!lsp_hot_index_is_first(s->index, s->kind, first))
			continue;
		for (uint32_t row = first; r == 0 && row;
			row = lsp_hot_index_next(s->index, s->kind, row))
			r = take_row(s, row);
	}
	return r ? r : end_block(s);
}

static int by_trace(const void *x, const void *y)
{
	const struct trace_block *a = x, *b = y;

	/* As SQLite sorts integers, so that the table is only appended to. */
	if (a->tid_lo != b->tid_lo)
		return (int64_t)a->tid_lo < (int64_t)b->tid_lo ? -1 : 1;
	return a->block < b->block ? -1 : a->block > b->block;
}

static int put_traces(struct sealing *s)
{
	sqlite3_stmt *put = NULL;
	int r = prepare(s->out, &put, "INSERT OR IGNORE INTO %s_trace(tid_lo, block) VALUES(?, ?)",
		lsp_rows_layouts[s->kind].table);

	if (s->n_traces)
		qsort(s->traces, s->n_traces, sizeof(*s->traces), by_trace);
	for (size_t i = 0; r == 0 && i < s->n_traces; i++) {
		sqlite3_bind_int64(put, 1, (sqlite3_int64)s->traces[i].tid_lo);
		sqlite3_bind_int64(put, 2, s->traces[i].block);
		r = step_once(put);
	}
	sqlite3_finalize(put);
	return r;
}

static int seal_table(struct sealing *s)
{
	const struct lsp_rows_layout *l = &lsp_rows_layouts[s->kind];
	int r = lsp_sqlite_errno(lsp_hot_index_fill(s->index, s->kind, s->hot));

	if (r == 0)
		r = lsp_hot_rows_init(&s->from, s->kind, s->hot);
	if (r == 0)
		r = prepare(s->out, &s->put_block, "INSERT INTO %s_block VALUES(?,?,?,?,?,?)",
			l->table);
	if (r == 0)
		r = prepare(s->out, &s->put_data, "INSERT INTO %s_data VALUES(?,?,?)", l->table);
	if (r == 0)
		r = prepare(s->hot, &s->get_resource, "SELECT resource FROM %s WHERE id = ?",
			"main.origin");
	if (r == 0)
		r = take_rows(s);
	if (r == 0)
		r = put_traces(s);
	if (r == 0 && s->kind == LSP_ROWS_LOG)
		r = lsp_sqlite_errno(lsp_words_store(s->out, s->words, (size_t)s->blocks));
	if (r == 0)
		r = lsp_sqlite_errno(lsp_attr_index_store(s->attrs, s->out, s->kind));
	sqlite3_finalize(s->get_resource);
	lsp_hot_rows_release(&s->from);
	sqlite3_finalize(s->put_block);
	sqlite3_finalize(s->put_data);
	return r;
}

static int seal_kind(sqlite3 *hot, sqlite3 *out, struct lsp_hot_index *index,
	enum lsp_rows_kind kind, const atomic_bool *stop)
{
	struct sealing s = { .hot = hot, .out = out, .index = index, .kind = kind, .stop = stop };
	int r;

	lsp_block_maker_init(&s.maker);
	lsp_buf_init(&s.rows, LSP_BLOCK_BYTES_MAX);
	lsp_buf_init(&s.rest, LSP_BLOCK_BYTES_MAX);
	s.attrs = lsp_attr_index_new();
	r = s.attrs ? seal_table(&s) : -ENOMEM;
	lsp_attr_index_free(s.attrs);
	lsp_block_maker_release(&s.maker);
	lsp_buf_release(&s.rows);
	lsp_buf_release(&s.rest);
	free(s.words);
	free(s.traces);
	return r;
}

/* ---- the rest of the file -------------------------------------------------------------------- */

static int copy_origins(sqlite3 *hot, sqlite3 *out)
{
	sqlite3_stmt *get = NULL, *put = NULL;
	int r = prepare(hot, &get, "SELECT id, service, resource, scope FROM %s ORDER BY id",
		    "main.origin"),
	    code = SQLITE_DONE;

	if (r == 0)
		r = prepare(out, &put, "INSERT INTO %s VALUES(?, ?, ?, ?)", "origin");
	while (r == 0 && (code = sqlite3_step(get)) == SQLITE_ROW) {
		for (int i = 0; i < 4; i++)
			sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i));
		r = step_once(put);
	}
	sqlite3_finalize(get);
	sqlite3_finalize(put);
	return r ? r : lsp_sqlite_errno(code);
}

static int64_t one_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t n = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int put_filter(sqlite3 *out)
{
	static const char ids[] = "SELECT tid_lo FROM span_trace UNION ALL "
				  "SELECT tid_lo FROM log_trace";
	sqlite3_stmt *get = NULL, *put = NULL;
	static const char count[] = "SELECT count(*) FROM (SELECT tid_lo FROM span_trace UNION "
				    "SELECT tid_lo FROM log_trace)";
	struct lsp_bloom filter;
	int code = SQLITE_DONE, r;

	r = lsp_bloom_init(&filter, (size_t)one_number(out, count));
	if (r == 0)
		r = prepare(out, &get, "%s", ids);
	while (r == 0 && (code = sqlite3_step(get)) == SQLITE_ROW)
		lsp_bloom_add(&filter, (uint64_t)sqlite3_column_int64(get, 0));
	if (r == 0 && code == SQLITE_DONE)
		r = prepare(out, &put, "INSERT INTO %s VALUES(?)", "trace_filter");
	if (r == 0 && put) {
		sqlite3_bind_blob64(put, 1, filter.bits, filter.bytes, SQLITE_STATIC);
		r = step_once(put);
	}
	sqlite3_finalize(get);
	sqlite3_finalize(put);
	lsp_bloom_release(&filter);
	return r ? r : lsp_sqlite_errno(code);
}

static int fill_file(
	sqlite3 *hot, sqlite3 *out, struct lsp_hot_index *index, const atomic_bool *stop)
{
	char version[64];
	int r = run(out, "PRAGMA page_size = 1024; PRAGMA journal_mode = OFF;"
			 "PRAGMA synchronous = OFF; PRAGMA cache_size = -4096; BEGIN");

	/* One read transaction: locks once, not for every row. */
	if (r == 0)
		r = run(hot, "BEGIN");

	if (r == 0)
		r = run(out, lsp_schema_sealed);
	if (r == 0)
		r = run(out, lsp_schema_unpacked);
	if (r == 0)
		r = run(out, lsp_schema_views);
	if (r == 0)
		r = copy_origins(hot, out);
	for (int kind = 0; r == 0 && kind < LSP_ROWS_KINDS; kind++)
		r = seal_kind(hot, out, index, kind, stop);
	if (r == 0)
		r = put_filter(out);
	sqlite3_snprintf(
		sizeof(version), version, "PRAGMA user_version = %d; COMMIT", LSP_SCHEMA_VERSION);
	return r ? r : run(out, version);
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) ? -errno : 0;
	close(fd);
	return r;
}

int lsp_seal_write(
	sqlite3 *hot, struct lsp_hot_index *index, const char *path, const atomic_bool *stop)
{
	sqlite3 *out = NULL;
	int r;

	unlink(path);
	r = lsp_sqlite_errno(sqlite3_open_v2(path, &out,
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	if (r == 0)
		r = fill_file(hot, out, index, stop);
	sqlite3_close(out);
	if (r == 0)
		r = sync_file(path);
	if (r)
		unlink(path);
	return r;
}
