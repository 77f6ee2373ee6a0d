/* OTLP protobuf → rows. A streaming reader of our own: no allocation per field, strings stay where
 * they are, every length is checked against its parent. opentelemetry-proto 1.x; unknown fields are
 * skipped, groups and bad wire types are malformed. */
#ifndef LSP_WIRE_OTLP_PROTO_H
#define LSP_WIRE_OTLP_PROTO_H

#include "../model/batch.h"
#include "../model/buf.h"

#define LSP_OTLP_FINDINGS_MAX 16 /* kinds of them: otlp_findings.h */

/* How often something was wrong, and where first. */
struct lsp_otlp_found {
	uint64_t n;
	uint8_t span_id[LSP_SPAN_ID_BYTES]; /* all zero: not of one span */
	const char *id; /* the id that is wrong, static; NULL: none is */
	size_t id_bytes;
	uint8_t want_bytes;
	bool unread;
};

/* What was taken and what not: the content of the answer's partial_success. */
struct lsp_otlp_result {
	uint64_t accepted;
	uint64_t rejected;  /* spans with bad ids */
	uint64_t uncorrelated; /* log records whose ids were bad: kept without them */
	struct lsp_otlp_found found[LSP_OTLP_FINDINGS_MAX]; /* by enum lsp_otlp_finding */
	char message[512];  /* why, "" when nothing is to be said; may be set with rejected == 0 */
};

/* Decode an ExportTraceServiceRequest / ExportLogsServiceRequest (also TracesData / LogsData). Rows
 * point into body, which must live as long as the batch (lsp_batch_own).
 * Returns 0, -EBADMSG when the message is malformed (ret->message says what and at which offset;
 * the batch may hold rows: drop it), -ENOMEM. */
int lsp_otlp_proto_traces(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret);
int lsp_otlp_proto_logs(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret);
/* Counts data points only. */
int lsp_otlp_proto_metrics(struct lsp_slice body, struct lsp_otlp_result *ret);

/* What is said of metrics, of which none are kept. */
void lsp_otlp_metrics_say(struct lsp_otlp_result *ret, uint64_t points);

/* The answers: Export*ServiceResponse (the three have one shape) and google.rpc.Status. */
int lsp_otlp_proto_response(struct lsp_buf *out, const struct lsp_otlp_result *r);
int lsp_otlp_proto_status(struct lsp_buf *out, int grpc_code, const char *message);
/* The other way round, for who sends: rejected and message of a response (both empty when all went
 * well), the message of a Status ("" when there is none; cut at cap). Return 0 or -EBADMSG. */
int lsp_otlp_proto_parse_response(struct lsp_slice body, struct lsp_otlp_result *ret);
int lsp_otlp_proto_parse_status(struct lsp_slice body, char *ret_message, size_t cap);

#endif
