#include "otlp_take.h"
#include "../lib/core/ring.h"
#include "../lib/wire/otlp_json.h"
#include "../lib/wire/zipkin.h"

#include <errno.h>

static void fail(struct lsp_otlp_error *e, enum lsp_grpc_code code, const char *message)
{
	e->code = code;
	snprintf(e->message, sizeof(e->message), "%s", message);
}

bool lsp_otlp_unpack(struct lsp_serve *s, struct lsp_buf *body, enum lsp_encoding encoding,
	struct lsp_otlp_error *ret_error)
{
	struct lsp_buf plain;
	if (encoding == LSP_ENCODING_NONE)
		return true;
	lsp_buf_init(&plain, s->max_body_bytes);
	int rc = lsp_unpack(&plain, encoding, (struct lsp_slice){ body->at, body->len });
	lsp_buf_release(body);
	if (rc == 0) {
		*body = plain;
		return true;
	}
	lsp_buf_release(&plain);
	if (rc == -E2BIG) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_TOO_LARGE, 1);
		fail(ret_error, LSP_GRPC_RESOURCE_EXHAUSTED,
			"the body is larger than --max-body allows after decompression");
	} else if (rc == -ENOMEM) {
		fail(ret_error, LSP_GRPC_UNAVAILABLE, "no memory");
	} else {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_MALFORMED, 1);
		fail(ret_error, LSP_GRPC_INVALID_ARGUMENT, "the compressed body is damaged or cut");
	}
	return false;
}

static int decode(struct lsp_batch *b, struct lsp_slice body, bool is_json,
	enum lsp_otlp_signal signal, struct lsp_otlp_result *ret)
{
	static int (*const to_rows[2][2])(
		struct lsp_batch *, struct lsp_slice, struct lsp_otlp_result *) = {
		{ lsp_otlp_proto_traces, lsp_otlp_proto_logs },
		{ lsp_otlp_json_traces, lsp_otlp_json_logs },
	};
	memset(ret, 0, sizeof(*ret));
	if (body.len == 0)
		return 0; /* an empty request, in either encoding */
	if (signal == LSP_OTLP_METRICS)
		return is_json ? lsp_otlp_json_metrics(body, ret)
			       : lsp_otlp_proto_metrics(body, ret);
	return to_rows[is_json][signal](b, body, ret);
}

/* What has no time came now; a span that has only its end, then. */
static void date_rows(struct lsp_batch *b)
{
	uint64_t now = lsp_now_ns();
	for (size_t i = 0; i < b->n_logs; i++)
		if (b->logs[i].time_ns == 0)
			b->logs[i].time_ns = now;
	for (size_t i = 0; i < b->n_spans; i++) {
		struct lsp_span_row *s = &b->spans[i];
		if (s->start_ns == 0)
			s->start_ns = s->end_ns ? s->end_ns : now;
		if (s->end_ns == 0)
			s->end_ns = s->start_ns;
	}
}

static void count_rows(struct lsp_serve *s, const struct lsp_batch *b, enum lsp_otlp_signal signal,
	const struct lsp_otlp_result *result)
{
	lsp_count(&s->counters, LSP_SERVED_RECEIVED_SPANS,
		b->n_spans + (signal == LSP_OTLP_TRACES ? result->rejected : 0));
	lsp_count(&s->counters, LSP_SERVED_RECEIVED_LOGS, b->n_logs);
	lsp_count(&s->counters, LSP_SERVED_UNCORRELATED_LOGS, result->uncorrelated);
	lsp_count(&s->counters,
		signal == LSP_OTLP_METRICS ? LSP_SERVED_DROPPED_METRICS : LSP_SERVED_REJECTED_SPANS,
		result->rejected);
}

bool lsp_otlp_read(struct lsp_serve *s, struct lsp_buf *body, bool is_json,
	enum lsp_otlp_signal signal, struct lsp_batch *b, struct lsp_otlp_result *ret_result,
	struct lsp_otlp_error *ret_error)
{
	int rc = decode(b, (struct lsp_slice){ body->at, body->len }, is_json, signal, ret_result);
	if (rc == -EBADMSG) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_MALFORMED, 1);
		fail(ret_error, LSP_GRPC_INVALID_ARGUMENT, ret_result->message);
		return false;
	}
	if (rc) {
		fail(ret_error, LSP_GRPC_UNAVAILABLE, "no memory");
		return false;
	}
	if (!is_json && body->at) {
		/* The rows point into it. */
		lsp_batch_own(b, body->at, body->cap);
		lsp_buf_init(body, 0);
	} else {
		lsp_buf_release(body);
	}
	date_rows(b);
	count_rows(s, b, signal, ret_result);
	lsp_twice_drop(s->twice, b);
	return true;
}

bool lsp_zipkin_read(struct lsp_serve *s, struct lsp_buf *body, struct lsp_batch *b,
	struct lsp_otlp_result *ret_result, struct lsp_otlp_error *ret_error)
{
	int rc = lsp_zipkin_spans(b, (struct lsp_slice){ body->at, body->len }, ret_result);
	if (rc == -EBADMSG) {
		lsp_count(&s->counters, LSP_SERVED_REFUSED_MALFORMED, 1);
		fail(ret_error, LSP_GRPC_INVALID_ARGUMENT, ret_result->message);
		return false;
	}
	if (rc) {
		fail(ret_error, LSP_GRPC_UNAVAILABLE, "no memory");
		return false;
	}
	lsp_buf_release(body);
	date_rows(b);
	count_rows(s, b, LSP_OTLP_TRACES, ret_result);
	return true;
}

void lsp_otlp_not_stored(struct lsp_serve *s, int rc, struct lsp_otlp_error *ret_error)
{
	lsp_count(&s->counters, LSP_SERVED_REFUSED_STORE, 1);
	if (rc == -ENOSPC)
		fail(ret_error, LSP_GRPC_UNAVAILABLE, "the store is full: nothing was kept");
	else if (rc == -EIO || rc == -EAGAIN || rc == -EROFS || rc == -ENOMEM)
		fail(ret_error, LSP_GRPC_UNAVAILABLE,
			"the store could not write: nothing was kept");
	else
		fail(ret_error, LSP_GRPC_INTERNAL,
			"the store does not take this: nothing was kept");
}

void lsp_otlp_not_queued(struct lsp_serve *s, const char *why, struct lsp_otlp_error *ret_error)
{
	lsp_count(&s->counters, LSP_SERVED_REFUSED_FULL, 1);
	fail(ret_error, LSP_GRPC_UNAVAILABLE, why);
}
