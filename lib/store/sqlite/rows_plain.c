/* Rows of a hot partition that a version before 3 wrote: plain tables, with the index of traces
 * from memory. They are read, and sealed; nothing is added to them. */
#include "hot_index.h"
#include "rows.h"

#include <string.h>

struct cursor {
	sqlite3_vtab_cursor base;
	sqlite3_stmt *by_row, *scan;
	sqlite3_stmt *now; /* one of the two, on a row; NULL at the end */
	uint32_t next; /* row of the trace that follows */
};

static const struct lsp_rows_table *table_of(const struct cursor *c)
{
	return (const struct lsp_rows_table *)c->base.pVtab;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = sqlite3_malloc(sizeof(*c));

	(void)table;
	if (!c)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof(*c));
	*ret = &c->base;
	return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	sqlite3_finalize(c->by_row);
	sqlite3_finalize(c->scan);
	sqlite3_free(c);
	return SQLITE_OK;
}

static int prepare(struct cursor *c, const char *rest, sqlite3_stmt **ret)
{
	const struct lsp_rows_layout *l = &lsp_rows_layouts[table_of(c)->kind];
	char *sql = sqlite3_mprintf("SELECT %s FROM main.%s WHERE %s", l->columns, l->table, rest);
	int code = SQLITE_NOMEM;

	if (sql)
		code = sqlite3_prepare_v2(table_of(c)->db, sql, -1, ret, NULL);
	sqlite3_free(sql);
	return code;
}

/* A row of the index that this connection's snapshot does not have yet is passed over. */
static int next_of_trace(struct cursor *c)
{
	const struct lsp_rows_table *t = table_of(c);

	c->now = NULL;
	while (c->next) {
		int code;

		sqlite3_reset(c->by_row);
		sqlite3_bind_int64(c->by_row, 1, c->next);
		c->next = lsp_hot_index_next(t->index, t->kind, c->next);
		code = sqlite3_step(c->by_row);
		if (code == SQLITE_ROW) {
			c->now = c->by_row;
			return SQLITE_OK;
		}
		if (code != SQLITE_DONE)
			return code;
	}
	sqlite3_reset(c->by_row);
	return SQLITE_OK;
}

static int next_of_scan(struct cursor *c)
{
	int code = sqlite3_step(c->scan);

	c->now = code == SQLITE_ROW ? c->scan : NULL;
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int start_scan(struct cursor *c, const struct lsp_rows_filter *f)
{
	const char *time = lsp_rows_layouts[table_of(c)->kind].time_name;
	bool bounded = f->from != INT64_MIN || f->until != INT64_MAX;
	char rest[256];
	int code;

	sqlite3_finalize(c->scan);
	c->scan = NULL;
	/* The planner must not walk the index by time when rows may come in any order. */
	sqlite3_snprintf(sizeof(rest), rest, "row >= ?1%s%s%s%s%s", bounded ? " AND " : "",
		bounded ? time : "", bounded ? " BETWEEN ?2 AND ?3" : "",
		f->ordered ? " ORDER BY " : "", f->ordered ? time : "");
	if (f->ordered)
		sqlite3_snprintf(
			(int)(sizeof(rest) - strlen(rest)), rest + strlen(rest), " DESC, row DESC");
	code = prepare(c, rest, &c->scan);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(c->scan, 1, f->row_min);
	if (bounded) {
		sqlite3_bind_int64(c->scan, 2, f->from);
		sqlite3_bind_int64(c->scan, 3, f->until);
	}
	return next_of_scan(c);
}

static int filter(
	sqlite3_vtab_cursor *base, int number, const char *plan, int argc, sqlite3_value **args)
{
	struct cursor *c = (struct cursor *)base;
	const struct lsp_rows_table *t = table_of(c);
	struct lsp_rows_filter f;
	int code = SQLITE_OK;

	(void)argc;
	lsp_rows_read_plan(&f, number, plan, args);
	if (!f.by_trace || f.tid_lo == 0) /* rows of no trace are not in the index */
		return start_scan(c, &f);
	if (!c->by_row)
		code = prepare(c, "row = ?1", &c->by_row);
	if (code == SQLITE_OK)
		code = lsp_hot_index_fill(t->index, t->kind, t->db);
	if (code != SQLITE_OK)
		return code;
	c->next = lsp_hot_index_first(t->index, t->kind, (uint64_t)f.tid_lo);
	return next_of_trace(c);
}

static int next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	return c->now == c->scan ? next_of_scan(c) : next_of_trace(c);
}

static int is_end(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->now == NULL;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int i)
{
	struct cursor *c = (struct cursor *)base;

	if (i < LSP_ROWS_COLUMNS)
		sqlite3_result_value(context, sqlite3_column_value(c->now, i));
	return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	*ret = sqlite3_column_int64(((struct cursor *)base)->now, 0);
	return SQLITE_OK;
}

const sqlite3_module lsp_rows_plain_module = {
	.xCreate = lsp_rows_connect,
	.xConnect = lsp_rows_connect,
	.xBestIndex = lsp_rows_best_index,
	.xDisconnect = lsp_rows_disconnect,
	.xDestroy = lsp_rows_disconnect,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = is_end,
	.xColumn = column,
	.xRowid = row_id,
};
