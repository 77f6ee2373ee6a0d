/* Family wide: characters of wchar_t. A text is looked at and stamped as UTF-8, and goes to the
 * real function as wide characters again. */
#include "real.h"

#include "out_wide.h"
#include "shim.h"

#include <errno.h>

int __vswprintf_chk(
	wchar_t *out, size_t cap, int flag, size_t size, const wchar_t *format, va_list args);

/* Returns true when the text was printed here; *ret_done: all of it. */
static bool put(const struct lsp_file *f, const struct lsp_context *c, const wchar_t *text,
	size_t n, bool *ret_done)
{
	char bytes[4 * LSP_WIDE_CHARS_MAX];
	size_t len, taken;

	if (n > LSP_WIDE_CHARS_MAX || (len = lsp_wide_to_utf8(bytes, text, n)) == 0 ||
		!lsp_file_put(f, c, bytes, len, &taken))
		return false;
	*ret_done = taken == len;
	return true;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool put_string(const wchar_t *s, FILE *file, bool unlocked, int *ret)
{
	struct lsp_context c;
	struct lsp_file f;
	bool done;

	if (!lsp_file_open_wide(&f, file, unlocked, &c) || !put(&f, &c, s, wcslen(s), &done))
		return false;
	*ret = done ? 1 : -1;
	return true;
}

int fputws(const wchar_t *s, FILE *file)
{
	int ret;

	return put_string(s, file, false, &ret) ? ret : REAL(fputws)(s, file);
}

int fputws_unlocked(const wchar_t *s, FILE *file)
{
	int ret;

	return put_string(s, file, true, &ret) ? ret : REAL(fputws_unlocked)(s, file);
}

/* ---- single characters ----------------------------------------------------------------------- */

static bool put_char(wchar_t ch, FILE *file, bool unlocked, wint_t *ret)
{
	struct lsp_context c;
	struct lsp_file f;
	bool done;

	if (!lsp_file_open_wide(&f, file, unlocked, &c) || !put(&f, &c, &ch, 1, &done))
		return false;
	*ret = done ? (wint_t)ch : WEOF;
	return true;
}

wint_t fputwc(wchar_t ch, FILE *file)
{
	wint_t ret;

	return put_char(ch, file, false, &ret) ? ret : REAL(fputwc)(ch, file);
}

wint_t putwc(wchar_t ch, FILE *file)
{
	return fputwc(ch, file);
}

wint_t putwchar(wchar_t ch)
{
	return fputwc(ch, stdout);
}

wint_t fputwc_unlocked(wchar_t ch, FILE *file)
{
	wint_t ret;

	return put_char(ch, file, true, &ret) ? ret : REAL(fputwc_unlocked)(ch, file);
}

wint_t putwc_unlocked(wchar_t ch, FILE *file)
{
	return fputwc_unlocked(ch, file);
}

wint_t putwchar_unlocked(wchar_t ch)
{
	return fputwc_unlocked(ch, stdout);
}

wint_t __woverflow(FILE *file, wint_t ch)
{
	wint_t ret;

	return ch != WEOF && put_char((wchar_t)ch, file, true, &ret) ? ret
								     : REAL(__woverflow)(file, ch);
}

/* ---- formatted ------------------------------------------------------------------------------- */

static bool put_format(FILE *file, int flag, const wchar_t *format, va_list args, int *ret)
{
	int saved = errno, n;
	wchar_t text[LSP_WIDE_CHARS_MAX + 1];
	struct lsp_context c;
	struct lsp_file f;
	va_list again;
	bool done;

	if (!lsp_file_open_wide(&f, file, false, &c))
		return false;
	va_copy(again, args);
	n = __vswprintf_chk(
		text, LSP_WIDE_CHARS_MAX + 1, flag, LSP_WIDE_CHARS_MAX + 1, format, again);
	va_end(again);
	errno = saved;
	if (n <= 0 || !put(&f, &c, text, (size_t)n, &done))
		return false;
	*ret = done ? n : -1;
	return true;
}

int vfwprintf(FILE *file, const wchar_t *format, va_list args)
{
	int n;

	return put_format(file, 0, format, args, &n) ? n : REAL(vfwprintf)(file, format, args);
}

int __vfwprintf_chk(FILE *file, int flag, const wchar_t *format, va_list args)
{
	int n;

	return put_format(file, flag, format, args, &n)
		       ? n
		       : REAL(__vfwprintf_chk)(file, flag, format, args);
}

int vwprintf(const wchar_t *format, va_list args)
{
	return vfwprintf(stdout, format, args);
}

int __vwprintf_chk(int flag, const wchar_t *format, va_list args)
{
	return __vfwprintf_chk(stdout, flag, format, args);
}

int wprintf(const wchar_t *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfwprintf(stdout, format, args);
	va_end(args);
	return n;
}

int fwprintf(FILE *file, const wchar_t *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vfwprintf(file, format, args);
	va_end(args);
	return n;
}

int __wprintf_chk(int flag, const wchar_t *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vfwprintf_chk(stdout, flag, format, args);
	va_end(args);
	return n;
}

int __fwprintf_chk(FILE *file, int flag, const wchar_t *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vfwprintf_chk(file, flag, format, args);
	va_end(args);
	return n;
}
