/* What syslog-ng's headers name differently from version to version, in one place: 3.38 is Debian
 * 12's, 4.x is newer. Every source file of this module includes this first. */
#ifndef LSP_SYSLOG_NG_COMPAT_H
#define LSP_SYSLOG_NG_COMPAT_H

#include "logmsg/logmsg.h"
#include "messages.h"
#include "parser/parser-expr.h"
#include "stats/stats-cluster-single.h"
#include "stats/stats-registry.h"
#include "template/templates.h"

#ifndef LSP_SYSLOG_NG_VERSION
#error "the build says which syslog-ng this is: -DLSP_SYSLOG_NG_VERSION=338"
#endif

#if LSP_SYSLOG_NG_VERSION >= 400
#define lsp_stats_key stats_cluster_single_key_legacy_set_with_name
#else
#define lsp_stats_key stats_cluster_single_key_set_with_name
#endif

/* Raw bytes as a value: what the opentelemetry() destination of 4.3 and later takes ids from. */
#if LSP_SYSLOG_NG_VERSION >= 403
#define LSP_HAVE_BYTES 1
#else
#define LSP_HAVE_BYTES 0
#endif

static inline LogTemplate *lsp_parser_template(const LogParser *p)
{
#if LSP_SYSLOG_NG_VERSION >= 404
	return p->template_obj;
#else
	return p->template;
#endif
}

#endif
