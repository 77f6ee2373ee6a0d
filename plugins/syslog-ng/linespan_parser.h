/* linespan-parser(): finds trace context in a message, in any form that lib/wire/log_text.h knows,
 * and sets trace_id, span_id and trace_flags under a prefix. Never drops a message. */
#ifndef LSP_SYSLOG_NG_LINESPAN_PARSER_H
#define LSP_SYSLOG_NG_LINESPAN_PARSER_H

#include "compat.h"

#define LSP_PREFIX_DEFAULT   ".linespan."
#define LSP_PREFIX_BYTES_MAX 64
#define LSP_TAG_STAMPED      "linespan.stamped"
#define LSP_TAG_FOREIGN_PID  "linespan.pid_mismatch"

/* A new parser; its owner is the configuration. Options below are for the grammar: configuration
 * time, one thread. process() runs in any worker thread. */
LogParser *lsp_parser_new(GlobalConfig *cfg);

/* True for what a value's name can begin with: 1 to 63 letters, digits and "._-@", with a letter,
 * digit or dot first. */
gboolean lsp_prefix_is_good(const gchar *prefix);

/* Returns 0, or -EINVAL when the prefix is not good. */
gint lsp_parser_set_prefix(LogParser *p, const gchar *prefix);
/* Take a text stamp out of MESSAGE. Only without template(). */
void lsp_parser_set_strip(LogParser *p, gboolean strip);
/* Take no ids from a message whose PID is not the process that the kernel names. */
void lsp_parser_set_verify_pid(LogParser *p, gboolean verify);
/* Also set what the opentelemetry() destination reads. Returns 0, or -ENOTSUP in versions that have
 * no values of raw bytes. */
gint lsp_parser_set_otlp(LogParser *p, gboolean otlp);
/* NULL, or what is wrong with the options together. */
const gchar *lsp_parser_check(LogParser *p);

/* $(linespan-traceparent [PREFIX]): the W3C traceparent of what the parser found, or nothing. */
gpointer lsp_traceparent_construct(Plugin *self);

#endif
