#include "like.h"

#include <stdlib.h>

void lsp_like_bind(sqlite3_stmt *stmt, const char *name, struct lsp_slice text)
{
	int parameter = sqlite3_bind_parameter_index(stmt, name);
	char *pattern = parameter ? malloc(2 * text.len + 3) : NULL;
	size_t n = 0;

	if (!pattern)
		return;
	pattern[n++] = '%';
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '%' || text.at[i] == '_' || text.at[i] == '\\')
			pattern[n++] = '\\';
		pattern[n++] = text.at[i];
	}
	pattern[n++] = '%';
	sqlite3_bind_text(stmt, parameter, pattern, (int)n, free);
}
