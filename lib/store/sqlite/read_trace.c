/* Everything of one trace, from all partitions: a look-up by id is never bounded by time. */
#include "../result.h"
#include "sqlite_store.h"

#include "../../wire/otlp_decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void put_big_endian(uint8_t *out, sqlite3_int64 value)
{
	uint64_t swapped = __builtin_bswap64((uint64_t)value);

	memcpy(out, &swapped, sizeof(swapped));
}

static struct lsp_slice blob(sqlite3_stmt *stmt, int column)
{
	const char *at = sqlite3_column_blob(stmt, column);

	return (struct lsp_slice){ at ? at : "", (size_t)sqlite3_column_bytes(stmt, column) };
}

static char *text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *at = sqlite3_column_text(stmt, column);

	return strdup(at ? (const char *)at : "");
}

static bool high_matches(const struct lsp_trace_key *key, uint64_t high)
{
	return key->high == high || key->high == 0 || high == 0;
}

/* Resources and scopes by origin: the spans of a trace share a few. */
#define ORIGINS_KEPT 16
struct origins {
	sqlite3_int64 id[ORIGINS_KEPT];
	json_t *resource[ORIGINS_KEPT], *scope[ORIGINS_KEPT];
};

static void share_origin(struct origins *o, sqlite3_stmt *stmt, struct lsp_span *s)
{
	sqlite3_int64 id = sqlite3_column_int64(stmt, 14);
	size_t at = (size_t)id % ORIGINS_KEPT;

	if (!o->resource[at] || o->id[at] != id) {
		json_decref(o->resource[at]);
		json_decref(o->scope[at]);
		o->resource[at] = lsp_otlp_decode_resource(blob(stmt, 12));
		o->scope[at] = lsp_otlp_decode_scope(blob(stmt, 13));
		o->id[at] = id;
	}
	json_decref(s->resource);
	s->resource = json_incref(o->resource[at]);
	json_decref(s->scope);
	s->scope = json_incref(o->scope[at]);
}

static void span_row(sqlite3_stmt *stmt, struct lsp_span *s, struct origins *o)
{
	put_big_endian(s->trace_id, sqlite3_column_int64(stmt, 0));
	put_big_endian(s->trace_id + 8, sqlite3_column_int64(stmt, 1));
	put_big_endian(s->span_id, sqlite3_column_int64(stmt, 2));
	put_big_endian(s->parent_span_id, sqlite3_column_int64(stmt, 3));
	s->start_ns = (uint64_t)sqlite3_column_int64(stmt, 4);
	s->end_ns = (uint64_t)sqlite3_column_int64(stmt, 5);
	s->kind = (uint8_t)sqlite3_column_int(stmt, 6);
	s->status = (uint8_t)sqlite3_column_int(stmt, 7);
	s->intake = (uint8_t)sqlite3_column_int(stmt, 8);
	s->name = text(stmt, 9);
	(void)lsp_otlp_decode_span(s, blob(stmt, 10));
	s->service = text(stmt, 11);
	share_origin(o, stmt, s);
}

void lsp_sqlite_log_row(sqlite3_stmt *stmt, struct lsp_log *l)
{
	put_big_endian(l->trace_id, sqlite3_column_int64(stmt, 0));
	put_big_endian(l->trace_id + 8, sqlite3_column_int64(stmt, 1));
	put_big_endian(l->span_id, sqlite3_column_int64(stmt, 2));
	l->time_ns = (uint64_t)sqlite3_column_int64(stmt, 3);
	l->severity = (uint8_t)sqlite3_column_int(stmt, 4);
	l->intake = (uint8_t)sqlite3_column_int(stmt, 5);
	l->context_source = (uint8_t)sqlite3_column_int(stmt, 6);
	l->pid = (uint32_t)sqlite3_column_int64(stmt, 7);
	l->tid = (uint32_t)sqlite3_column_int64(stmt, 8);
	l->body_bytes = (size_t)sqlite3_column_bytes(stmt, 9);
	l->body = malloc(l->body_bytes + 1);
	if (l->body) {
		if (l->body_bytes)
			memcpy(l->body, sqlite3_column_blob(stmt, 9), l->body_bytes);
		l->body[l->body_bytes] = 0;
	} else {
		l->body_bytes = 0;
	}
	(void)lsp_otlp_decode_log(l, blob(stmt, 10));
	l->service = text(stmt, 11);
	json_decref(l->resource);
	l->resource = lsp_otlp_decode_resource(blob(stmt, 12));
}

/* Steps through the rows of one query. Returns 0 or -errno. */
static int each_row(sqlite3 *db, const char *sql, const struct lsp_trace_key *key,
	struct lsp_trace *t,
	int (*take)(sqlite3_stmt *stmt, struct lsp_trace *t, struct origins *o))
{
	struct origins origins = { .id = { 0 } };
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), r = 0;

	if (code == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)key->low);
		while (r == 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW)
			if (high_matches(key, (uint64_t)sqlite3_column_int64(stmt, 0)))
				r = take(stmt, t, &origins);
	}
	for (size_t i = 0; i < ORIGINS_KEPT; i++) {
		json_decref(origins.resource[i]);
		json_decref(origins.scope[i]);
	}
	sqlite3_finalize(stmt);
	return r ? r : lsp_sqlite_errno(code);
}

static int take_span(sqlite3_stmt *stmt, struct lsp_trace *t, struct origins *o)
{
	struct lsp_span *s = lsp_trace_add_span(t);

	if (!s)
		return -ENOMEM;
	span_row(stmt, s, o);
	return 0;
}

static int take_log(sqlite3_stmt *stmt, struct lsp_trace *t, struct origins *o)
{
	struct lsp_log *l = lsp_trace_add_log(t);

	(void)o;
	if (!l)
		return -ENOMEM;
	lsp_sqlite_log_row(stmt, l);
	return 0;
}

static int read_partition(sqlite3 *db, const struct lsp_trace_key *key, struct lsp_trace *t)
{
	static const char spans[] =
		"SELECT s.tid_hi, s.tid_lo, s.span_id, s.parent_id, s.start_ns, s.end_ns, s.kind, "
		"s.status, s.intake, s.name, s.encoded, o.service, o.resource, o.scope, o.id "
		"FROM span s JOIN origin o ON o.id = s.origin WHERE s.tid_lo = ?";
	static const char logs[] =
		"SELECT " LSP_LOG_COLUMNS " FROM log l JOIN origin o ON o.id = l.origin "
		"WHERE l.tid_lo = ? AND l.tid_lo <> 0";
	int r = each_row(db, spans, key, t, take_span);

	return r ? r : each_row(db, logs, key, t, take_log);
}

static void note_set_aside(struct lsp_sqlite *s, struct lsp_trace *t)
{
	char note[200];

	if (s->set_aside == 0)
		return;
	snprintf(note, sizeof(note),
		"%llu damaged partition(s) of the store set aside, last %s: this may be incomplete",
		(unsigned long long)s->set_aside, s->set_aside_name);
	json_array_append_new(t->notes, json_string(note));
}

int lsp_sqlite_trace(
	struct lsp_store *store, const struct lsp_trace_key *key, struct lsp_trace **ret)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	struct lsp_trace *t = lsp_trace_new();
	int r;

	if (!t)
		return -ENOMEM;
	pthread_mutex_lock(&s->lock);
	r = lsp_partition_scan(s);
	for (size_t i = s->n_parts; r == 0 && i-- > 0;) {
		sqlite3 *db;

		if (!lsp_partition_may_hold(s, i, key->low))
			continue;
		db = lsp_partition_reader(s, i);
		if (!db)
			continue;
		r = read_partition(db, key, t);
		if (r == -EUCLEAN) {
			lsp_partition_set_aside(s, i);
			r = 0;
		}
	}
	if (r == 0)
		note_set_aside(s, t);
	pthread_mutex_unlock(&s->lock);
	if (r == 0 && t->n_spans == 0 && t->n_logs == 0)
		r = -ENOENT;
	if (r) {
		lsp_trace_free(t);
		return r;
	}
	lsp_result_set_trace_id(t, key);
	lsp_trace_finish(t);
	*ret = t;
	return 0;
}
