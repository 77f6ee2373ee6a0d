#include "attr_sql.h"

#include "../../wire/otlp_match.h"

static const char type[] = "lsp_attrs";

void lsp_attr_bind(sqlite3_stmt *stmt, const struct lsp_attrs *attrs)
{
	int i = sqlite3_bind_parameter_index(stmt, ":attrs");

	if (i)
		sqlite3_bind_pointer(stmt, i, (void *)(uintptr_t)attrs, type, NULL);
}

const struct lsp_attrs *lsp_attr_value(sqlite3_value *value)
{
	return sqlite3_value_pointer(value, type);
}

static struct lsp_slice slice_of(sqlite3_value *value)
{
	const char *at = sqlite3_value_blob(value);

	return (struct lsp_slice){ at ? at : "", (size_t)sqlite3_value_bytes(value) };
}

static void span_has(sqlite3_context *context, int n, sqlite3_value **args)
{
	const struct lsp_attrs *attrs = lsp_attr_value(args[0]);

	(void)n;
	sqlite3_result_int(
		context, !attrs || lsp_otlp_span_has(attrs, slice_of(args[1]), slice_of(args[2]),
					   (unsigned)sqlite3_value_int(args[3]),
					   (unsigned)sqlite3_value_int(args[4])));
}

static void log_has(sqlite3_context *context, int n, sqlite3_value **args)
{
	const struct lsp_attrs *attrs = lsp_attr_value(args[0]);

	(void)n;
	sqlite3_result_int(
		context, !attrs || lsp_otlp_log_has(attrs, slice_of(args[1]), slice_of(args[2])));
}

int lsp_attr_attach(sqlite3 *db)
{
	int code = sqlite3_create_function_v2(
		db, "lsp_span_has", 5, SQLITE_UTF8, NULL, span_has, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(
			db, "lsp_log_has", 3, SQLITE_UTF8, NULL, log_has, NULL, NULL, NULL);
	return code;
}
