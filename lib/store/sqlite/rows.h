/* Spans and logs as tables for SQL, whatever the partition holds them in. Each read connection has
 * the virtual tables temp.span and temp.log with the columns of the plain tables (schema.h), so one
 * query serves both kinds of partition. What they answer without a scan: tid_lo = ?, bounds on the
 * time (start_ns, time_ns), row > ?, and ORDER BY time DESC [, row DESC].
 *
 * The hidden column `words` takes a text of words: `words = ?` leaves out blocks of rows that
 * cannot hold them all; it is no proof, so the query has its LIKE too. `attrs = :attrs` does the
 * same for attributes (attr_sql.h), where the query has its lsp_span_has() or lsp_log_has(). */
#ifndef LSP_STORE_SQLITE_ROWS_H
#define LSP_STORE_SQLITE_ROWS_H

#include "../../model/attrs.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum lsp_rows_kind { LSP_ROWS_SPAN, LSP_ROWS_LOG, LSP_ROWS_KINDS };

/* Columns of both kinds: row number, three ids, seven numbers, text (name or body), encoded. */
#define LSP_ROWS_COLUMNS 13
#define LSP_ROWS_NUMBERS 11 /* the first columns are integers */
#define LSP_ROWS_TID_LO  2
#define LSP_ROWS_ORIGIN  10
#define LSP_ROWS_TEXT    11
#define LSP_ROWS_ENCODED 12
#define LSP_ROWS_WORDS   13 /* hidden */
#define LSP_ROWS_ATTRS   14 /* hidden */

#define LSP_SPAN_COLUMNS                                                                           \
	"row, tid_hi, tid_lo, span_id, parent_id, start_ns, end_ns, kind, status, intake, "        \
	"origin, name, encoded"
#define LSP_LOG_TABLE_COLUMNS                                                                      \
	"row, tid_hi, tid_lo, span_id, time_ns, severity, intake, source, pid, tid, origin, "      \
	"body, encoded"

struct lsp_rows_layout {
	const char *table, *columns, *time_name;
	int time; /* the column that rows are sorted by */
};
extern const struct lsp_rows_layout lsp_rows_layouts[LSP_ROWS_KINDS];

struct lsp_hot_index;

/* Makes the virtual tables on a read connection. index: of a hot partition, outlives the
 * connection; NULL for a sealed one. Returns a code of SQLite. */
int lsp_rows_attach(sqlite3 *db, struct lsp_hot_index *index);

/* ---- for the two kinds of cursors ---- */

struct lsp_rows_table {
	sqlite3_vtab base;
	sqlite3 *db;
	struct lsp_hot_index *index; /* of a hot partition, else NULL */
	enum lsp_rows_kind kind;
};

/* What a query asks of a table. */
struct lsp_rows_filter {
	bool by_trace, ordered; /* ordered: newest first */
	int64_t tid_lo;
	int64_t from, until; /* inclusive */
	int64_t row_min;
	const char *words; /* NULL: any; valid as long as the arguments */
	const struct lsp_attrs *attrs; /* NULL: any; valid as long as the statement */
};
/* Reads the plan that lsp_rows_best_index made. */
void lsp_rows_read_plan(
	struct lsp_rows_filter *f, int number, const char *plan, sqlite3_value **args);

extern const sqlite3_module lsp_rows_plain_module, lsp_rows_blocks_module;
int lsp_rows_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret,
	char **ret_error);
int lsp_rows_disconnect(sqlite3_vtab *table);
int lsp_rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info);

#endif
