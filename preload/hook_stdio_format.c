/* Family stdio_format: printf and its kin. Each has a v-form; the variadic ones only pack their
 * arguments. */
#include "real.h"

#include "format.h"
#include "out_file.h"
#include "shim.h"

/* Returns true when the text was printed here; *ret is then the host's return value. */
static bool put(FILE *file, int flag, const char *format, va_list args, int *ret)
{
	struct lsp_context c;
	struct lsp_file f;
	size_t taken;

	if (!lsp_file_open(&f, file, false, &c))
		return false;
	LSP_FORMAT(text, n, flag, format, args)
	if (n <= 0 || !lsp_file_put(&f, &c, text, (size_t)n, &taken))
		return false;
	*ret = taken < (size_t)n ? -1 : n;
	return true;
}

int vfprintf(FILE *file, const char *format, va_list args)
{
	int n;

	return put(file, 0, format, args, &n)
		       ? n
		       : LSP_FILE_PLAIN(file, false, REAL(vfprintf)(file, format, args));
}

int __vfprintf_chk(FILE *file, int flag, const char *format, va_list args)
{
	int n;

	return put(file, flag, format, args, &n)
		       ? n
		       : LSP_FILE_PLAIN(
				 file, false, REAL(__vfprintf_chk)(file, flag, format, args));
}

int _IO_vfprintf(FILE *file, const char *format, va_list args)
{
	return vfprintf(file, format, args);
}

int vprintf(const char *format, va_list args)
{
	return vfprintf(stdout, format, args);
}

int __vprintf_chk(int flag, const char *format, va_list args)
{
	return __vfprintf_chk(stdout, flag, format, args);
}

int printf(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfprintf(stdout, format, args);
	va_end(args);
	return n;
}

int _IO_printf(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfprintf(stdout, format, args);
	va_end(args);
	return n;
}

int fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfprintf(file, format, args);
	va_end(args);
	return n;
}

int _IO_fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfprintf(file, format, args);
	va_end(args);
	return n;
}

int __printf_chk(int flag, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vfprintf_chk(stdout, flag, format, args);
	va_end(args);
	return n;
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vfprintf_chk(file, flag, format, args);
	va_end(args);
	return n;
}
