/* Requests that the program sends: their client span, and the traceparent that goes with them.
 *
 * A plan is made before bytes go out, and only for a request's head that is whole in one call, that
 * is HTTP/1.x, and that goes to a host on the list (--propagate). Everything else goes out as it
 * is. All calls keep errno. */
#ifndef LSP_PRELOAD_CONN_CLIENT_H
#define LSP_PRELOAD_CONN_CLIENT_H

#include "conn_table.h"

#define LSP_PLAN_TEXT_BYTES 80   /* "traceparent: " 55 "\r\n" */
#define LSP_PLAN_LINE_BYTES 4096 /* a longer request line is left alone */
#define LSP_PLAN_HEAD_BYTES 8192 /* and a longer head */

struct lsp_plan {
	enum { LSP_PLAN_NOTHING, LSP_PLAN_INSERT, LSP_PLAN_REPLACE } what;
	size_t at; /* byte of the text where it goes in, or where 55 characters are replaced */
	size_t n;
	char text[LSP_PLAN_TEXT_BYTES];
};

/* True when these bytes begin a request on a bound connection that is between requests. */
bool lsp_client_begins(const struct lsp_conn *c, const struct iovec *iov, int n);

/* The program is about to send them. ret->what, which is NOTHING before, says what to do. */
void lsp_client_plan(struct lsp_conn *c, const struct iovec *iov, int n, struct lsp_plan *ret);

/* A request's head went out whole: its span begins. Its connection is taken. */
void lsp_client_begin(struct lsp_conn *c);
/* The response is complete, or the connection ends without one (status 0). */
void lsp_client_end(struct lsp_conn *c);

#endif
