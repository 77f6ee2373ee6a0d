#include "rows.h"

#include "attr_sql.h"

#include <stdlib.h>
#include <string.h>

#define ORDERED 1

const struct lsp_rows_layout lsp_rows_layouts[LSP_ROWS_KINDS] = {
	[LSP_ROWS_SPAN] = { "span", LSP_SPAN_COLUMNS, "start_ns", 5 },
	[LSP_ROWS_LOG] = { "log", LSP_LOG_TABLE_COLUMNS, "time_ns", 4 },
};

int lsp_rows_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret,
	char **ret_error)
{
	enum lsp_rows_kind kind =
		argc > 3 && strcmp(argv[3], "log") == 0 ? LSP_ROWS_LOG : LSP_ROWS_SPAN;
	struct lsp_rows_table *t;
	char sql[512];
	int code;

	(void)ret_error;
	sqlite3_snprintf(sizeof(sql), sql, "CREATE TABLE x(%s, words HIDDEN, attrs HIDDEN)",
		lsp_rows_layouts[kind].columns);
	code = sqlite3_declare_vtab(db, sql);
	if (code != SQLITE_OK)
		return code;
	t = sqlite3_malloc(sizeof(*t));
	if (!t)
		return SQLITE_NOMEM;
	memset(t, 0, sizeof(*t));
	t->db = db;
	t->index = aux;
	t->kind = kind;
	*ret = &t->base;
	return SQLITE_OK;
}

int lsp_rows_disconnect(sqlite3_vtab *table)
{
	sqlite3_free(table);
	return SQLITE_OK;
}

/* ---- the plan: one letter an argument -------------------------------------------------------- */

static char letter_of(const struct lsp_rows_table *t, int column, unsigned char op)
{
	bool lower = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE;
	bool upper = op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;

	if (column == LSP_ROWS_TID_LO && op == SQLITE_INDEX_CONSTRAINT_EQ)
		return 't';
	if (column == LSP_ROWS_WORDS && op == SQLITE_INDEX_CONSTRAINT_EQ)
		return 'w';
	if (column == LSP_ROWS_ATTRS && op == SQLITE_INDEX_CONSTRAINT_EQ)
		return 'a';
	if (column == lsp_rows_layouts[t->kind].time)
		return lower ? 'f' : upper ? 'u' : 0;
	if (column == 0 && lower)
		return 'r';
	return 0;
}

static bool is_newest_first(const struct lsp_rows_table *t, const sqlite3_index_info *info)
{
	int n = info->nOrderBy;

	if (n < 1 || n > 2 || info->aOrderBy[0].iColumn != lsp_rows_layouts[t->kind].time ||
		!info->aOrderBy[0].desc)
		return false;
	return n == 1 || (info->aOrderBy[1].iColumn <= 0 && info->aOrderBy[1].desc);
}

int lsp_rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	const struct lsp_rows_table *t = (const struct lsp_rows_table *)table;
	char plan[16];
	int n = 0;

	info->estimatedRows = 1000000;
	for (int i = 0; i < info->nConstraint; i++) {
		int column = info->aConstraint[i].iColumn;
		char letter = letter_of(t, column, info->aConstraint[i].op);

		if (!letter || n == (int)sizeof(plan) - 1)
			continue;
		if (!info->aConstraint[i].usable) {
			if (letter == 'w' || letter == 'a')
				return SQLITE_CONSTRAINT;
			continue;
		}
		if (letter == 't' && memchr(plan, 't', (size_t)n))
			continue;
		plan[n++] = letter;
		info->aConstraintUsage[i].argvIndex = n;
		info->aConstraintUsage[i].omit = letter == 'w' || letter == 'a';
		info->estimatedRows = letter == 't' ? 10 : info->estimatedRows / 2 + 1;
	}
	plan[n] = 0;
	if (memchr(plan, 't', (size_t)n))
		info->estimatedRows = 10;
	else if (is_newest_first(t, info))
		info->orderByConsumed = 1;
	info->idxNum = info->orderByConsumed ? ORDERED : 0;
	info->estimatedCost = (double)info->estimatedRows * 10;
	info->idxStr = sqlite3_mprintf("%s", plan);
	info->needToFreeIdxStr = 1;
	return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

void lsp_rows_read_plan(
	struct lsp_rows_filter *f, int number, const char *plan, sqlite3_value **args)
{
	*f = (struct lsp_rows_filter){
		.ordered = number & ORDERED, .from = INT64_MIN, .until = INT64_MAX, .row_min = 0
	};
	for (int i = 0; plan && plan[i]; i++) {
		int64_t value = plan[i] == 'w' || plan[i] == 'a' ? 0 : sqlite3_value_int64(args[i]);

		switch (plan[i]) {
		case 't':
			f->by_trace = true;
			f->tid_lo = value;
			break;
		case 'f':
			f->from = value > f->from ? value : f->from;
			break;
		case 'u':
			f->until = value < f->until ? value : f->until;
			break;
		case 'r':
			f->row_min = value > f->row_min ? value : f->row_min;
			break;
		case 'a':
			f->attrs = lsp_attr_value(args[i]);
			break;
		default:
			f->words = (const char *)sqlite3_value_text(args[i]);
		}
	}
}

/* Hot files before version 3 have tables where later ones have views. */
static bool has_plain_tables(sqlite3 *db)
{
	static const char sql[] =
		"SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'span'";
	sqlite3_stmt *stmt = NULL;
	bool has = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		   sqlite3_step(stmt) == SQLITE_ROW;

	sqlite3_finalize(stmt);
	return has;
}

int lsp_rows_attach(sqlite3 *db, struct lsp_hot_index *index)
{
	int code = sqlite3_create_module_v2(db, "lsp_rows",
		has_plain_tables(db) ? &lsp_rows_plain_module : &lsp_rows_blocks_module, index,
		NULL);

	if (code == SQLITE_OK)
		code = lsp_attr_attach(db);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db,
			"PRAGMA temp_store = MEMORY;"
			"CREATE VIRTUAL TABLE temp.span USING lsp_rows(span);"
			"CREATE VIRTUAL TABLE temp.log USING lsp_rows(log)",
			NULL, NULL, NULL);
	return code;
}
