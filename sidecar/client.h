/* Where look-ups get their answers: from a running sidecar over HTTP (--server), or from the
 * store's own files (--data). Both give the same model, so that each command has one way of
 * showing it. */
#ifndef LSP_SIDECAR_CLIENT_H
#define LSP_SIDECAR_CLIENT_H

#include "client_http.h"
#include "compare_windows.h"
#include "lint_store.h"
#include "term.h"
#include "../lib/model/buf.h"
#include "../lib/store/store.h"

/* The options of all look-ups: X(id, name, what --help calls its value, help). A command appends
 * them to its table and gives their values to `struct lsp_client`. */
#define LSP_CLIENT_OPTION_TABLE(X)                                                                 \
	X(JSON, "--json", NULL, "print JSON instead of text")                                      \
	X(SERVER, "--server", "URL",                                                               \
		"sidecar to ask (LINESPAN_SERVER; default " LSP_HTTP_SERVER ")")                   \
	X(DATA, "--data", "DIR", "read the store in DIR, without a sidecar")                       \
	LSP_HTTP_OPTION_TABLE(X)

/* Those of them that have a value, for a switch over a command's options. */
#define LSP_CLIENT_CASES                                                                           \
	case OPT_SERVER:                                                                           \
	case OPT_DATA:                                                                             \
	case OPT_TOKEN_FILE:                                                                       \
	case OPT_CA_FILE

struct lsp_client {
	/* Set by the caller; strings are not copied. */
	const char *server, *data, *token_file, *ca_file; /* NULL: not said */
	const char *asked; /* the id as the user wrote it, for the word on why it is not here */
	/* Set by the calls. */
	struct lsp_store *store; /* NULL: over HTTP */
	struct lsp_http_peer http;
	char why[LSP_STORE_WHY_BYTES + 256]; /* after a failure: one line for a person */
};

/* Takes the value of an option: the one at place `which` of LSP_CLIENT_OPTION_TABLE. Others than
 * LSP_CLIENT_CASES change nothing. */
void lsp_client_set(struct lsp_client *c, int which, const char *value);

/* Chooses between the two ways. Returns 0 or -errno with why set (both options at once, a store
 * that cannot be opened). Over HTTP nothing is sent yet. */
int lsp_client_open(struct lsp_client *c);
void lsp_client_close(struct lsp_client *c);

/* One trace. Return 0, -ENOENT (nothing is known of it; why is set, too), other -errno. The JSON is
 * that of `show`, as text, appended to `out`. The trace is finished, and to be freed with
 * lsp_trace_free(). */
int lsp_client_trace_json(
	struct lsp_client *c, const struct lsp_trace_key *key, struct lsp_buf *out);
int lsp_client_trace(struct lsp_client *c, const struct lsp_trace_key *key, struct lsp_trace **ret);
/* The text of `show` for that terminal, appended to `out`. */
int lsp_client_trace_text(struct lsp_client *c, const struct lsp_trace_key *key,
	const struct lsp_term *term, struct lsp_buf *out);
/* The JSON of `explain`. */
int lsp_client_explain(struct lsp_client *c, const struct lsp_trace_key *key, json_t **ret);

/* The JSON of `compare`. */
int lsp_client_compare(struct lsp_client *c, const struct lsp_compare_query *q, json_t **ret);

/* The JSON of `lint`. */
int lsp_client_lint(struct lsp_client *c, const struct lsp_lint_query *q, json_t **ret);

/* Log records, as lsp_store_logs(): in time order, the newest `limit`. */
int lsp_client_logs(struct lsp_client *c, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row);

/* Traces, newest first, as lsp_store_search(). */
int lsp_client_search(struct lsp_client *c, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg);

#endif
