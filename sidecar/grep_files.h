/* `linespan grep` over files: which files, in which order, how they are read, what is printed. */
#ifndef LSP_SIDECAR_GREP_FILES_H
#define LSP_SIDECAR_GREP_FILES_H

#include "grep_match.h"

#include <stdio.h>

/* ---- which files (grep_files_walk.c) ---- */

struct lsp_found_file {
	char *path; /* "-": standard input */
	uint64_t mtime_ns, size;
	uint64_t device, inode; /* 0: not known */
};

struct lsp_found_files {
	struct lsp_found_file *at;
	size_t n, cap;
	unsigned n_errors; /* paths that could not be read; each was named on standard error */
};

/* Adds a file, or all regular files below a folder (symbolic links to files are followed, to
 * folders not). A file that is there under another name is left out by sort. 0 or -ENOMEM. */
int lsp_found_files_add(struct lsp_found_files *f, const char *path);
/* Oldest first, so that rotated files come out in the order of their lines; of two with one time
 * the higher rotation number is the older. */
void lsp_found_files_sort(struct lsp_found_files *f);
void lsp_found_files_release(struct lsp_found_files *f);

/* ---- how they are read (grep_files_read.c) ---- */

/* Gets whole lines: from is the beginning of a line, end is behind a newline or the end of all.
 * A line over 16 MiB comes in pieces. A non-zero answer stops the reading. */
typedef int lsp_grep_block(void *arg, const char *from, const char *end);

/* Reads a file, or standard input for "-"; gzip, zstd and xz are recognised by their first bytes.
 * Returns 0, what the block function answered, or -errno (-EBADMSG: compressed data is damaged or
 * cut; the lines before were delivered). */
int lsp_grep_read(const char *path, lsp_grep_block *block, void *arg);
/* The same for the lines that begin in the bytes from..to of a plain file. */
int lsp_grep_read_part(
	const char *path, uint64_t from, uint64_t to, lsp_grep_block *block, void *arg);
/* The size of a file that can be read in parts; 0 for all others. */
uint64_t lsp_grep_parts_of(const char *path);

/* One decompressor: turns what `next_in` points to into bytes at out. */
struct lsp_inflate;
/* magic: the first n bytes of the stream. NULL: not a format that is known, or no memory. */
struct lsp_inflate *lsp_inflate_new(const uint8_t *magic, size_t n);
struct lsp_inflate *lsp_inflate_free(struct lsp_inflate *s);
/* Takes from *in_n bytes at *in (moving both on) and fills out. last: no more input will follow.
 * Returns the number of bytes written, 0 when it needs input or is done, or -EBADMSG, -ENOMEM. */
ptrdiff_t lsp_inflate_step(struct lsp_inflate *s, const uint8_t **in, size_t *in_n, bool last,
	char *out, size_t out_cap);

/* ---- what is printed (grep_files.c) ---- */

struct lsp_grep_options {
	bool count, names, json, sanitise, colour;
};

/* Searches all files and prints. Returns the exit status of the command. */
int lsp_grep_files(const struct lsp_needle *needle, struct lsp_found_files *files,
	const struct lsp_grep_options *options, FILE *out);

#endif
