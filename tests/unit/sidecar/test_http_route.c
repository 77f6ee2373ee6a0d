#include "sidecar/http.h"
#include "sidecar/serve.h"

#include <criterion/criterion.h>
#include <errno.h>

/* The real tables, in the order of the program. */
static int find(struct lsp_http_request *r, const char *method, const char *path)
{
	const struct lsp_http_routes *const tables[] = { &lsp_routes_otlp, &lsp_routes_traces,
		&lsp_routes_logs, &lsp_routes_state };
	*r = (struct lsp_http_request){ 0 };
	return lsp_http_find_route(r, tables, 4, method, path);
}

Test(http_route, finds_paths_and_what_stars_stand_for)
{
	static const struct {
		const char *method, *path, *pattern, *segment;
	} rows[] = {
		{ "POST", "/v1/traces", "/v1/traces", "" },
		{ "GET", "/healthz", "/healthz", "" },
		{ "HEAD", "/healthz", "/healthz", "" },
		{ "GET", "/api/v1/traces", "/api/v1/traces", "" },
		{ "GET", "/api/v1/traces/abc", "/api/v1/traces/*", "abc" },
		{ "GET", "/api/v1/traces/abc/logs", "/api/v1/traces/*/logs", "abc" },
		{ "GET", "/api/v1/traces/logs", "/api/v1/traces/*", "logs" },
		{ "GET", "/api/v1/traces/logs/logs", "/api/v1/traces/*/logs", "logs" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_http_request r;
		cr_assert_eq(find(&r, rows[i].method, rows[i].path), 0, "%s", rows[i].path);
		cr_expect_str_eq(r.route->path, rows[i].pattern, "%s", rows[i].path);
		cr_expect_str_eq(r.segment, rows[i].segment, "%s", rows[i].path);
	}
}

Test(http_route, tells_unknown_paths_from_wrong_methods)
{
	static const struct {
		const char *method, *path;
		int rc;
		const char *allow;
	} rows[] = {
		{ "GET", "/v1/traces", -EPERM, "POST" },
		{ "HEAD", "/v1/traces", -EPERM, "POST" },
		{ "POST", "/healthz", -EPERM, "GET, HEAD" },
		{ "DELETE", "/api/v1/traces/abc", -EPERM, "GET, HEAD" },
		{ "get", "/healthz", -EPERM, "GET, HEAD" },
		{ "GET", "", -ENOENT, NULL },
		{ "GET", "//healthz", -ENOENT, NULL },
		{ "GET", "/healthz/", -ENOENT, NULL },
		{ "GET", "/healthzz", -ENOENT, NULL },
		{ "GET", "/api/v1/traces/", -ENOENT, NULL },
		{ "GET", "/api/v1/traces//logs", -ENOENT, NULL },
		{ "GET", "/api/v1/traces/a/b", -ENOENT, NULL },
		{ "GET", "/api/v1/traces/a/logs/", -ENOENT, NULL },
		{ "POST", "/v1/traces/x", -ENOENT, NULL },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_http_request r;
		cr_expect_eq(find(&r, rows[i].method, rows[i].path), rows[i].rc, "%s %s",
			rows[i].method, rows[i].path);
		if (rows[i].allow)
			cr_expect_str_eq(r.answer.allow, rows[i].allow, "%s", rows[i].path);
		else
			cr_expect_null(r.answer.allow, "%s", rows[i].path);
	}
}

Test(http_route, has_a_ceiling_on_segments)
{
	struct lsp_http_request r;
	char path[400] = "/api/v1/traces/";
	memset(path + 15, 'a', LSP_HTTP_SEGMENT_MAX - 1);
	cr_expect_eq(find(&r, "GET", path), 0);
	cr_expect_eq(strlen(r.segment), LSP_HTTP_SEGMENT_MAX - 1);
	path[15 + LSP_HTTP_SEGMENT_MAX - 1] = 'a';
	cr_expect_eq(find(&r, "GET", path), -ENOENT);
}
