/* Patterns of SQL's LIKE. */
#ifndef LSP_STORE_SQLITE_LIKE_H
#define LSP_STORE_SQLITE_LIKE_H

#include "../../model/slice.h"
#include <sqlite3.h>

/* Binds "%text%", with LIKE's own characters escaped by a backslash (ESCAPE '\'), to the parameter
 * of that name; nothing when there is none. Without memory the parameter stays NULL, which is like
 * nothing. */
void lsp_like_bind(sqlite3_stmt *stmt, const char *name, struct lsp_slice text);

#endif
