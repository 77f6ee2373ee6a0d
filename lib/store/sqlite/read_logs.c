/* Log records by filter: the newest that match, in time order; or, for --follow, those that came
 * after a row. */
#include "attr_sql.h"
#include "like.h"
#include "pass.h"

#include "../../model/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX     100000
#define WORDS_MAX     16
#define SQL_BYTES_MAX 8192

/* A record that was found, with its row number. */
struct found {
	struct lsp_log log;
	uint64_t row;
};

struct list {
	struct found *at;
	size_t n, cap;
};

static uint64_t row_number(uint64_t start_s, sqlite3_int64 row)
{
	return start_s << LSP_ROW_BITS | (uint64_t)row;
}

/* ---- the question
 * -------------------------------------------------------------------------------- */

/* Words, separated by spaces. Returns how many. */
static size_t split_words(const char *text, struct lsp_slice words[WORDS_MAX])
{
	size_t n = 0;

	while (text && *text && n < WORDS_MAX) {
		size_t len = strcspn(text, " \t");

		if (len > 0)
			words[n++] = (struct lsp_slice){ text, len };
		text += len + (text[len] ? 1 : 0);
	}
	return n;
}

static int make_sql(struct lsp_buf *sql, const struct lsp_log_query *q, size_t words)
{
	int r = lsp_buf_add_text(sql,
		"SELECT " LSP_LOG_COLUMNS " FROM log l JOIN origin o ON o.id = l.origin WHERE 1");
	const struct {
		bool wanted;
		const char *sql;
	} parts[] = {
		{ q->service != NULL, " AND o.service = :service" },
		{ q->min_severity != 0, " AND l.severity >= :severity" },
		{ q->trace != NULL, " AND l.tid_lo = :low AND (l.tid_hi = :high OR l.tid_hi = 0 OR "
				    ":high = 0) AND l.tid_lo <> 0" },
		{ q->span_id != NULL, " AND l.span_id = :span" },
		{ q->no_trace, " AND l.tid_lo = 0 AND l.tid_hi = 0" },
		{ q->since_ns != 0, " AND l.time_ns >= :since" },
		{ q->until_ns != 0, " AND l.time_ns < :until" },
		{ q->after_row != 0, " AND l.row > :after" },
		{ q->text != NULL, " AND l.words = :words" },
	};

	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].wanted)
			r = lsp_buf_add_text(sql, parts[i].sql);
	for (size_t i = 0; r == 0 && i < words; i++)
		r = lsp_buf_printf(sql, " AND l.body LIKE :word%zu ESCAPE '\\'", i);
	/* Last: what a row's columns say costs less. */
	if (r == 0 && q->attrs.n)
		r = lsp_buf_add_text(sql,
			" AND l.attrs = :attrs AND lsp_log_has(:attrs, l.encoded, o.resource)");
	if (r == 0)
		r = lsp_buf_add_text(sql, q->after_row ? " ORDER BY l.row LIMIT :limit"
						       : " ORDER BY l.time_ns DESC, l.row DESC "
							 "LIMIT :limit");
	return r;
}

static void bind_int(sqlite3_stmt *stmt, const char *name, uint64_t value)
{
	int i = sqlite3_bind_parameter_index(stmt, name);

	if (i)
		sqlite3_bind_int64(stmt, i, (sqlite3_int64)value);
}

static void bind_all(sqlite3_stmt *stmt, const struct lsp_log_query *q, uint64_t start_s,
	size_t limit, const struct lsp_slice *words, size_t n_words)
{
	uint64_t first = start_s << LSP_ROW_BITS, span = 0;

	if (q->service)
		sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, ":service"), q->service,
			-1, SQLITE_STATIC);
	if (q->text)
		sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, ":words"), q->text, -1,
			SQLITE_STATIC);
	bind_int(stmt, ":severity", q->min_severity);
	if (q->trace) {
		bind_int(stmt, ":low", q->trace->low);
		bind_int(stmt, ":high", q->trace->high);
	}
	if (q->span_id) {
		memcpy(&span, q->span_id, sizeof(span));
		bind_int(stmt, ":span", __builtin_bswap64(span));
	}
	bind_int(stmt, ":since", q->since_ns);
	bind_int(stmt, ":until", q->until_ns);
	bind_int(stmt, ":after", q->after_row > first ? q->after_row - first : 0);
	bind_int(stmt, ":limit", limit);
	lsp_attr_bind(stmt, &q->attrs);
	for (size_t i = 0; i < n_words; i++) {
		char name[16];

		snprintf(name, sizeof(name), ":word%zu", i);
		lsp_like_bind(stmt, name, words[i]);
	}
}

/* ---- the answer
 * ---------------------------------------------------------------------------------- */

static int add(struct list *list, sqlite3_stmt *stmt, uint64_t start_s)
{
	struct found *f;

	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		void *grown = reallocarray(list->at, cap, sizeof(*list->at));

		if (!grown)
			return -ENOMEM;
		list->at = grown;
		list->cap = cap;
	}
	f = &list->at[list->n++];
	memset(f, 0, sizeof(*f));
	f->log.attributes = json_object();
	f->log.resource = json_object();
	lsp_sqlite_log_row(stmt, &f->log);
	f->row = row_number(start_s, sqlite3_column_int64(stmt, 13));
	return 0;
}

static int query_partition(sqlite3 *db, uint64_t start_s, const struct lsp_log_query *q,
	size_t limit, struct list *list)
{
	struct lsp_slice words[WORDS_MAX];
	size_t n_words = split_words(q->text, words);
	sqlite3_stmt *stmt = NULL;
	struct lsp_buf sql;
	int code, r;

	lsp_buf_init(&sql, SQL_BYTES_MAX);
	r = make_sql(&sql, q, n_words);
	if (r == 0) {
		code = sqlite3_prepare_v2(db, sql.at, (int)sql.len, &stmt, NULL);
		if (code == SQLITE_OK) {
			bind_all(stmt, q, start_s, limit, words, n_words);
			while (r == 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW)
				r = add(list, stmt, start_s);
		}
		sqlite3_finalize(stmt);
		if (r == 0)
			r = lsp_sqlite_errno(code);
	}
	lsp_buf_release(&sql);
	return r;
}

static int by_time(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	if (a->log.time_ns != b->log.time_ns)
		return a->log.time_ns < b->log.time_ns ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static int collect(
	struct lsp_sqlite *s, const struct lsp_log_query *q, size_t limit, struct list *list)
{
	uint64_t first_start = q->after_row >> LSP_ROW_BITS;
	struct lsp_pass pass;
	int r = lsp_pass_begin(&pass, s);

	for (size_t i = pass.n; r == 0 && i-- > 0;) {
		uint64_t start_s = pass.parts[i].start_s;
		sqlite3 *db;

		if (start_s < first_start)
			break;
		if (!q->after_row && list->n >= limit)
			break; /* older partitions have older records */
		if (q->trace && !lsp_pass_may_hold(&pass, i, q->trace->low))
			continue;
		r = lsp_pass_open(&pass, i, &db);
		if (db)
			r = lsp_pass_close(
				&pass, i, db, query_partition(db, start_s, q, limit, list));
	}
	lsp_pass_end(&pass);
	return r;
}

int lsp_sqlite_logs(struct lsp_store *store, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	size_t limit = q->limit ? q->limit : LIMIT_DEFAULT, from;
	struct list list = { NULL, 0, 0 };
	uint64_t last = q->after_row;
	int r;

	limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	r = collect(s, q, limit, &list);
	if (list.n)
		qsort(list.at, list.n, sizeof(*list.at), by_time);
	from = !q->after_row && list.n > limit ? list.n - limit : 0;
	for (size_t i = 0; i < list.n; i++)
		last = list.at[i].row > last ? list.at[i].row : last;
	for (size_t i = from; r == 0 && i < list.n; i++)
		if (each(arg, &list.at[i].log))
			break;
	for (size_t i = 0; i < list.n; i++)
		lsp_log_release(&list.at[i].log);
	free(list.at);
	if (r == 0 && ret_last_row)
		*ret_last_row = last;
	return r;
}
