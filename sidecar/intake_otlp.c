/* OTLP/HTTP: POST /v1/traces, /v1/logs, /v1/metrics in protobuf or JSON, plain or compressed. 200
 * is said when the rows are durable. opentelemetry-proto, docs/specification.md, "OTLP/HTTP". */
#include "otlp_take.h"
#include "../lib/wire/otlp_json.h"

#include <stdlib.h>
#include <strings.h>

/* A request that waits for the disk. */
struct pending {
	struct lsp_http_request *request;
	struct lsp_serve *serve;
	enum lsp_otlp_signal signal;
	struct lsp_otlp_result result;
};

/* ---- content types and answers --------------------------------------------------------------- */

enum format { PROTOBUF, JSON, NO_FORMAT };

static const char *const format_types[] = { "application/x-protobuf", "application/json" };

/* The media type without its parameters (RFC 9110, 8.3.1). */
static enum format format_of(const struct lsp_http_request *r)
{
	size_t n = r->type ? strcspn(r->type, "; \t") : 0;
	for (int f = PROTOBUF; f < NO_FORMAT; f++)
		if (n == strlen(format_types[f]) && strncasecmp(r->type, format_types[f], n) == 0)
			return (enum format)f;
	return NO_FORMAT;
}

static enum lsp_grpc_code code_of(unsigned status)
{
	switch (status) {
	case MHD_HTTP_BAD_REQUEST:
		return LSP_GRPC_INVALID_ARGUMENT;
	case MHD_HTTP_UNAUTHORIZED:
		return LSP_GRPC_UNAUTHENTICATED;
	case MHD_HTTP_FORBIDDEN:
		return LSP_GRPC_PERMISSION_DENIED;
	case MHD_HTTP_CONTENT_TOO_LARGE:
		return LSP_GRPC_RESOURCE_EXHAUSTED;
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		return LSP_GRPC_UNAVAILABLE;
	default:
		return LSP_GRPC_INTERNAL;
	}
}

static unsigned status_of(enum lsp_grpc_code code)
{
	switch (code) {
	case LSP_GRPC_INVALID_ARGUMENT:
		return MHD_HTTP_BAD_REQUEST;
	case LSP_GRPC_RESOURCE_EXHAUSTED:
		return MHD_HTTP_CONTENT_TOO_LARGE;
	case LSP_GRPC_UNAVAILABLE:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

/* google.rpc.Status in the encoding of the request; plain text where there is none. */
static void refuse(struct lsp_http_request *r, unsigned status, const char *message)
{
	enum format format = format_of(r);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		r->answer.retry_after_s = LSP_OTLP_RETRY_S;
	if (format == NO_FORMAT || status == MHD_HTTP_METHOD_NOT_ALLOWED ||
		status == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE) {
		lsp_http_answer_text(r, status, message);
		return;
	}
	r->answer.status = status;
	r->answer.type = format_types[format];
	lsp_buf_clear(&r->answer.body);
	if (format == JSON)
		(void)lsp_otlp_json_status(&r->answer.body, code_of(status), message);
	else
		(void)lsp_otlp_proto_status(&r->answer.body, code_of(status), message);
}

static void refuse_error(struct lsp_http_request *r, const struct lsp_otlp_error *e)
{
	refuse(r, status_of(e->code), e->message);
}

static void accept_request(struct lsp_http_request *r, enum lsp_otlp_signal signal,
	const struct lsp_otlp_result *result)
{
	static const char *const names[] = { "traces", "logs", "metrics" };
	enum format format = format_of(r);
	r->answer.type = format_types[format];
	int rc = format == JSON ? lsp_otlp_json_response(&r->answer.body, result, names[signal])
				: lsp_otlp_proto_response(&r->answer.body, result);
	if (rc)
		refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory for the answer");
}

/* ---- rows to the store ----------------------------------------------------------------------- */

static void on_stored(void *arg, int rc)
{
	struct pending *p = arg;
	struct lsp_otlp_error error;
	if (rc) {
		lsp_otlp_not_stored(p->serve, rc, &error);
		refuse_error(p->request, &error);
	} else {
		accept_request(p->request, p->signal, &p->result);
	}
	lsp_http_finish(p->request);
	free(p);
}

static enum lsp_http_result refuse_full(struct lsp_http_request *r, const char *message)
{
	struct lsp_otlp_error error;
	lsp_otlp_not_queued(r->app, message, &error);
	refuse_error(r, &error);
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result store_rows(struct lsp_http_request *r, enum lsp_otlp_signal signal,
	struct lsp_batch *b, const struct lsp_otlp_result *result)
{
	struct lsp_serve *s = r->app;
	struct pending *p = malloc(sizeof(*p));
	if (!p)
		return refuse_full(r, "no memory");
	*p = (struct pending){ r, s, signal, *result };
	if (!lsp_http_suspend(r)) {
		free(p);
		return refuse_full(r, "the server is ending");
	}
	if (lsp_writer_submit(s->writer, b, on_stored, p)) {
		free(p);
		(void)refuse_full(r, "the queue is full: nothing was kept");
		lsp_http_finish(r);
	}
	return LSP_HTTP_LATER;
}

/* False when type or encoding are not ours. */
static bool judge_types(struct lsp_http_request *r, enum lsp_encoding *ret)
{
	struct lsp_serve *s = r->app;
	const char *wrong = NULL;
	if (format_of(r) == NO_FORMAT)
		wrong = "Content-Type must be application/x-protobuf or application/json\n";
	else if (lsp_encoding_parse(ret, r->encoding))
		wrong = "Content-Encoding must be gzip, zstd or none\n";
	if (!wrong)
		return true;
	lsp_count(&s->counters, LSP_SERVED_REFUSED_TYPE, 1);
	refuse(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, wrong);
	return false;
}

static enum lsp_http_result take(struct lsp_http_request *r, enum lsp_otlp_signal signal)
{
	struct lsp_serve *s = r->app;
	struct lsp_otlp_result result;
	struct lsp_otlp_error error;
	struct lsp_batch b;
	enum lsp_encoding encoding;
	enum lsp_http_result how = LSP_HTTP_ANSWERED;
	if (!judge_types(r, &encoding))
		return how;
	lsp_batch_init(&b);
	if (!lsp_otlp_unpack(s, &r->body, encoding, &error) ||
		!lsp_otlp_read(s, &r->body, format_of(r) == JSON, signal, &b, &result, &error))
		refuse_error(r, &error);
	else if (b.n_spans || b.n_logs)
		how = store_rows(r, signal, &b, &result);
	else
		accept_request(r, signal, &result);
	lsp_batch_release(&b);
	return how;
}

static enum lsp_http_result take_traces(struct lsp_http_request *r)
{
	return take(r, LSP_OTLP_TRACES);
}

static enum lsp_http_result take_logs(struct lsp_http_request *r)
{
	return take(r, LSP_OTLP_LOGS);
}

static enum lsp_http_result take_metrics(struct lsp_http_request *r)
{
	return take(r, LSP_OTLP_METRICS);
}

static const struct lsp_http_route routes[] = {
	{ "POST", "/v1/traces", take_traces, 0, refuse },
	{ "POST", "/v1/logs", take_logs, 0, refuse },
	{ "POST", "/v1/metrics", take_metrics, 0, refuse },
};
const struct lsp_http_routes lsp_routes_otlp = { routes, sizeof(routes) / sizeof(routes[0]) };
