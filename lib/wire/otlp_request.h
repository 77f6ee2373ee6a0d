/* Rows → the bodies of OTLP requests, as protobuf. What a sender said goes out as it came in. */
#ifndef LSP_WIRE_OTLP_REQUEST_H
#define LSP_WIRE_OTLP_REQUEST_H

#include "../model/batch.h"
#include "../model/buf.h"

/* All spans (or else all log records) of the batch as ExportTraceServiceRequest (Logs…) messages,
 * in their order, cut where one would grow over max_bytes; a row that is larger goes alone.
 * Several messages, one after the other, are one message, too. Calls each with a body and the rows
 * in it; what it answers, if not 0, ends this and is returned. Returns 0 or -errno. */
int lsp_otlp_requests(const struct lsp_batch *b, bool logs, size_t max_bytes,
	int (*each)(void *arg, struct lsp_slice body, uint32_t n_rows), void *arg);

#endif
