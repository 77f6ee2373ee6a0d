/* Text to a FILE: stamped when it is printed, in the call that prints it, for by the time a buffer
 * is flushed nearly every line would carry another request's context. */
#ifndef LSP_PRELOAD_OUT_FILE_H
#define LSP_PRELOAD_OUT_FILE_H

#include "file_door.h"

/* A FILE whose lines count, and what is known of it. */
struct lsp_file {
	FILE *file;
	struct lsp_fd *entry;
	struct lsp_rule rule;
	uint64_t now_ns;
	bool wide;     /* its characters are wchar_t's */
	bool unlocked; /* the host called an _unlocked function and has the FILE to itself */
	/* NULL, or set when a line went in and the flush behind it failed. */
	bool *ret_flush_failed;
};

/* True when a context is active (filled in) and the FILE's descriptor is a log. The gate of every
 * stdio hook; when false, the hook passes its call through. */
bool lsp_file_open(struct lsp_file *f, FILE *file, bool unlocked, struct lsp_context *ret_context);
/* … of the functions for wide characters. */
bool lsp_file_open_wide(
	struct lsp_file *f, FILE *file, bool unlocked, struct lsp_context *ret_context);

/* Puts a text (UTF-8 when the FILE is wide). Returns false when it is binary or cannot be handled:
 * nothing was printed, and the hook passes its call through. *ret_taken: how many of the host's
 * bytes went in (all, or fewer with the FILE's error set). */
bool lsp_file_put(const struct lsp_file *f, const struct lsp_context *c, const char *text, size_t n,
	size_t *ret_taken);

/* What came into the FILE's buffer past us (file_door.h): with the context that c is when there is
 * but one, its lines are stamped, or mirrored; else they are mirrored without ids, as far as they
 * do not name their request. What is in no line yet stays as it is. */
void lsp_file_take_unseen(const struct lsp_file *f, const struct lsp_context *c);

/* The same of a FILE that is about to be flushed or closed, if a context is active. Keeps errno. */
void lsp_file_last_look(FILE *file, bool unlocked);
void lsp_file_last_look_at_stdout(void);

/* A hook printed without a context: note whether a line was left open. */
void lsp_file_note_plain(FILE *file, const char *text, size_t n);

#endif
