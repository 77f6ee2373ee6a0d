/* GET /api/v1/logs?… {"logs":[LOG…],"last_row":"N"}: the newest `limit` records in time order.
 * last_row, given back as after_row, asks for what has been stored since. It is a text, for it has
 * more digits than a number of JavaScript keeps. */
#include "api.h"
#include "json_trace.h"

#include <errno.h>
#include <inttypes.h>

#define LOGS_MAX 100000

struct listing {
	struct lsp_http_request *request;
	size_t n;
	int rc;
};

static int add_log(void *arg, const struct lsp_log *log)
{
	struct listing *l = arg;
	l->rc = l->n++ ? lsp_buf_add(&l->request->answer.body, ",", 1) : 0;
	if (l->rc == 0)
		l->rc = lsp_api_add_json(l->request, lsp_json_log(log));
	return l->rc;
}

/* Where the strings and ids that a query points to live meanwhile. */
struct values {
	struct lsp_trace_key key;
	uint8_t span_id[LSP_SPAN_ID_BYTES];
};

static void read_ids(struct lsp_api_query *q, struct lsp_log_query *query, struct values *v)
{
	const char *trace = NULL, *span = NULL, *severity = NULL;
	lsp_api_text(q, "trace", &trace);
	lsp_api_text(q, "span", &span);
	lsp_api_text(q, "severity", &severity);
	if (trace) {
		query->trace = &v->key;
		if (lsp_trace_key_parse(&v->key, lsp_slice_of(trace)))
			lsp_api_refuse(q, "trace", trace, "a trace id");
	}
	if (span) {
		query->span_id = v->span_id;
		if (lsp_span_id_parse(v->span_id, lsp_slice_of(span)))
			lsp_api_refuse(q, "span", span, "a span id");
	}
	if (severity) {
		query->min_severity = lsp_severity_parse(lsp_slice_of(severity));
		if (!query->min_severity)
			lsp_api_refuse(q, "severity", severity,
				"one of trace, debug, info, warn, error, fatal, nor a number from "
				"1 to 24");
	}
}

static bool read_query(struct lsp_http_request *r, struct lsp_log_query *query, struct values *v)
{
	static const char *const names[] = { "service", "severity", "text", "attr", "trace", "span",
		"no-trace", "since", "until", "limit", "after", "after-row" };
	struct lsp_api_query q;
	uint64_t limit = 0;
	lsp_api_query_init(&q, r);
	lsp_api_allow(&q, names, sizeof(names) / sizeof(names[0]));
	lsp_api_text(&q, "service", &query->service);
	lsp_api_text(&q, "text", &query->text);
	lsp_api_attrs(&q, &query->attrs);
	read_ids(&q, query, v);
	lsp_api_flag(&q, "no-trace", &query->no_trace);
	lsp_api_time(&q, "since", &query->since_ns);
	lsp_api_time(&q, "until", &query->until_ns);
	lsp_api_number(&q, "limit", LOGS_MAX, &limit);
	lsp_api_number(&q, "after", UINT64_MAX, &query->after_row);
	lsp_api_number(&q, "after-row", UINT64_MAX, &query->after_row);
	query->limit = limit;
	return !q.bad;
}

static enum lsp_http_result get_logs(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	struct lsp_log_query query = { 0 };
	struct listing listing = { .request = r };
	struct values values;
	uint64_t last_row = 0;
	if (!read_query(r, &query, &values))
		return LSP_HTTP_ANSWERED;
	last_row = query.after_row;
	int rc = lsp_buf_add_text(&r->answer.body, "{\"logs\":[");
	rc = rc ? rc : lsp_store_logs(s->store, &query, add_log, &listing, &last_row);
	rc = rc ? rc : listing.rc;
	rc = rc ? rc : lsp_buf_printf(&r->answer.body, "],\"last_row\":\"%" PRIu64 "\"", last_row);
	rc = rc ? rc : lsp_api_add_notes(r);
	rc = rc ? rc : lsp_buf_add_text(&r->answer.body, "}");
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/v1/logs", get_logs, LSP_HTTP_SLOW, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_logs = { routes, sizeof(routes) / sizeof(routes[0]) };
