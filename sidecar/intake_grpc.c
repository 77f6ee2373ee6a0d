/* OTLP/gRPC: the three Export methods, and grpc.health.v1.Health/Check. OK is said when the rows
 * are durable. opentelemetry-proto, docs/specification.md, "OTLP/gRPC". */
#include "otlp_take.h"
#include "../lib/wire/otlp_encode.h"

#include <errno.h>
#include <stdlib.h>

#define COLLECTOR "/opentelemetry.proto.collector."

/* A call that waits for the disk. */
struct pending {
	struct lsp_grpc_call *call;
	struct lsp_serve *serve;
	struct lsp_otlp_result result;
};

/* The one place that says which errors are worth another try: OTLP's table of retryable codes. */
static void fail(struct lsp_grpc_call *c, const struct lsp_otlp_error *e)
{
	lsp_grpc_fail(
		c, e->code, e->code == LSP_GRPC_UNAVAILABLE ? LSP_OTLP_RETRY_S : 0, e->message);
}

static void accept_call(struct lsp_grpc_call *c, const struct lsp_otlp_result *result)
{
	if (lsp_otlp_proto_response(&c->answer, result))
		lsp_grpc_fail(c, LSP_GRPC_INTERNAL, 0, "no memory for the answer");
}

static void on_stored(void *arg, int rc)
{
	struct pending *p = arg;
	struct lsp_otlp_error error;
	if (rc) {
		lsp_otlp_not_stored(p->serve, rc, &error);
		fail(p->call, &error);
	} else {
		accept_call(p->call, &p->result);
	}
	lsp_grpc_finish(p->call);
	free(p);
}

static enum lsp_grpc_result store_rows(
	struct lsp_grpc_call *c, struct lsp_batch *b, const struct lsp_otlp_result *result)
{
	struct lsp_serve *s = c->app;
	struct pending *p = malloc(sizeof(*p));
	struct lsp_otlp_error error;
	if (p) {
		*p = (struct pending){ c, s, *result };
		if (lsp_writer_submit(s->writer, b, on_stored, p) == 0)
			return LSP_GRPC_LATER;
	}
	free(p);
	lsp_otlp_not_queued(s, "the queue is full: nothing was kept", &error);
	fail(c, &error);
	return LSP_GRPC_ANSWERED;
}

static enum lsp_grpc_result export(struct lsp_grpc_call *c) {
	struct lsp_otlp_result result; struct lsp_otlp_error error; struct lsp_batch b;
	enum lsp_grpc_result how = LSP_GRPC_ANSWERED;
	lsp_batch_init(&b);
	if (!lsp_otlp_read(c->app, &c->message, false, (enum lsp_otlp_signal)c->method->argument,
		    &b, &result, &error)) fail(c, &error);
	else if (b.n_spans || b.n_logs) how = store_rows(c, &b, &result);
	else accept_call(c, &result);
	lsp_batch_release(&b);
	return how;
}

/* HealthCheckRequest{1: service} → HealthCheckResponse{1: status}; 1 is SERVING. An empty name asks
 * for the whole server. */
static enum lsp_grpc_result check_health(struct lsp_grpc_call *c)
{
	static const char *const services[] = { "",
		"opentelemetry.proto.collector.trace.v1.TraceService",
		"opentelemetry.proto.collector.logs.v1.LogsService",
		"opentelemetry.proto.collector.metrics.v1.MetricsService" };
	struct lsp_slice name = { "", 0 };
	size_t n = c->message.len;
	const char *at = c->message.at;
	/* The one field of the request, whose names are all shorter than 128 bytes. */
	if (n >= 2 && at[0] == 0x0a && (size_t)(unsigned char)at[1] == n - 2)
		name = (struct lsp_slice){ at + 2, n - 2 };
	else if (n) {
		lsp_grpc_fail(c, LSP_GRPC_INVALID_ARGUMENT, 0, "malformed protobuf");
		return LSP_GRPC_ANSWERED;
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (strlen(services[i]) != name.len || memcmp(services[i], name.at, name.len) != 0)
			continue;
		if (lsp_pb_varint(&c->answer, 1, 1))
			lsp_grpc_fail(c, LSP_GRPC_INTERNAL, 0, "no memory for the answer");
		return LSP_GRPC_ANSWERED;
	}
	lsp_grpc_fail(c, LSP_GRPC_NOT_FOUND, 0, "no such service");
	return LSP_GRPC_ANSWERED;
}

static const struct lsp_grpc_method methods[] = {
	{ COLLECTOR "trace.v1.TraceService/Export", export, LSP_OTLP_TRACES, false },
	{ COLLECTOR "logs.v1.LogsService/Export", export, LSP_OTLP_LOGS, false },
	{ COLLECTOR "metrics.v1.MetricsService/Export", export, LSP_OTLP_METRICS, false },
	{ "/grpc.health.v1.Health/Check", check_health, 0, true },
};
const struct lsp_grpc_methods lsp_methods_otlp = { methods, sizeof(methods) / sizeof(methods[0]) };
