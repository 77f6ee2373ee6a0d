/* The thread that follows log files: what is appended goes to the writer, and the place in a file
 * moves on, durably, when its lines are stored. */
#ifndef LSP_SIDECAR_INTAKE_TAIL_H
#define LSP_SIDECAR_INTAKE_TAIL_H

#include "twice.h"
#include "writer.h"

#include <stdbool.h>

#define LSP_TAIL_GLOBS_MAX 32

struct lsp_tail_intake;

struct lsp_tail_config {
	const char *globs[LSP_TAIL_GLOBS_MAX];
	size_t n_globs;
	const char *data_dir; /* where the places are kept */
	struct lsp_store *store; /* asked after a kill */
	struct lsp_writer *writer;
	struct lsp_twice *twice;
	struct lsp_serve_counters *counters;
};

/* Reads the places and starts the thread. Returns 0 or -errno. */
int lsp_tail_intake_new(struct lsp_tail_intake **ret, const struct lsp_tail_config *config);
/* Reads what is there once more, then ends the thread. The writer must still run. NULL is fine;
 * returns NULL. */
struct lsp_tail_intake *lsp_tail_intake_free(struct lsp_tail_intake *t);

#endif
