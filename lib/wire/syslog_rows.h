/* What the lines of syslog, of files and of the journal share on their way into a batch. Private to
 * lib/wire. Functions that return an int: 0, or an error that is one of memory. */
#ifndef LSP_WIRE_SYSLOG_ROWS_H
#define LSP_WIRE_SYSLOG_ROWS_H

#include "syslog.h"

#define LSP_ROWS_LOG_ATTR 6 /* the number of the field attributes in a LogRecord */

/* OpenTelemetry numbers of syslog's levels. */
extern const uint8_t lsp_rows_severities[8];

/* The origin with this service and host (may be empty), made when it is not among the last ones. */
int lsp_rows_origin(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice service,
	struct lsp_slice host, uint32_t *ret);
/* Ids from `first`, when it is not empty and has some, else from the text. */
void lsp_rows_ids(struct lsp_log_row *row, struct lsp_slice first, struct lsp_slice text);
/* One attribute more in s->attrs, unless the value is empty. */
int lsp_rows_text_attr(struct lsp_syslog_scratch *s, struct lsp_slice key, struct lsp_slice value);
/* The row with this body and the attributes in s->attrs; its other fields are set. */
int lsp_rows_add(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_log_row *row,
	struct lsp_slice text);
/* A decimal number of 32 bits, 0 for what is none. */
uint32_t lsp_rows_number(struct lsp_slice s);

#endif
