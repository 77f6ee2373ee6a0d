/* Zipkin's v2 API: POST /api/v2/spans, JSON, plain or compressed. 202 is said when the rows are
 * durable. Senders do not read what it says of single spans: /metrics counts those refused. */
#include "otlp_take.h"

#include <stdlib.h>
#include <strings.h>

/* A request that waits for the disk. */
struct pending {
	struct lsp_http_request *request;
	struct lsp_serve *serve;
};

static void refuse(struct lsp_http_request *r, const struct lsp_otlp_error *e)
{
	unsigned status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	if (e->code == LSP_GRPC_INVALID_ARGUMENT)
		status = MHD_HTTP_BAD_REQUEST;
	else if (e->code == LSP_GRPC_RESOURCE_EXHAUSTED)
		status = MHD_HTTP_CONTENT_TOO_LARGE;
	else if (e->code == LSP_GRPC_UNAVAILABLE)
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		r->answer.retry_after_s = LSP_OTLP_RETRY_S;
	lsp_http_refuse_json(r, status, e->message);
}

static void on_stored(void *arg, int rc)
{
	struct pending *p = arg;
	struct lsp_otlp_error error;
	if (rc) {
		lsp_otlp_not_stored(p->serve, rc, &error);
		refuse(p->request, &error);
	} else {
		lsp_http_answer_text(p->request, MHD_HTTP_ACCEPTED, "");
	}
	lsp_http_finish(p->request);
	free(p);
}

static enum lsp_http_result not_queued(struct lsp_http_request *r, const char *why)
{
	struct lsp_otlp_error error;
	lsp_otlp_not_queued(r->app, why, &error);
	refuse(r, &error);
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result store_rows(struct lsp_http_request *r, struct lsp_batch *b)
{
	struct lsp_serve *s = r->app;
	struct pending *p = malloc(sizeof(*p));
	if (!p)
		return not_queued(r, "no memory");
	*p = (struct pending){ r, s };
	if (!lsp_http_suspend(r)) {
		free(p);
		return not_queued(r, "the server is ending");
	}
	if (lsp_writer_submit(s->writer, b, on_stored, p)) {
		free(p);
		(void)not_queued(r, "the queue is full: nothing was kept");
		lsp_http_finish(r);
	}
	return LSP_HTTP_LATER;
}

/* Thrift and protobuf are Zipkin's other encodings. */
static bool is_json(const struct lsp_http_request *r)
{
	return !r->type || strncasecmp(r->type, "application/json", 16) == 0;
}

static enum lsp_http_result take_spans(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	struct lsp_otlp_result result;
	struct lsp_otlp_error error;
	struct lsp_batch b;
	enum lsp_encoding encoding;
	enum lsp_http_result how = LSP_HTTP_ANSWERED;
	if (!is_json(r) || lsp_encoding_parse(&encoding, r->encoding)) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_TYPE, 1);
		lsp_http_refuse_json(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			"spans are taken as application/json, plain, gzip or zstd");
		return how;
	}
	lsp_batch_init(&b);
	if (!lsp_otlp_unpack(s, &r->body, encoding, &error) ||
		!lsp_zipkin_read(s, &r->body, &b, &result, &error))
		refuse(r, &error);
	else if (b.n_spans)
		how = store_rows(r, &b);
	else
		lsp_http_answer_text(r, MHD_HTTP_ACCEPTED, "");
	lsp_batch_release(&b);
	return how;
}

static const struct lsp_http_route routes[] = {
	{ "POST", "/api/v2/spans", take_spans, 0, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_zipkin = { routes, sizeof(routes) / sizeof(routes[0]) };
