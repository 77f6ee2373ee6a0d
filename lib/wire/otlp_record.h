/* One encoded record into a row. Shared by the protobuf and JSON intakes; private to lib/wire. */
#ifndef LSP_WIRE_OTLP_RECORD_H
#define LSP_WIRE_OTLP_RECORD_H

#include "otlp_proto.h"

/* A Span / LogRecord message, which must live as long as the batch; unread: LSP_OTLP_…_UNREAD. Bad
 * ids: the span is counted as rejected, the log kept without them. Notes what else is wrong
 * (otlp_findings.h). Returns 0, -EBADMSG, -ENOMEM. */
int lsp_otlp_take_span(struct lsp_batch *b, struct lsp_slice encoded, uint32_t origin,
	unsigned unread, struct lsp_otlp_result *result);
int lsp_otlp_take_log(struct lsp_batch *b, struct lsp_slice encoded, uint32_t origin,
	unsigned unread, struct lsp_otlp_result *result);

/* service.name of an encoded Resource; "" when it has none. Returns 0 or -EBADMSG. */
int lsp_otlp_service_of(struct lsp_slice resource, struct lsp_slice *ret);

#endif
