/* GET /api/v1/traces/ID      the JSON of `show`
 * GET /api/v1/traces/ID/text the text of `show`: columns=N, utf8=false for plain ASCII,
 *                            colour=true, cut=true for log lines of three rows at most
 * GET /api/v1/traces/ID/explain the JSON of `explain`
 * GET /api/v1/traces/ID/logs {"trace_id":"…","logs":[LOG…]}, in time order
 * GET /api/v1/traces?…       {"traces":[SUMMARY…]}, newest first, see json_summary.h */
#include "api.h"
#include "absence.h"
#include "json_summary.h"
#include "json_explain.h"
#include "json_trace.h"
#include "show_text.h"
#include "../lib/analysis/skew.h"
#include "../lib/core/hex.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <stdio.h>

#define TRACES_MAX 10000

/* The trace that the path names; NULL when the request has been answered with an error. */
static struct lsp_trace *find_trace(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	struct lsp_trace_key key;
	struct lsp_trace *trace = NULL;
	char id[LSP_TRACE_ID_HEX + 1], more[LSP_ABSENCE_CHARS], message[600];
	if (lsp_trace_key_parse(&key, lsp_slice_of(r->segment))) {
		lsp_http_refuse_json(r, MHD_HTTP_BAD_REQUEST,
			"not a trace id: 32 or 16 hexadecimal digits, a UUID, decimal or a "
			"traceparent");
		return NULL;
	}
	int rc = lsp_store_trace(s->store, &key, &trace);
	rc = rc ? rc : lsp_skew_correct(trace);
	if (rc == -ENOENT) {
		lsp_trace_key_format(&key, id);
		lsp_absence_of_trace(more, lsp_slice_of(r->segment), lsp_now_ns());
		snprintf(message, sizeof(message),
			"trace %s: no span and no log record of it is here; it was not sent, not "
			"sampled, has not arrived yet or is older than the retention%s",
			id, more);
		lsp_http_refuse_json(r, MHD_HTTP_NOT_FOUND, message);
	} else if (rc) {
		lsp_api_fail(r, rc);
	}
	return rc ? lsp_trace_free(trace) : trace;
}

static enum lsp_http_result get_trace(struct lsp_http_request *r)
{
	struct lsp_tree tree;
	struct lsp_trace *trace = find_trace(r);
	if (!trace)
		return LSP_HTTP_ANSWERED;
	int rc = lsp_tree_build(&tree, trace);
	if (rc == 0) {
		rc = lsp_api_add_json(r, lsp_json_trace(trace, &tree));
		lsp_tree_release(&tree);
	}
	if (rc)
		lsp_api_fail(r, rc);
	lsp_trace_free(trace);
	return LSP_HTTP_ANSWERED;
}

/* Drawn here, for a large trace in JSON costs its reader more than its drawing. */
static enum lsp_http_result get_text(struct lsp_http_request *r)
{
	static const char *const names[] = { "columns", "utf8", "colour", "cut" };
	struct lsp_term term = { .utf8 = true };
	struct lsp_tree tree;
	struct lsp_api_query q;
	uint64_t columns = LSP_TERM_PIPE_COLUMNS;
	lsp_api_query_init(&q, r);
	lsp_api_allow(&q, names, sizeof(names) / sizeof(names[0]));
	lsp_api_number(&q, "columns", LSP_TERM_COLUMNS_MAX, &columns);
	lsp_api_flag(&q, "utf8", &term.utf8);
	lsp_api_flag(&q, "colour", &term.colour);
	lsp_api_flag(&q, "cut", &term.tty);
	struct lsp_trace *trace = q.bad ? NULL : find_trace(r);
	if (!trace)
		return LSP_HTTP_ANSWERED;
	term.columns = columns < LSP_TERM_COLUMNS_MIN ? LSP_TERM_COLUMNS_MIN : (size_t)columns;
	r->answer.type = "text/plain; charset=utf-8";
	int rc = lsp_tree_build(&tree, trace);
	if (rc == 0) {
		rc = lsp_show_text(&r->answer.body, &term, &tree);
		lsp_tree_release(&tree);
	}
	if (rc)
		lsp_api_fail(r, rc);
	lsp_trace_free(trace);
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result get_explain(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	json_t *json = NULL;
	struct lsp_trace *trace = find_trace(r);
	if (!trace)
		return LSP_HTTP_ANSWERED;
	int rc = lsp_json_explain(s->store, trace, &json);
	rc = rc ? rc : lsp_api_add_json(r, json);
	if (rc)
		lsp_api_fail(r, rc);
	lsp_trace_free(trace);
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result get_trace_logs(struct lsp_http_request *r)
{
	char id[LSP_TRACE_ID_HEX];
	struct lsp_trace *trace = find_trace(r);
	if (!trace)
		return LSP_HTTP_ANSWERED;
	lsp_hex_encode(id, trace->trace_id, LSP_TRACE_ID_BYTES);
	int rc = lsp_buf_printf(
		&r->answer.body, "{\"trace_id\":\"%.*s\",\"logs\":[", LSP_TRACE_ID_HEX, id);
	for (size_t i = 0; rc == 0 && i < trace->n_logs; i++) {
		rc = i ? lsp_buf_add(&r->answer.body, ",", 1) : 0;
		rc = rc ? rc : lsp_api_add_json(r, lsp_json_log(&trace->logs[i]));
	}
	rc = rc ? rc : lsp_buf_add_text(&r->answer.body, "]}");
	if (rc)
		lsp_api_fail(r, rc);
	lsp_trace_free(trace);
	return LSP_HTTP_ANSWERED;
}

/* ---- search ---------------------------------------------------------------------------------- */

struct listing {
	struct lsp_http_request *request;
	size_t n;
	int rc;
};

static int add_summary(void *arg, const struct lsp_trace_summary *t)
{
	struct listing *l = arg;
	json_t *json = lsp_json_summary(t);
	l->rc = l->n++ ? lsp_buf_add(&l->request->answer.body, ",", 1) : 0;
	if (l->rc)
		json_decref(json);
	else
		l->rc = lsp_api_add_json(l->request, json);
	return l->rc;
}

static enum lsp_http_result search(struct lsp_http_request *r)
{
	static const char *const names[] = { "service", "operation", "text", "attr", "min-duration",
		"max-duration", "errors", "since", "until", "limit" };
	struct lsp_serve *s = r->app;
	struct lsp_trace_query query = { 0 };
	struct lsp_api_query q;
	struct listing listing = { .request = r };
	uint64_t limit = 0;
	lsp_api_query_init(&q, r);
	lsp_api_allow(&q, names, sizeof(names) / sizeof(names[0]));
	lsp_api_text(&q, "service", &query.service);
	lsp_api_text(&q, "operation", &query.operation);
	lsp_api_text(&q, "text", &query.text);
	lsp_api_attrs(&q, &query.attrs);
	lsp_api_duration(&q, "min-duration", &query.min_duration_ns);
	lsp_api_duration(&q, "max-duration", &query.max_duration_ns);
	lsp_api_flag(&q, "errors", &query.errors);
	lsp_api_time(&q, "since", &query.since_ns);
	lsp_api_time(&q, "until", &query.until_ns);
	lsp_api_number(&q, "limit", TRACES_MAX, &limit);
	if (q.bad)
		return LSP_HTTP_ANSWERED;
	query.limit = limit;
	int rc = lsp_buf_add_text(&r->answer.body, "{\"traces\":[");
	rc = rc ? rc : lsp_store_search(s->store, &query, add_summary, &listing);
	rc = rc ? rc : listing.rc;
	rc = rc ? rc : lsp_buf_add_text(&r->answer.body, "]");
	rc = rc ? rc : lsp_api_add_notes(r);
	rc = rc ? rc : lsp_buf_add_text(&r->answer.body, "}");
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/v1/traces", search, LSP_HTTP_SLOW, lsp_http_refuse_json },
	{ "GET", "/api/v1/traces/*", get_trace, LSP_HTTP_SLOW, lsp_http_refuse_json },
	{ "GET", "/api/v1/traces/*/text", get_text, LSP_HTTP_SLOW, lsp_http_refuse_json },
	{ "GET", "/api/v1/traces/*/explain", get_explain, LSP_HTTP_SLOW, lsp_http_refuse_json },
	{ "GET", "/api/v1/traces/*/logs", get_trace_logs, LSP_HTTP_SLOW, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_traces = { routes, sizeof(routes) / sizeof(routes[0]) };
