/* A query made of pieces. Values go in as numbers, or as unhex('…'): nothing that a user or a
 * sender wrote is ever read as SQL, by whichever version of the server. */
#ifndef LSP_STORE_CLICK_QUERY_H
#define LSP_STORE_CLICK_QUERY_H

#include "click.h"

#include "../../model/attrs.h"

struct lsp_click_query {
	struct lsp_buf sql;
	int rc; /* of the first piece that found no room */
};

void lsp_click_query_init(struct lsp_click_query *q, const char *sql);
void lsp_click_query_release(struct lsp_click_query *q);
void lsp_click_query_add(struct lsp_click_query *q, const char *sql);
/* Adds sql, then the number. */
void lsp_click_query_number(struct lsp_click_query *q, const char *sql, uint64_t value);
/* Adds sql, then the text as a constant, then rest. */
void lsp_click_query_text(
	struct lsp_click_query *q, const char *sql, struct lsp_slice text, const char *rest);
/* " AND (TraceLow, TraceHigh match the key)" */
void lsp_click_query_trace(struct lsp_click_query *q, const struct lsp_trace_key *key);

/* " AND (…)" for each: records that may have it, which are few more than do. */
void lsp_click_query_attrs(
	struct lsp_click_query *q, enum lsp_click_signal signal, const struct lsp_attrs *attrs);

/* Asks for it as RowBinary, and calls each for the rows of LSP_CLICK_COLUMNS; a non-zero answer
 * stops and is returned. When a shard is away: -EHOSTDOWN, or, where partial is not NULL, what
 * the others have, with *partial set. Returns 0 or -errno. */
int lsp_click_query_rows(struct lsp_click *s, struct lsp_click_query *q,
	int (*each)(void *arg, const struct lsp_click_row *row), void *arg, bool *partial);
/* The same, bytes as they are. */
int lsp_click_query_bytes(
	struct lsp_click *s, struct lsp_click_query *q, struct lsp_buf *out, bool *partial);

#endif
