/* Trace context of a whole message: its text, else its structured data, else journald's fields. */
#ifndef LSP_SYSLOG_NG_FIND_IDS_H
#define LSP_SYSLOG_NG_FIND_IDS_H

#include "compat.h"
#include "lib/core/hex.h"
#include "lib/wire/log_text.h"

/* Returns as lsp_log_text_find(). The stamp is empty unless the ids are in line itself. Elsewhere
 * is asked only when whole says that line is MESSAGE. Any worker thread. */
gint lsp_find_ids(LogMessage *msg, struct lsp_slice line, gboolean whole, struct lsp_found *ret);

#endif
