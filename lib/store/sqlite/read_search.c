/* Traces by what their spans are: candidates from the index by start, then each trace as a whole.
 * */
#include "../result.h"
#include "attr_sql.h"
#include "like.h"
#include "pass.h"

#include "../../model/buf.h"

#include <errno.h>
#include <stdlib.h>

#define LIMIT_DEFAULT  20
#define LIMIT_MAX      1000
#define CANDIDATES_MAX 20000
#define SQL_BYTES_MAX  4096

struct candidates {
	struct lsp_trace_key *keys;
	size_t n;
};

/* A trace whose ids came with 64 bits is that with 128 which ends so: a look-up finds both. */
static bool is_known(struct candidates *c, const struct lsp_trace_key *key)
{
	for (size_t i = 0; i < c->n; i++) {
		struct lsp_trace_key *known = &c->keys[i];

		if (known->low != key->low ||
			(known->high != key->high && known->high && key->high))
			continue;
		known->high = known->high ? known->high : key->high;
		return true;
	}
	return false;
}

static int make_sql(struct lsp_buf *sql, const struct lsp_trace_query *q)
{
	const struct {
		bool wanted;
		const char *sql;
	} parts[] = {
		{ q->service != NULL, " AND o.service = :service" },
		{ q->operation != NULL, " AND s.name = :operation" },
		/* The log records that have it are looked for once, not once a span. */
		{ q->text != NULL, " AND (s.name LIKE :pattern ESCAPE '\\' OR s.tid_lo IN (SELECT "
				   "l.tid_lo FROM log l WHERE l.words = :text AND l.tid_lo <> 0 "
				   "AND l.body LIKE :pattern ESCAPE '\\'))" },
		{ q->min_duration_ns != 0, " AND s.end_ns - s.start_ns >= :min" },
		{ q->max_duration_ns != 0, " AND s.end_ns - s.start_ns <= :max" },
		{ q->errors, " AND s.status = 2" },
		{ q->since_ns != 0, " AND s.start_ns >= :since" },
		{ q->until_ns != 0, " AND s.start_ns < :until" },
		{ q->attrs.n != 0, " AND s.attrs = :attrs AND lsp_span_has(:attrs, s.encoded, "
				   "o.resource, s.kind, "
				   "s.status)" },
	};
	int r = lsp_buf_add_text(sql, "SELECT s.tid_hi, s.tid_lo FROM span s JOIN origin o ON "
				      "o.id = s.origin WHERE 1");

	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].wanted)
			r = lsp_buf_add_text(sql, parts[i].sql);
	return r ? r : lsp_buf_add_text(sql, " ORDER BY s.start_ns DESC");
}

static void bind_text(sqlite3_stmt *stmt, const char *name, const char *value)
{
	int i = sqlite3_bind_parameter_index(stmt, name);

	if (i && value)
		sqlite3_bind_text(stmt, i, value, -1, SQLITE_STATIC);
}

static void bind_int(sqlite3_stmt *stmt, const char *name, uint64_t value)
{
	int i = sqlite3_bind_parameter_index(stmt, name);

	if (i)
		sqlite3_bind_int64(stmt, i, (sqlite3_int64)value);
}

static void bind_all(sqlite3_stmt *stmt, const struct lsp_trace_query *q)
{
	bind_text(stmt, ":service", q->service);
	bind_text(stmt, ":operation", q->operation);
	bind_text(stmt, ":text", q->text);
	if (q->text)
		lsp_like_bind(stmt, ":pattern", lsp_slice_of(q->text));
	bind_int(stmt, ":min", q->min_duration_ns);
	bind_int(stmt, ":max", q->max_duration_ns);
	bind_int(stmt, ":since", q->since_ns);
	bind_int(stmt, ":until", q->until_ns);
	lsp_attr_bind(stmt, &q->attrs);
}

static int query_partition(
	sqlite3 *db, const struct lsp_trace_query *q, size_t limit, struct candidates *c)
{
	sqlite3_stmt *stmt = NULL;
	struct lsp_buf sql;
	int code = SQLITE_NOMEM, r;

	lsp_buf_init(&sql, SQL_BYTES_MAX);
	r = make_sql(&sql, q);
	if (r == 0)
		code = sqlite3_prepare_v2(db, sql.at, (int)sql.len, &stmt, NULL);
	if (r == 0 && code == SQLITE_OK) {
		bind_all(stmt, q);
		for (size_t seen = 0; c->n < limit && seen < CANDIDATES_MAX; seen++) {
			struct lsp_trace_key key;

			code = sqlite3_step(stmt);
			if (code != SQLITE_ROW)
				break;
			key.high = (uint64_t)sqlite3_column_int64(stmt, 0);
			key.low = (uint64_t)sqlite3_column_int64(stmt, 1);
			if (!is_known(c, &key))
				c->keys[c->n++] = key;
		}
	}
	sqlite3_finalize(stmt);
	lsp_buf_release(&sql);
	return r ? r : lsp_sqlite_errno(code);
}

static int find_candidates(
	struct lsp_sqlite *s, const struct lsp_trace_query *q, size_t limit, struct candidates *c)
{
	struct lsp_pass pass;
	int r = lsp_pass_begin(&pass, s);

	for (size_t i = pass.n; r == 0 && c->n < limit && i-- > 0;) {
		sqlite3 *db;

		r = lsp_pass_open(&pass, i, &db);
		if (db)
			r = lsp_pass_close(&pass, i, db, query_partition(db, q, limit, c));
	}
	lsp_pass_end(&pass);
	return r;
}

int lsp_sqlite_search(struct lsp_store *store, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	size_t limit = q->limit ? q->limit : LIMIT_DEFAULT;
	struct candidates c = { NULL, 0 };
	bool stop = false;
	int r;

	limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	c.keys = calloc(limit, sizeof(*c.keys));
	if (!c.keys)
		return -ENOMEM;
	r = find_candidates(s, q, limit, &c);
	for (size_t i = 0; r == 0 && !stop && i < c.n; i++) {
		struct lsp_trace_summary summary;
		struct lsp_trace *t;

		r = lsp_sqlite_trace(store, &c.keys[i], &t);
		if (r)
			break;
		if (t->n_spans) {
			lsp_result_summarize(t, &summary);
			stop = each(arg, &summary) != 0;
		}
		lsp_trace_free(t);
	}
	free(c.keys);
	return r == -ENOENT ? 0 : r;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int lsp_sqlite_services(
	struct lsp_store *store, int (*each)(void *arg, const char *service), void *arg)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	char **names = NULL;
	size_t n = 0, cap = 0;
	int r;

	pthread_mutex_lock(&s->lock);
	r = lsp_partition_scan(s);
	for (size_t i = 0; r == 0 && i < s->n_parts; i++) {
		sqlite3 *db = lsp_partition_reader(s, i);
		sqlite3_stmt *stmt = NULL;

		if (!db || sqlite3_prepare_v2(db,
				   "SELECT DISTINCT service FROM origin WHERE "
				   "service <> ''",
				   -1, &stmt, NULL) != SQLITE_OK)
			continue;
		while (r == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
			if (n == cap) {
				char **grown = reallocarray(
					names, cap = cap ? cap * 2 : 32, sizeof(*names));

				if (!grown) {
					r = -ENOMEM;
					break;
				}
				names = grown;
			}
			names[n] = strdup((const char *)sqlite3_column_text(stmt, 0));
			if (names[n])
				n++;
		}
		sqlite3_finalize(stmt);
	}
	pthread_mutex_unlock(&s->lock);
	if (n)
		qsort(names, n, sizeof(*names), compare_text);
	for (size_t i = 0; r == 0 && i < n; i++)
		if ((i == 0 || strcmp(names[i], names[i - 1]) != 0) && each(arg, names[i]))
			break;
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}
