/* linespan(): hands messages to the sidecar and tells syslog-ng that they are safe only when the
 * sidecar has stored them. Batches, workers, disk buffer and retries are syslog-ng's own. */
#ifndef LSP_SYSLOG_NG_LINESPAN_DEST_H
#define LSP_SYSLOG_NG_LINESPAN_DEST_H

#include "compat.h"
#include "driver.h"

/* A new driver; its owner is the configuration. Setters: configuration time, one thread. */
LogDriver *lsp_dest_new(GlobalConfig *cfg);
void lsp_dest_set_path(LogDriver *d, const gchar *path); /* a spool folder */
void lsp_dest_set_url(LogDriver *d, const gchar *url); /* http:// or https://, OTLP/HTTP */
/* As of the parser whose values are sent. Returns 0 or -EINVAL. */
gint lsp_dest_set_prefix(LogDriver *d, const gchar *prefix);
/* NULL, or what is wrong with the options together. */
const gchar *lsp_dest_check(LogDriver *d);

#endif
