/* Attributes in SQL, on read connections:
 *	lsp_span_has(:attrs, encoded, resource, kind, status)
 *	lsp_log_has(:attrs, encoded, resource)
 * where :attrs is bound by lsp_attr_bind(). */
#ifndef LSP_STORE_SQLITE_ATTR_SQL_H
#define LSP_STORE_SQLITE_ATTR_SQL_H

#include "../../model/attrs.h"

#include <sqlite3.h>

/* Returns a code of SQLite. */
int lsp_attr_attach(sqlite3 *db);
/* Binds parameter :attrs, where there is one; attrs outlives the statement's steps. */
void lsp_attr_bind(sqlite3_stmt *stmt, const struct lsp_attrs *attrs);
/* The attributes behind a value that was bound so; NULL when it is another one. */
const struct lsp_attrs *lsp_attr_value(sqlite3_value *value);

#endif
