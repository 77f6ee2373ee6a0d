/* OTLP/HTTP: POST /v1/traces, /v1/logs, /v1/metrics in protobuf or JSON, plain or compressed. 200
 * is said when the rows are durable. opentelemetry-proto, docs/specification.md, "OTLP/HTTP". */
#include "serve.h"
#include "unpack.h"
#include "../lib/core/ring.h"
#include "../lib/wire/otlp_json.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define RETRY_AFTER_S 1

/* Numbers of google.rpc.Code. */
enum grpc_code {
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14
};

enum signal_kind { TRACES, LOGS, METRICS };

/* A request that waits for the disk. */
struct pending {
	struct lsp_http_request *request;
	struct lsp_serve *serve;
	enum signal_kind kind;
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

static enum grpc_code code_of(unsigned status)
{
	switch (status) {
	case MHD_HTTP_BAD_REQUEST:
		return GRPC_INVALID_ARGUMENT;
	case MHD_HTTP_FORBIDDEN:
		return GRPC_PERMISSION_DENIED;
	case MHD_HTTP_CONTENT_TOO_LARGE:
		return GRPC_RESOURCE_EXHAUSTED;
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		return GRPC_UNAVAILABLE;
	default:
		return GRPC_INTERNAL;
	}
}

/* google.rpc.Status in the encoding of the request; plain text where there is none. */
static void refuse(struct lsp_http_request *r, unsigned status, const char *message)
{
	enum format format = format_of(r);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		r->answer.retry_after_s = RETRY_AFTER_S;
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

static void accept_request(
	struct lsp_http_request *r, enum signal_kind kind, const struct lsp_otlp_result *result)
{
	static const char *const names[] = { "traces", "logs", "metrics" };
	enum format format = format_of(r);
	r->answer.type = format_types[format];
	int rc = format == JSON ? lsp_otlp_json_response(&r->answer.body, result, names[kind])
				: lsp_otlp_proto_response(&r->answer.body, result);
	if (rc)
		refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory for the answer");
}

/* ---- body to rows ---------------------------------------------------------------------------- */

/* Replaces the body by what it unpacks to. */
static bool unpack_body(struct lsp_http_request *r, struct lsp_serve *s)
{
	enum lsp_encoding encoding;
	struct lsp_buf plain;
	if (lsp_encoding_parse(&encoding, r->encoding)) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_TYPE, 1);
		refuse(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			"Content-Encoding must be gzip, zstd or none\n");
		return false;
	}
	if (encoding == LSP_ENCODING_NONE)
		return true;
	lsp_buf_init(&plain, s->max_body_bytes);
	int rc = lsp_unpack(&plain, encoding, (struct lsp_slice){ r->body.at, r->body.len });
	lsp_buf_release(&r->body);
	if (rc == 0) {
		r->body = plain;
		return true;
	}
	lsp_buf_release(&plain);
	if (rc == -E2BIG) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_TOO_LARGE, 1);
		refuse(r, MHD_HTTP_CONTENT_TOO_LARGE,
			"the body is larger than --max-body allows after decompression");
	} else if (rc == -ENOMEM) {
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory");
	} else {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_MALFORMED, 1);
		refuse(r, MHD_HTTP_BAD_REQUEST, "the compressed body is damaged or cut");
	}
	return false;
}

static int decode(struct lsp_batch *b, struct lsp_slice body, enum format format,
	enum signal_kind kind, struct lsp_otlp_result *ret)
{
	static int (*const to_rows[2][2])(
		struct lsp_batch *, struct lsp_slice, struct lsp_otlp_result *) = {
		[PROTOBUF] = { lsp_otlp_proto_traces, lsp_otlp_proto_logs },
		[JSON] = { lsp_otlp_json_traces, lsp_otlp_json_logs },
	};
	memset(ret, 0, sizeof(*ret));
	if (body.len == 0)
		return 0; /* an empty request, in either encoding */
	if (kind == METRICS)
		return format == JSON ? lsp_otlp_json_metrics(body, ret)
				      : lsp_otlp_proto_metrics(body, ret);
	return to_rows[format][kind](b, body, ret);
}

static void date_logs(struct lsp_batch *b)
{
	uint64_t now = lsp_now_ns();
	for (size_t i = 0; i < b->n_logs; i++)
		if (b->logs[i].time_ns == 0)
			b->logs[i].time_ns = now;
}

static void count_rows(struct lsp_serve *s, const struct lsp_batch *b, enum signal_kind kind,
	const struct lsp_otlp_result *result)
{
	lsp_count(&s->counters, LSP_SERVED_RECEIVED_SPANS,
		b->n_spans + (kind == TRACES ? result->rejected : 0));
	lsp_count(&s->counters, LSP_SERVED_RECEIVED_LOGS, b->n_logs);
	lsp_count(&s->counters, LSP_SERVED_UNCORRELATED_LOGS, result->uncorrelated);
	lsp_count(&s->counters,
		kind == METRICS ? LSP_SERVED_DROPPED_METRICS : LSP_SERVED_REJECTED_SPANS,
		result->rejected);
}

/* The request's body as rows; false when the request was refused. */
static bool read_rows(struct lsp_http_request *r, struct lsp_serve *s, enum signal_kind kind,
	struct lsp_batch *b, struct lsp_otlp_result *ret)
{
	enum format format = format_of(r);
	int rc = decode(b, (struct lsp_slice){ r->body.at, r->body.len }, format, kind, ret);
	if (rc == -EBADMSG) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_MALFORMED, 1);
		refuse(r, MHD_HTTP_BAD_REQUEST, ret->message);
		return false;
	}
	if (rc) {
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory");
		return false;
	}
	if (format == PROTOBUF && r->body.at) {
		/* The rows point into it. */
		lsp_batch_own(b, r->body.at, r->body.cap);
		lsp_buf_init(&r->body, 0);
	} else {
		lsp_buf_release(&r->body);
	}
	date_logs(b);
	count_rows(s, b, kind, ret);
	return true;
}

/* ---- rows to the store ----------------------------------------------------------------------- */

static void refuse_stored(struct lsp_http_request *r, struct lsp_serve *s, int rc)
{
	lsp_count(&s->counters, LSP_SERVED_REFUSED_STORE, 1);
	if (rc == -ENOSPC)
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "the store is full: nothing was kept");
	else if (rc == -EIO || rc == -EAGAIN || rc == -EROFS || rc == -ENOMEM)
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE,
			"the store could not write: nothing was kept");
	else
		refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR,
			"the store does not take this: nothing was kept");
}

static void on_stored(void *arg, int rc)
{
	struct pending *p = arg;
	if (rc)
		refuse_stored(p->request, p->serve, rc);
	else
		accept_request(p->request, p->kind, &p->result);
	lsp_http_finish(p->request);
	free(p);
}

static enum lsp_http_result refuse_full(struct lsp_http_request *r, const char *message)
{
	struct lsp_serve *s = r->app;
	lsp_count(&s->counters, LSP_SERVED_REFUSED_FULL, 1);
	refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, message);
	return LSP_HTTP_ANSWERED;
}

static enum lsp_http_result store_rows(struct lsp_http_request *r, enum signal_kind kind,
	struct lsp_batch *b, const struct lsp_otlp_result *result)
{
	struct lsp_serve *s = r->app;
	struct pending *p = malloc(sizeof(*p));
	if (!p)
		return refuse_full(r, "no memory");
	*p = (struct pending){ r, s, kind, *result };
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

static enum lsp_http_result take(struct lsp_http_request *r, enum signal_kind kind)
{
	struct lsp_serve *s = r->app;
	struct lsp_otlp_result result;
	struct lsp_batch b;
	enum lsp_http_result how = LSP_HTTP_ANSWERED;
	if (format_of(r) == NO_FORMAT) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_TYPE, 1);
		refuse(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			"Content-Type must be application/x-protobuf or application/json\n");
		return LSP_HTTP_ANSWERED;
	}
	if (!unpack_body(r, s))
		return LSP_HTTP_ANSWERED;
	lsp_batch_init(&b);
	if (read_rows(r, s, kind, &b, &result)) {
		lsp_twice_drop(s->twice, &b);
		if (b.n_spans || b.n_logs)
			how = store_rows(r, kind, &b, &result);
		else
			accept_request(r, kind, &result);
	}
	lsp_batch_release(&b);
	return how;
}

static enum lsp_http_result take_traces(struct lsp_http_request *r)
{
	return take(r, TRACES);
}

static enum lsp_http_result take_logs(struct lsp_http_request *r)
{
	return take(r, LOGS);
}

static enum lsp_http_result take_metrics(struct lsp_http_request *r)
{
	return take(r, METRICS);
}

static const struct lsp_http_route routes[] = {
	{ "POST", "/v1/traces", take_traces, false, refuse },
	{ "POST", "/v1/logs", take_logs, false, refuse },
	{ "POST", "/v1/metrics", take_metrics, false, refuse },
};
const struct lsp_http_routes lsp_routes_otlp = { routes, sizeof(routes) / sizeof(routes[0]) };
