/* One message as the sidecar keeps it. */
#ifndef LSP_SYSLOG_NG_RECORD_H
#define LSP_SYSLOG_NG_RECORD_H

#include "compat.h"
#include "lib/core/context.h"
#include "lib/model/slice.h"

#define LSP_UID_CHARS 24

struct lsp_ng_record {
	uint64_t time_ns;
	uint8_t severity; /* OpenTelemetry number */
	uint32_t pid; /* 0: not said */
	struct lsp_context context; /* no trace: none was found */
	struct lsp_slice service, host, text; /* the message's own bytes */
	gchar uid[LSP_UID_CHARS]; /* log.record.uid: the same when it is sent again */
	gboolean has_uid;
};

/* The names of what a linespan-parser() with this prefix set. */
struct lsp_ng_names {
	NVHandle trace_id, span_id, trace_flags, unix_pid;
};
void lsp_ng_names_init(struct lsp_ng_names *n, const gchar *prefix);

/* Single values of a message: its time in nanoseconds, OpenTelemetry's number of its severity; a
 * decimal number, 0 when it is none or larger than 32 bits. */
#define LSP_NG_UNKNOWN_SERVICE "unknown_service"
guint64 lsp_ng_nanoseconds(const UnixTime *t);
guint64 lsp_ng_time_of(const LogMessage *msg);
guint8 lsp_ng_severity_of(const LogMessage *msg);
guint32 lsp_ng_number(struct lsp_slice text);

/* Gives the message, on its way into a destination's queue, a uid of its own: it goes with it
 * through the queue, on disk too. Takes the reference, returns one. Any worker thread. */
LogMessage *lsp_ng_give_uid(LogMessage *msg, const LogPathOptions *path_options);

/* Reads the values that the parser set, or finds ids itself. Slices live as long as the message. */
void lsp_ng_record_of(LogMessage *msg, const struct lsp_ng_names *n, struct lsp_ng_record *ret);

#endif
