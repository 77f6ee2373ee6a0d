/* Family stdio: whole texts. */
#include "real.h"

#include "out_file.h"
#include "shim.h"

#include <alloca.h>
#include <limits.h>
#include <stdint.h>

#define PUTS_BYTES 16384 /* puts() of a longer text goes out as it is */

int puts(const char *s)
{
	struct lsp_context c;
	struct lsp_file f;
	size_t n, taken;
	char *line;

	if (!lsp_file_open(&f, stdout, false, &c) || (n = strlen(s)) > PUTS_BYTES)
		return LSP_FILE_PLAIN(stdout, false, REAL(puts)(s));
	line = alloca(n + 1);
	memcpy(line, s, n);
	line[n] = '\n';
	if (!lsp_file_put(&f, &c, line, n + 1, &taken))
		return LSP_FILE_PLAIN(stdout, false, REAL(puts)(s));
	if (taken < n + 1)
		return EOF;
	return n + 1 > INT_MAX ? INT_MAX : (int)(n + 1);
}

int _IO_puts(const char *s)
{
	return puts(s);
}

int fputs(const char *s, FILE *file)
{
	struct lsp_context c;
	struct lsp_file f;
	size_t n, taken;

	if (!lsp_file_open(&f, file, false, &c) || (n = strlen(s)) == 0 ||
		!lsp_file_put(&f, &c, s, n, &taken))
		return LSP_FILE_PLAIN(file, false, REAL(fputs)(s, file));
	return taken < n ? EOF : 1;
}

int _IO_fputs(const char *s, FILE *file)
{
	return fputs(s, file);
}

int fputs_unlocked(const char *s, FILE *file)
{
	struct lsp_context c;
	struct lsp_file f;
	size_t n, taken;

	if (!lsp_file_open(&f, file, true, &c) || (n = strlen(s)) == 0 ||
		!lsp_file_put(&f, &c, s, n, &taken))
		return LSP_FILE_PLAIN(file, true, REAL(fputs_unlocked)(s, file));
	return taken < n ? EOF : 1;
}

/* Returns false when the call must pass through; *ret is the count of whole items. */
static bool put_items(
	const void *items, size_t size, size_t n, FILE *file, bool unlocked, size_t *ret)
{
	struct lsp_context c;
	struct lsp_file f;
	size_t bytes, taken;
	bool flush_failed = false;

	if (!lsp_file_open(&f, file, unlocked, &c) || __builtin_mul_overflow(size, n, &bytes) ||
		bytes == 0)
		return false;
	f.ret_flush_failed = &flush_failed;
	if (!lsp_file_put(&f, &c, items, bytes, &taken))
		return false;
	/* libc's fwrite() does not tell of a flush that failed behind the text. */
	*ret = taken == bytes || flush_failed ? n : taken / size;
	return true;
}

size_t fwrite(const void *items, size_t size, size_t n, FILE *file)
{
	size_t done;

	if (put_items(items, size, n, file, false, &done))
		return done;
	done = LSP_FILE_PLAIN(file, false, REAL(fwrite)(items, size, n, file));
	lsp_file_note_plain(file, items, done * size);
	return done;
}

size_t _IO_fwrite(const void *items, size_t size, size_t n, FILE *file)
{
	return fwrite(items, size, n, file);
}

int putw(int word, FILE *file)
{
	return fwrite(&word, sizeof(word), 1, file) < 1 ? EOF : 0;
}

size_t fwrite_unlocked(const void *items, size_t size, size_t n, FILE *file)
{
	size_t done;

	if (put_items(items, size, n, file, true, &done))
		return done;
	return LSP_FILE_PLAIN(file, true, REAL(fwrite_unlocked)(items, size, n, file));
}
