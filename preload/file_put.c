#include "real.h"

#include "file_put.h"
#include "out_wide.h"

#define FILE_ERROR 0x0020 /* libio's flag behind ferror() */

bool lsp_file_append(const struct lsp_file *f, const char *bytes, size_t n)
{
	if (!lsp_file_has_room(f, n))
		return false;
	memcpy(f->file->_IO_write_ptr, bytes, n);
	f->file->_IO_write_ptr += n;
	lsp_file_seen(f->file, f->entry, f->rule);
	return true;
}

/* fwrite() tells that all went in when the line did and the flush behind it failed: then nothing
 * did. */
static size_t put_really(const struct lsp_file *f, const char *bytes, size_t n)
{
	FILE *file = f->file;
	int before = file->_flags & FILE_ERROR;
	size_t taken;

	/* fwrite() would flush what fputc() puts a character behind. */
	if (n == 1 && lsp_file_is_shut(file))
		return REAL(fputc_unlocked)((unsigned char)*bytes, file) != EOF;
	if (before)
		file->_flags &= ~FILE_ERROR;
	taken = REAL(fwrite_unlocked)(bytes, 1, n, file);
	if (taken == n && (file->_flags & FILE_ERROR)) {
		taken = 0;
		if (f->ret_flush_failed)
			*f->ret_flush_failed = true;
	}
	if (before)
		file->_flags |= before;
	return taken;
}

size_t lsp_file_put_bytes(const struct lsp_file *f, const char *bytes, size_t n)
{
	size_t taken;

	if (f->wide)
		return lsp_file_put_wide(f, bytes, n);
	if (lsp_file_append(f, bytes, n))
		return n;
	lsp_file_unshut(f->file, f->entry);
	taken = put_really(f, bytes, n);
	lsp_file_seen(f->file, f->entry, f->rule);
	return taken;
}

/* A line too long to be copied: three calls. */
static __attribute__((noinline, cold)) size_t put_parts(
	const struct lsp_file *f, const struct lsp_piece *p)
{
	size_t taken = 0;

	for (int i = 0; i < 3; i++) {
		size_t n = lsp_file_put_bytes(f, p->part[i].at, p->part[i].len);

		taken += n;
		if (n < p->part[i].len)
			break;
	}
	return taken;
}

size_t lsp_file_put_piece(const struct lsp_file *f, const struct lsp_piece *p)
{
	return p->bytes ? lsp_file_put_bytes(f, p->bytes, p->len) : put_parts(f, p);
}
