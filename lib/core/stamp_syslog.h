/* RFC 5424 lines: where the structured data is. For stamp.c. */
#ifndef LSP_CORE_STAMP_SYSLOG_H
#define LSP_CORE_STAMP_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>

/* True when the line begins with "<PRI>", PRI 0 to 191; *ret_behind is the offset behind it. */
bool lsp_stamp_priority(const char *line, size_t len, size_t *ret_behind);

/* Returns 1 when the line has a whole RFC 5424 header and valid structured data: *ret_at is where
 * an element goes in, *ret_skip is 1 when the NILVALUE "-" stands there. 0 when it is not such a
 * line, -EEXIST when it is one and has an element [opentelemetry …], which must not be there twice.
 * Outputs are untouched unless it returns 1. */
int lsp_stamp_rfc5424(const char *line, size_t len, size_t *ret_at, size_t *ret_skip);

#endif
