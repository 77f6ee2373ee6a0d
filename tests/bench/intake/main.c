/* bench_intake WHAT TARGET ROWS [PER_REQUEST [FIRST]]
 *
 * WHAT: http-spans, http-json, http-logs, grpc-spans, grpc-logs (TARGET: a port), ring-logs (the
 * spool). Sends ROWS rows and prints acked=N seconds=S retries=R. With FIRST the numbers of
 * traces begin there. A connection that breaks ends its sender: what was acknowledged is on stdout,
 * one "ack FIRST_TRACE ROWS" a line, when ACKS is set in the environment. */
#include "load.h"

#include "lib/core/ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 6

static const struct kind {
	const char *name;
	enum load_body body;
	const char *path, *type; /* type NULL: gRPC */
} kinds[] = {
	{ "http-spans", LOAD_SPANS, "/v1/traces", "application/x-protobuf" },
	{ "http-json", LOAD_JSON_SPANS, "/v1/traces", "application/json" },
	{ "http-logs", LOAD_LOGS, "/v1/logs", "application/x-protobuf" },
	{ "grpc-spans", LOAD_SPANS, "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
		NULL },
	{ "grpc-logs", LOAD_LOGS, "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
		NULL },
};

static const struct kind *kind;
static int port;
static struct body made;
static uint64_t wanted;
static _Atomic uint64_t next_trace, given, acked, retries;
static bool say_acks;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Returns whether the connection is still there. */
static bool post(struct link *l, struct body *b)
{
	uint64_t traces = (b->rows + ROWS_PER_TRACE - 1) / ROWS_PER_TRACE;
	uint64_t first = atomic_fetch_add(&next_trace, traces);
	int r;

	body_renew(b, first);
	while ((r = kind->type ? http_send(l, b) : grpc_send(l, b)) == 1) {
		retries++;
		usleep(2000);
	}
	if (r)
		return false;
	acked += b->rows;
	if (say_acks)
		printf("ack %llu %zu\n", (unsigned long long)first, b->rows);
	return true;
}

static void *sender(void *arg)
{
	struct body b = body_copy(&made);
	struct link *l =
		kind->type ? http_open(port, kind->path, kind->type) : grpc_open(port, kind->path);

	(void)arg;
	while (l && atomic_fetch_add(&given, b.rows) < wanted && post(l, &b))
		;
	return NULL;
}

/* As fast as the reader gives room back; done when all is durable. */
static void fill_ring(const char *spool)
{
	static struct lsp_ring ring;
	struct lsp_ring_identity id = { "orders", "orders", "bench" };
	struct lsp_context context = { .source = LSP_SOURCE_OTEL };
	struct lsp_ring_line line = {
		.context = &context, .tid = 7, .severity = 9, .channel = LSP_CHANNEL_STDOUT
	};
	char text[186];

	if (lsp_ring_open(&ring, spool, 8 << 20, &id)) {
		fprintf(stderr, "no ring in %s\n", spool);
		exit(1);
	}
	for (uint64_t i = 0; i < wanted; i++) {
		uint64_t trace = next_trace + i / ROWS_PER_TRACE, span = i + 1;

		if (i % ROWS_PER_TRACE == 0)
			load_trace_id(trace, context.trace_id);
		memcpy(context.span_id, &span, 8);
		line.text_bytes = (size_t)snprintf(text, sizeof(text),
			"INFO order %llu of customer %llu: 3 items reserved in store 12, took %llu "
			"ms; session %016llx, next step is payment by card, attempt 1 of 3, "
			"currency EUR, region eu-central-1, node abcdef-ghijkl-mnop",
			(unsigned long long)i, (unsigned long long)(trace * 7919 % 100000),
			(unsigned long long)(i * 31 % 900),
			(unsigned long long)(trace * 0x9E3779B97F4A7C15ull));
		if (line.text_bytes > 185)
			line.text_bytes = 185;
		line.text = text;
		while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line)) {
			retries++;
			usleep(200);
		}
		acked++;
	}
	while (!lsp_ring_is_drained(&ring))
		usleep(500);
	lsp_ring_release(&ring, spool);
}

int main(int argc, char **argv)
{
	pthread_t threads[CONNECTIONS];
	double began;

	if (argc < 4)
		return 2;
	wanted = strtoull(argv[3], NULL, 10);
	next_trace = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
	say_acks = getenv("ACKS") != NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	if (kind) {
		port = atoi(argv[2]);
		made = body_make(kind->body, argc > 4 ? strtoul(argv[4], NULL, 10) : 512);
	} else if (strcmp(argv[1], "ring-logs") != 0) {
		return 2;
	}
	began = seconds();
	for (size_t i = 0; kind && i < CONNECTIONS; i++)
		pthread_create(&threads[i], NULL, sender, NULL);
	for (size_t i = 0; kind && i < CONNECTIONS; i++)
		pthread_join(threads[i], NULL);
	if (!kind)
		fill_ring(argv[2]);
	printf("acked=%llu seconds=%.3f retries=%llu\n", (unsigned long long)acked,
		seconds() - began, (unsigned long long)retries);
	return 0;
}
