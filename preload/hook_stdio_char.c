/* Family stdio_char: one character at a time. The characters of a line pass as they come and are
 * kept in the descriptor's entry; the newline brings the stamp with it. */
#include "real.h"

#include "out_file.h"
#include "shim.h"

/* Returns true when the character was put here; *ret is then the host's return value. */
static inline bool put(int ch, FILE *file, bool unlocked, bool inlined, int *ret)
{
	struct lsp_context c;
	struct lsp_file f;
	char byte = (char)ch;
	size_t taken;

	if (!lsp_file_open(&f, file, unlocked, &c))
		return false;
	if (inlined)
		f.entry->inlined = 1;
	if (!lsp_file_put(&f, &c, &byte, 1, &taken))
		return false;
	*ret = taken == 1 ? (unsigned char)ch : EOF;
	return true;
}

int fputc(int ch, FILE *file)
{
	int ret;

	return put(ch, file, false, false, &ret) ? ret : REAL(fputc)(ch, file);
}

int putc(int ch, FILE *file)
{
	int ret;

	return put(ch, file, false, false, &ret) ? ret : REAL(putc)(ch, file);
}

int _IO_putc(int ch, FILE *file)
{
	return putc(ch, file);
}

int putchar(int ch)
{
	return putc(ch, stdout);
}

int fputc_unlocked(int ch, FILE *file)
{
	int ret;

	return put(ch, file, true, false, &ret) ? ret : REAL(fputc_unlocked)(ch, file);
}

int putc_unlocked(int ch, FILE *file)
{
	return fputc_unlocked(ch, file);
}

int putchar_unlocked(int ch)
{
	return fputc_unlocked(ch, stdout);
}

/* What inlined putc_unlocked() falls back to: the buffer is full, there is none, its door is shut,
 * or it goes line by line. EOF as character asks for a flush only. */
int __overflow(FILE *file, int ch)
{
	int ret;

	if (ch != EOF && put(ch, file, true, true, &ret))
		return ret;
	ret = REAL(__overflow)(file, ch);
	lsp_file_note_inlined(file);
	return ret;
}
