/* Spans of one operation among the newest ones: what a baseline is made of. It may cost no more
 * than the look-up beside which it stands, so it looks at so many rows and no further. */
#include "pass.h"

#include <errno.h>

/* The inner query is bounded before anything is compared. A hot partition lies about in the
 * order of time; a sealed one is read by blocks, from a time on. */
#define QUERY(rows)                                                                                \
	"SELECT s.tid_hi, s.tid_lo, s.start_ns, s.end_ns, s.status FROM (SELECT tid_hi, tid_lo, "  \
	"start_ns, end_ns, status, kind, origin, name FROM " rows " LIMIT ?1) s WHERE s.name = "   \
	"?2 AND s.kind = ?3 AND s.origin IN (SELECT id FROM origin WHERE service = ?4)"
static const char from_hot[] = QUERY("temp.span ORDER BY start_ns DESC");
static const char from_sealed[] = QUERY("temp.span");

static void put_id(uint8_t *out, sqlite3_int64 value)
{
	uint64_t swapped = __builtin_bswap64((uint64_t)value);
	memcpy(out, &swapped, sizeof(swapped));
}

/* *stop: the callback has seen enough. */
static int read_partition(sqlite3 *db, bool sealed, const struct lsp_operation_query *q,
	int64_t rows, int (*each)(void *arg, const struct lsp_span_row *row), void *arg, bool *stop)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, sealed ? from_sealed : from_hot, -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, rows);
		sqlite3_bind_text(stmt, 2, q->name, -1, SQLITE_STATIC);
		sqlite3_bind_int(stmt, 3, (int)q->kind);
		sqlite3_bind_text(stmt, 4, q->service, -1, SQLITE_STATIC);
	}
	while (code == SQLITE_OK && !*stop && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct lsp_span_row row = { .start_ns = (uint64_t)sqlite3_column_int64(stmt, 2),
			.end_ns = (uint64_t)sqlite3_column_int64(stmt, 3),
			.status = (uint8_t)sqlite3_column_int(stmt, 4),
			.kind = (uint8_t)q->kind };
		put_id(row.trace_id, sqlite3_column_int64(stmt, 0));
		put_id(row.trace_id + 8, sqlite3_column_int64(stmt, 1));
		*stop = each(arg, &row) != 0;
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return lsp_sqlite_errno(code);
}

int lsp_sqlite_operation(struct lsp_store *store, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg)
{
	struct lsp_sqlite *s = (struct lsp_sqlite *)store;
	int64_t left = (int64_t)q->look_at;
	bool stop = false;

	struct lsp_pass pass;
	int rc = lsp_pass_begin(&pass, s);
	for (size_t i = pass.n; rc == 0 && left > 0 && !stop && i-- > 0;) {
		sqlite3 *db;
		rc = lsp_pass_open(&pass, i, &db);
		if (!db)
			continue;
		rc = read_partition(db, pass.parts[i].sealed, q, left, each, arg, &stop);
		if (rc == 0)
			left -= (int64_t)lsp_partition_count(db, LSP_ROWS_SPAN);
		rc = lsp_pass_close(&pass, i, db, rc);
	}
	lsp_pass_end(&pass);
	return rc;
}
