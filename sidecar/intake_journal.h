/* The thread that follows systemd's journal: entries go to the writer, and the cursor moves on,
 * durably, when they are stored. */
#ifndef LSP_SIDECAR_INTAKE_JOURNAL_H
#define LSP_SIDECAR_INTAKE_JOURNAL_H

#include "twice.h"
#include "writer.h"

struct lsp_journal_intake;

struct lsp_journal_config {
	const char *path; /* a folder or a file; NULL: this machine's journal */
	const char *data_dir; /* where the cursor is kept */
	uint64_t retention_ns; /* older entries are not read; 0: all */
	struct lsp_store *store; /* asked after a kill */
	struct lsp_writer *writer;
	struct lsp_twice *twice;
	struct lsp_serve_counters *counters;
};

/* Opens the journal and starts the thread. Returns 0 or -errno: -ENOPKG without libsystemd. */
int lsp_journal_intake_new(
	struct lsp_journal_intake **ret, const struct lsp_journal_config *config);
/* Reads what is there once more, then ends the thread. The writer must still run. NULL is fine;
 * returns NULL. */
struct lsp_journal_intake *lsp_journal_intake_free(struct lsp_journal_intake *j);

#endif
