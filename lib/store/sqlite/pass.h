/* A pass over the partitions, for what may take its time: each is read by a connection that no one
 * else uses meanwhile, without the store's lock, so that look-ups, the writer and sealing do not
 * wait for it. Connections are kept for the next pass. */
#ifndef LSP_STORE_SQLITE_PASS_H
#define LSP_STORE_SQLITE_PASS_H

#include "sqlite_store.h"

/* A partition as the list had it when the pass began. */
struct lsp_pass_part {
	uint64_t start_s;
	bool sealed;
	struct lsp_hot_index *index; /* of a hot one, with a reference */
};

struct lsp_pass {
	struct lsp_sqlite *store;
	struct lsp_pass_part *parts; /* oldest first */
	size_t n;
	uint64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none */
};

/* Returns 0 or -errno; end it in either case. */
int lsp_pass_begin(struct lsp_pass *p, struct lsp_sqlite *s);
void lsp_pass_end(struct lsp_pass *p);

/* False is certain: parts[i] has no rows of that trace. */
bool lsp_pass_may_hold(struct lsp_pass *p, size_t i, uint64_t tid_lo);

/* Opens parts[i], with the tables of rows.h. *ret is NULL when it cannot be read: it is gone by
 * retention, or damaged, and then it is set aside. Returns 0, -ENOMEM. Statements of the connection
 * fail with SQLITE_INTERRUPT (-ETIMEDOUT) when the store's limit of time for a pass is over. */
int lsp_pass_open(struct lsp_pass *p, size_t i, sqlite3 **ret);

/* Gives it back, no statement left. r: how reading went. Returns 0 when that was -EUCLEAN, and the
 * partition is set aside, else r. */
int lsp_pass_close(struct lsp_pass *p, size_t i, sqlite3 *db, int r);

#endif
