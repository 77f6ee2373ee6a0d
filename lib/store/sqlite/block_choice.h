/* Which blocks of a table are worth opening for a question of words or attributes: from the index
 * in memory of a hot partition, from tables of a sealed one. */
#ifndef LSP_STORE_SQLITE_BLOCK_CHOICE_H
#define LSP_STORE_SQLITE_BLOCK_CHOICE_H

#include "rows.h"

#include <stddef.h>

struct lsp_block_choice {
	bool all; /* nothing is known: every block may hold rows */
	struct lsp_block_ref {
		int64_t id, max_time;
	} *at; /* newest first when the question is ordered so, else by id */
	size_t n, next;
};

/* Chooses. Returns a code of SQLite; release it in either case. */
int lsp_block_choose(struct lsp_block_choice *ret, const struct lsp_rows_table *table,
	const struct lsp_rows_filter *f);
void lsp_block_choice_release(struct lsp_block_choice *c);

#endif
