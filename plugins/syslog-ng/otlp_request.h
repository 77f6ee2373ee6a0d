/* An ExportLogsServiceRequest that grows record by record, one ResourceLogs a service and host. */
#ifndef LSP_SYSLOG_NG_OTLP_REQUEST_H
#define LSP_SYSLOG_NG_OTLP_REQUEST_H

#include "record.h"
#include "lib/model/buf.h"

#define LSP_OTLP_REQUEST_BYTES (4u * 1024 * 1024) /* a request that has so much is to be sent */

struct lsp_otlp_group;
struct lsp_otlp_request {
	struct lsp_otlp_group *groups;
	gsize n_groups, cap_groups, last, bytes;
	struct lsp_buf attrs, text, message;
};

void lsp_otlp_request_init(struct lsp_otlp_request *q);
void lsp_otlp_request_release(struct lsp_otlp_request *q);
/* Empty again. */
void lsp_otlp_request_clear(struct lsp_otlp_request *q);
/* Returns 0 or -ENOMEM, -E2BIG with q as it was. */
gint lsp_otlp_request_add(struct lsp_otlp_request *q, const struct lsp_ng_record *r);
/* The encoded request into out. Returns 0, -E2BIG, -ENOMEM. */
gint lsp_otlp_request_encode(struct lsp_otlp_request *q, struct lsp_buf *out);

#endif
