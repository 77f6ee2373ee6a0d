/* Times as logs write them. Private to lib/wire. */
#ifndef LSP_WIRE_SYSLOG_TIME_H
#define LSP_WIRE_SYSLOG_TIME_H

#include "syslog.h"

/* Each reads a time at the start of s: the bytes it takes, 0 when there is none. */
/* RFC 3339, also with a space for T, a comma for the dot and without a zone (then the clock's). */
size_t lsp_time_rfc3339(struct lsp_slice s, const struct lsp_syslog_clock *c, uint64_t *ret_ns);
/* "Nov 24 01:02:03", of the year that is nearest to now. */
size_t lsp_time_rfc3164(struct lsp_slice s, const struct lsp_syslog_clock *c, uint64_t *ret_ns);

#endif
