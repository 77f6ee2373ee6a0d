/* RFC 5424 lines: where the structured data is. For stamp.c. */
#ifndef LSP_CORE_STAMP_SYSLOG_H
#define LSP_CORE_STAMP_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>

/* True when the line begins with "<PRI>"; *ret_behind is the offset behind it. */
bool lsp_stamp_priority(const char *line, size_t len, size_t *ret_behind);

/* True when the line has a whole RFC 5424 header and structured data. *ret_at is where an element
 * goes in, *ret_skip 1 when the NILVALUE "-" stands there. */
bool lsp_stamp_rfc5424(const char *line, size_t len, size_t *ret_at, size_t *ret_skip);

#endif
