/* Entries of systemd's journal as rows of a batch. */
#ifndef LSP_WIRE_JOURNAL_H
#define LSP_WIRE_JOURNAL_H

#include "syslog.h"

/* The fields of an entry that are read. X(id, name in the journal) */
#define LSP_JOURNAL_FIELD_TABLE(X)                                                                 \
	X(MESSAGE, "MESSAGE")                                                                      \
	X(PRIORITY, "PRIORITY")                                                                    \
	X(IDENTIFIER, "SYSLOG_IDENTIFIER")                                                         \
	X(FACILITY, "SYSLOG_FACILITY")                                                             \
	X(TRACE_ID, "TRACE_ID")                                                                    \
	X(SPAN_ID, "SPAN_ID")                                                                      \
	X(TID, "TID")                                                                              \
	X(CODE_FILE, "CODE_FILE")                                                                  \
	X(CODE_LINE, "CODE_LINE")                                                                  \
	X(CODE_FUNC, "CODE_FUNC")                                                                  \
	X(MESSAGE_ID, "MESSAGE_ID")                                                                \
	X(SOURCE_TIME, "_SOURCE_REALTIME_TIMESTAMP")                                               \
	X(UNIT, "_SYSTEMD_UNIT")                                                                   \
	X(COMM, "_COMM")                                                                           \
	X(HOSTNAME, "_HOSTNAME")                                                                   \
	X(PID, "_PID")                                                                             \
	X(SYSLOG_PID, "SYSLOG_PID")

enum lsp_journal_field {
#define X(id, name) LSP_JOURNAL_##id,
	LSP_JOURNAL_FIELD_TABLE(X)
#undef X
		LSP_JOURNAL_N_FIELDS
};

struct lsp_journal_entry {
	uint64_t time_ns; /* when journald took it */
	struct lsp_slice fields[LSP_JOURNAL_N_FIELDS]; /* .at NULL: not there */
};

void lsp_journal_entry_init(struct lsp_journal_entry *e, uint64_t time_ns);
/* Takes one "NAME=value" of the entry; the first of a name counts, unknown ones are passed over.
 * The value is copied into the batch. Returns 0 or -ENOMEM. */
int lsp_journal_entry_field(
	struct lsp_journal_entry *e, struct lsp_batch *b, struct lsp_slice field);

/* The entry as a row, intake JOURNAL. Ids are those of the fields TRACE_ID and SPAN_ID, else those
 * in the text. An entry without MESSAGE is no row. Returns 0 or -ENOMEM. */
int lsp_journal_take(
	struct lsp_batch *b, struct lsp_syslog_scratch *s, const struct lsp_journal_entry *e);

#endif
