/* What the files of our own API share. */
#ifndef LSP_SIDECAR_API_H
#define LSP_SIDECAR_API_H

#include "serve.h"

#include <jansson.h>

/* Reads the query parameters of one request. The first value that is not understood answers the
 * request with 400 and a line that names the parameter; `bad` is then true. Parameters have the
 * names of the options, with "-" or "_". */
struct lsp_api_query {
	struct lsp_http_request *request;
	uint64_t now_ns; /* what ages count from */
	bool bad;
};

void lsp_api_query_init(struct lsp_api_query *q, struct lsp_http_request *r);
/* Refuses parameters whose names (written with "-") are not allowed here. */
void lsp_api_allow(struct lsp_api_query *q, const char *const *names, size_t n);
/* Each leaves *ret as it is when the parameter is missing or empty. */
void lsp_api_text(struct lsp_api_query *q, const char *name, const char **ret);
void lsp_api_flag(struct lsp_api_query *q, const char *name, bool *ret);
void lsp_api_time(struct lsp_api_query *q, const char *name, uint64_t *ret_ns);
void lsp_api_duration(struct lsp_api_query *q, const char *name, uint64_t *ret_ns);
void lsp_api_number(struct lsp_api_query *q, const char *name, uint64_t max, uint64_t *ret);
/* Every "attr=KEY=VALUE". */
void lsp_api_attrs(struct lsp_api_query *q, struct lsp_attrs *ret);
void lsp_api_refuse(
	struct lsp_api_query *q, const char *name, const char *value, const char *wanted);

/* Appends JSON to the answer and gives up the reference. Returns 0, -E2BIG, -ENOMEM. */
int lsp_api_add_json(struct lsp_http_request *r, json_t *json);

/* Replaces the answer by the error for -errno from the store, or from making the answer. */
void lsp_api_fail(struct lsp_http_request *r, int rc);
/* Appends ,"notes":[…] when the store has lost something since it was opened. 0 or -errno. */
int lsp_api_add_notes(struct lsp_http_request *r);

#endif
