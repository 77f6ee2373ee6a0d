/* GET /api/v1/lint?since=T&service=S   the JSON of `lint` */
#include "api.h"
#include "lint_store.h"

static enum lsp_http_result lint(struct lsp_http_request *r)
{
	static const char *const names[] = { "since", "service" };
	struct lsp_serve *s = r->app;
	struct lsp_lint_query query = { 0 };
	struct lsp_api_query q;
	json_t *json = NULL;
	lsp_api_query_init(&q, r);
	lsp_api_allow(&q, names, sizeof(names) / sizeof(names[0]));
	lsp_api_time(&q, "since", &query.since_ns);
	lsp_api_text(&q, "service", &query.service);
	if (q.bad)
		return LSP_HTTP_ANSWERED;
	int rc = lsp_lint_store(s->store, &query, &json);
	rc = rc ? rc : lsp_api_add_json(r, json);
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/v1/lint", lint, LSP_HTTP_SLOW, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_lint = { routes, sizeof(routes) / sizeof(routes[0]) };
