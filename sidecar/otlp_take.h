/* What OTLP/HTTP and OTLP/gRPC have in common: the body of a request to rows, and what is said when
 * that, or the store, fails. */
#ifndef LSP_SIDECAR_OTLP_TAKE_H
#define LSP_SIDECAR_OTLP_TAKE_H

#include "serve.h"
#include "unpack.h"
#include "../lib/wire/grpc.h"
#include "../lib/wire/otlp_proto.h"

#define LSP_OTLP_RETRY_S 1 /* after what is said to be UNAVAILABLE */

enum lsp_otlp_signal { LSP_OTLP_TRACES, LSP_OTLP_LOGS, LSP_OTLP_METRICS };

struct lsp_otlp_error {
	enum lsp_grpc_code code; /* LSP_GRPC_OK: none */
	char message[256];
};

/* Replaces the body by what it unpacks to, at most s->max_body_bytes. Counts what it refuses.
 * Returns false with *ret_error set; the body is empty then. */
bool lsp_otlp_unpack(struct lsp_serve *s, struct lsp_buf *body, enum lsp_encoding encoding,
	struct lsp_otlp_error *ret_error);

/* The body's rows, without those that came before by another way. b is initialised by the caller,
 * who releases it in any case; it takes over the body's memory. Counts rows, and what it refuses.
 * Returns false with *ret_error set. */
bool lsp_otlp_read(struct lsp_serve *s, struct lsp_buf *body, bool is_json,
	enum lsp_otlp_signal signal, struct lsp_batch *b, struct lsp_otlp_result *ret_result,
	struct lsp_otlp_error *ret_error);

/* The same for Zipkin's JSON, whose rows do not point into the body. */
bool lsp_zipkin_read(struct lsp_serve *s, struct lsp_buf *body, struct lsp_batch *b,
	struct lsp_otlp_result *ret_result, struct lsp_otlp_error *ret_error);

/* What is said of rows that the writer could not store (lsp_writer_done) or could not queue. Counts
 * it. Any thread. */
void lsp_otlp_not_stored(struct lsp_serve *s, int rc, struct lsp_otlp_error *ret_error);
void lsp_otlp_not_queued(struct lsp_serve *s, const char *why, struct lsp_otlp_error *ret_error);

#endif
