/* The files that are followed: which they are, what became of them, what is new in them. For one
 * thread. */
#ifndef LSP_SIDECAR_TAIL_FILES_H
#define LSP_SIDECAR_TAIL_FILES_H

#include "tail_place.h"
#include "../lib/wire/syslog.h"

#define LSP_TAIL_FILES_MAX 1024
#define LSP_TAIL_PAST_MAX  64 /* places of files that are gone, to know their copies */

struct lsp_tail_file {
	struct lsp_tail_place place;
	uint64_t read_to; /* beyond the place: on its way to the store */
	int fd; /* -1: not open */
	bool listed; /* by the globs, in the last look */
	unsigned quiet; /* looks without anything new since it is not listed */
};

struct lsp_tail_files {
	struct lsp_tail_file *files[LSP_TAIL_FILES_MAX];
	size_t n;
	struct lsp_tail_place past[LSP_TAIL_PAST_MAX];
	size_t n_past;
	struct lsp_syslog_scratch scratch;
	uint64_t clock_ns; /* the time of lines that say none; 0: when they are read */
	char *bytes; /* of one read */
};

/* Returns 0, -ENOMEM. */
int lsp_tail_files_init(struct lsp_tail_files *t);
void lsp_tail_files_release(struct lsp_tail_files *t);

int lsp_tail_files_load(struct lsp_tail_files *t, const char *path);
int lsp_tail_files_save(const struct lsp_tail_files *t, const char *path);

/* Looks which files there are: opens new ones, gives up those that were rotated away and read. */
void lsp_tail_files_look(struct lsp_tail_files *t, const char *const *globs, size_t n);

/* Puts new lines into the batch, up to about max_bytes. Returns how many bytes were read. */
size_t lsp_tail_files_read(struct lsp_tail_files *t, struct lsp_batch *b, size_t max_bytes);
/* What was read is stored: places move. Or it is not: it will be read again. */
void lsp_tail_files_done(struct lsp_tail_files *t, bool stored);

#endif
