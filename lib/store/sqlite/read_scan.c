/* All rows, in the order in which they lie there. Each partition is read by a connection of its
 * own, without the lock: a scan of seconds must not keep look-ups and sealing waiting. */
#include "pass.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SQL_BYTES_MAX 2048

struct scan {
	const struct lsp_scan *q;
	struct lsp_origin from; /* slices into the statement */
	uint64_t passed[LSP_ROWS_KINDS]; /* rows that newer partitions have */
};

static void put_id(uint8_t *out, sqlite3_int64 value)
{
	uint64_t swapped = __builtin_bswap64((uint64_t)value);
	memcpy(out, &swapped, sizeof(swapped));
}

static struct lsp_slice bytes(sqlite3_stmt *stmt, int column)
{
	const char *at = sqlite3_column_blob(stmt, column);
	return (struct lsp_slice){ at ? at : "", (size_t)sqlite3_column_bytes(stmt, column) };
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Behind the 13 columns of rows.h: service, resource, scope. */
static void read_origin(struct scan *s, sqlite3_stmt *stmt)
{
	s->from.service = bytes(stmt, LSP_ROWS_COLUMNS);
	s->from.resource = bytes(stmt, LSP_ROWS_COLUMNS + 1);
	s->from.scope = bytes(stmt, LSP_ROWS_COLUMNS + 2);
}

static int give_span(struct scan *s, sqlite3_stmt *stmt)
{
	struct lsp_span_row row = { .start_ns = (uint64_t)sqlite3_column_int64(stmt, 5),
		.end_ns = (uint64_t)sqlite3_column_int64(stmt, 6),
		.kind = (uint8_t)sqlite3_column_int(stmt, 7),
		.status = (uint8_t)sqlite3_column_int(stmt, 8),
		.intake = (uint8_t)sqlite3_column_int(stmt, 9),
		.name = bytes(stmt, LSP_ROWS_TEXT),
		.encoded = bytes(stmt, LSP_ROWS_ENCODED) };
	put_id(row.trace_id, sqlite3_column_int64(stmt, 1));
	put_id(row.trace_id + 8, sqlite3_column_int64(stmt, 2));
	put_id(row.span_id, sqlite3_column_int64(stmt, 3));
	put_id(row.parent_span_id, sqlite3_column_int64(stmt, 4));
	read_origin(s, stmt);
	return s->q->span(s->q->arg, &row, &s->from);
}

static int give_log(struct scan *s, sqlite3_stmt *stmt)
{
	struct lsp_log_row row = { .time_ns = (uint64_t)sqlite3_column_int64(stmt, 4),
		.severity = (uint8_t)sqlite3_column_int(stmt, 5),
		.intake = (uint8_t)sqlite3_column_int(stmt, 6),
		.context_source = (uint8_t)sqlite3_column_int(stmt, 7),
		.pid = (uint32_t)sqlite3_column_int64(stmt, 8),
		.tid = (uint32_t)sqlite3_column_int64(stmt, 9),
		.body = bytes(stmt, LSP_ROWS_TEXT),
		.encoded = bytes(stmt, LSP_ROWS_ENCODED) };
	put_id(row.trace_id, sqlite3_column_int64(stmt, 1));
	put_id(row.trace_id + 8, sqlite3_column_int64(stmt, 2));
	put_id(row.span_id, sqlite3_column_int64(stmt, 3));
	read_origin(s, stmt);
	return s->q->log(s->q->arg, &row, &s->from);
}

/* ---- the question ---------------------------------------------------------------------------- */

static void make_sql(char sql[SQL_BYTES_MAX], const struct scan *s, enum lsp_rows_kind kind)
{
	const struct lsp_scan *q = s->q;
	const struct lsp_rows_layout *l = &lsp_rows_layouts[kind];
	const char *time = l->time_name;
	const char *encoded = q->no_encoded ? "''" : "r.encoded";
	int n = snprintf(sql, SQL_BYTES_MAX,
		"SELECT r.row, r.tid_hi, r.tid_lo, r.span_id, %s, r.origin, r.%s, %s, o.service, "
		"%s FROM %s r JOIN origin o ON o.id = r.origin WHERE %s",
		kind == LSP_ROWS_SPAN
			? "r.parent_id, r.start_ns, r.end_ns, r.kind, r.status, r.intake"
			: "r.time_ns, r.severity, r.intake, r.source, r.pid, r.tid",
		kind == LSP_ROWS_SPAN ? "name" : "body", encoded,
		q->no_encoded ? "'', ''" : "o.resource, o.scope", l->table,
		q->newest_rows ? "r.row > :row" : "1");
	if (q->since_ns)
		n += snprintf(sql + n, SQL_BYTES_MAX - (size_t)n, " AND r.%s >= :since", time);
	if (q->until_ns)
		snprintf(sql + n, SQL_BYTES_MAX - (size_t)n, " AND r.%s < :until", time);
}

static void bind(sqlite3_stmt *stmt, const char *name, uint64_t value)
{
	int i = sqlite3_bind_parameter_index(stmt, name);
	if (i)
		sqlite3_bind_int64(stmt, i, (sqlite3_int64)value);
}

/* SQLite's integers are signed. */
static uint64_t until_2262(uint64_t time_ns)
{
	return time_ns < INT64_MAX ? time_ns : INT64_MAX;
}

/* Rows up to this one are too old. */
static uint64_t row_before(struct scan *s, sqlite3 *db, enum lsp_rows_kind kind)
{
	if (!s->q->newest_rows)
		return 0;
	uint64_t rows = lsp_partition_count(db, kind), passed = s->passed[kind];
	uint64_t left = passed < s->q->newest_rows ? s->q->newest_rows - passed : 0;
	s->passed[kind] += rows;
	return rows > left ? rows - left : 0;
}

static int scan_table(struct scan *s, sqlite3 *db, enum lsp_rows_kind kind)
{
	char sql[SQL_BYTES_MAX];
	sqlite3_stmt *stmt = NULL;
	int rc = 0;
	make_sql(sql, s, kind);
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		bind(stmt, ":since", until_2262(s->q->since_ns));
		bind(stmt, ":row", row_before(s, db, kind));
		bind(stmt, ":until", until_2262(s->q->until_ns));
		while (rc >= 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW)
			rc = kind == LSP_ROWS_SPAN ? give_span(s, stmt) : give_log(s, stmt);
	}
	sqlite3_finalize(stmt);
	return rc < 0 ? rc : lsp_sqlite_errno(code);
}

/* ---- partitions ------------------------------------------------------------------------------ */

static int scan_part(struct scan *s, struct lsp_pass *pass, size_t i)
{
	sqlite3 *db;
	const uint64_t wanted = s->q->newest_rows;
	if (wanted && s->passed[LSP_ROWS_SPAN] >= wanted && s->passed[LSP_ROWS_LOG] >= wanted)
		return 0;
	int rc = lsp_pass_open(pass, i, &db);
	if (!db)
		return rc;
	for (int kind = 0; rc == 0 && kind < LSP_ROWS_KINDS; kind++)
		if (!(kind == LSP_ROWS_SPAN ? s->q->no_spans : s->q->no_logs))
			rc = scan_table(s, db, kind);
	/* Who wants all rows is told that some could not be read. */
	int closed = lsp_pass_close(pass, i, db, rc);
	return rc ? rc : closed;
}

int lsp_sqlite_scan(struct lsp_store *store, const struct lsp_scan *q)
{
	struct scan s = { .q = q };
	struct lsp_pass pass;
	int rc = lsp_pass_begin(&pass, (struct lsp_sqlite *)store);
	pass.deadline_ns = 0;
	for (size_t i = 0; rc == 0 && i < pass.n; i++)
		rc = scan_part(&s, &pass, q->newest_rows ? pass.n - 1 - i : i);
	lsp_pass_end(&pass);
	return rc < 0 ? rc : 0;
}
