/* Bytes into a FILE, by who has its lock, or the FILE to himself. */
#ifndef LSP_PRELOAD_FILE_PUT_H
#define LSP_PRELOAD_FILE_PUT_H

#include "lines.h"
#include "out_file.h"

/* As libc has room, or would have with its door open. */
static inline bool lsp_file_has_room(const struct lsp_file *f, size_t n)
{
	const FILE *file = f->file;
	const char *end = lsp_file_is_shut_by_us(file, f->entry) ? file->_IO_buf_end
								   : file->_IO_write_end;

	return lsp_file_is_whole(file) && end - file->_IO_write_ptr >= (ptrdiff_t)n;
}

/* A fully buffered FILE with room takes bytes as putc_unlocked() would give them to it. Returns
 * false, with nothing done, when there is none. */
bool lsp_file_append(const struct lsp_file *f, const char *bytes, size_t n);

/* By the real function where there is no room. Both return how many went in. */
size_t lsp_file_put_bytes(const struct lsp_file *f, const char *bytes, size_t n);
size_t lsp_file_put_piece(const struct lsp_file *f, const struct lsp_piece *p);

#endif
