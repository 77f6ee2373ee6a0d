/* GET /api/v1/compare?baseline=FROM..TO&incident=FROM..TO   the JSON of `compare` */
#include "api.h"
#include "compare_windows.h"
#include "when.h"

static void range(struct lsp_api_query *q, const char *name, uint64_t ret_ns[2])
{
	const char *value = NULL;
	lsp_api_text(q, name, &value);
	if (lsp_range_parse(value ? value : "", q->now_ns, &ret_ns[0], &ret_ns[1]))
		lsp_api_refuse(q, name, value ? value : "", LSP_RANGE_FORMS);
}

static enum lsp_http_result compare(struct lsp_http_request *r)
{
	static const char *const names[] = { "baseline", "incident" };
	struct lsp_serve *s = r->app;
	struct lsp_compare_query query = { 0 };
	struct lsp_api_query q;
	json_t *json = NULL;
	lsp_api_query_init(&q, r);
	lsp_api_allow(&q, names, sizeof(names) / sizeof(names[0]));
	range(&q, "baseline", query.baseline_ns);
	range(&q, "incident", query.incident_ns);
	if (q.bad)
		return LSP_HTTP_ANSWERED;
	int rc = lsp_compare_windows(s->store, &query, &json);
	rc = rc ? rc : lsp_api_add_json(r, json);
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/v1/compare", compare, LSP_HTTP_SLOW, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_compare = { routes, sizeof(routes) / sizeof(routes[0]) };
