/* A generator of load for one sidecar: requests of a fixed make whose ids are new each time, sent
 * over several connections, each with one request on its way. */
#ifndef LSP_BENCH_LOAD_H
#define LSP_BENCH_LOAD_H

#include "lib/model/buf.h"
#include "lib/model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum load_body { LOAD_SPANS, LOAD_LOGS, LOAD_JSON_SPANS };

/* One request's bytes, and where the ids are in them. */
struct body {
	char *at;
	size_t len, rows;
	struct body_row {
		size_t trace_id, span_id, start, end; /* offsets; end 0: a log record */
	} * places;
	bool hex;
};
/* rows_per_trace rows that follow each other have one trace id. */
#define ROWS_PER_TRACE 8
struct body body_make(enum load_body kind, size_t rows);
struct body body_copy(const struct body *b);
/* The time of now, and new ids, made from the numbers first, first + 1, …: the trace of row i is
 * load_trace_id(first + i / ROWS_PER_TRACE). */
void body_renew(struct body *b, uint64_t first_trace);
void load_trace_id(uint64_t number, uint8_t id[16]);

/* One connection. send: posts the body and waits; returns 0 when it was taken, 1 when it is to be
 * sent again, -1 when the connection is gone. */
struct link;
struct link *http_open(int port, const char *path, const char *type);
int http_send(struct link *l, const struct body *b);
struct link *grpc_open(int port, const char *path);
int grpc_send(struct link *l, const struct body *b);

int dial(int port);

#endif
