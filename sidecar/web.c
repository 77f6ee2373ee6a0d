/* GET /, /trace/ID, /search, /logs, /compare, /lint: the web page; GET /web/FILE: its parts. */
#include "serve.h"
#include "web.h"

#include <string.h>

#define POLICY                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "            \
	"img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static enum lsp_http_result send_file(struct lsp_http_request *r, const char *name)
{
	for (size_t i = 0; i < lsp_web_files_n; i++) {
		const struct lsp_web_file *f = &lsp_web_files[i];
		if (strcmp(f->name, name) != 0)
			continue;
		r->answer.type = f->type;
		r->answer.policy = POLICY;
		if (lsp_buf_add(&r->answer.body, f->at, f->len))
			lsp_http_refuse_json(r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
		return LSP_HTTP_ANSWERED;
	}
	lsp_http_refuse_json(r, MHD_HTTP_NOT_FOUND, "no such file");
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result get_page(struct lsp_http_request *r)
{
	return send_file(r, "index.html");
}

static enum lsp_http_result get_file(struct lsp_http_request *r)
{
	return send_file(r, r->segment);
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/trace/*", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/search", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/logs", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/compare", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/lint", get_page, 0, lsp_http_refuse_json },
	{ "GET", "/web/*", get_file, 0, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_web = { routes, sizeof(routes) / sizeof(routes[0]) };
