/* printf's text in memory: what the format hooks share.
 *
 * The text is made on the hook's own stack, so that a line and its stamp can leave in one call. A
 * text that is longer than LSP_FORMAT_BYTES_MAX is not made at all: the real function prints it,
 * unstamped. `flag` is the fortify level of the _chk functions (0 for the plain ones): checks that
 * the host was compiled with are done as before. */
#ifndef LSP_PRELOAD_FORMAT_H
#define LSP_PRELOAD_FORMAT_H

#include <alloca.h>
#include <stdarg.h>
#include <stdio.h>

#define LSP_FORMAT_BYTES     1024
#define LSP_FORMAT_BYTES_MAX 16384

int __vsnprintf_chk(char *out, size_t cap, int flag, size_t size, const char *format, va_list args);

/* The length that the text has or would have, negative on failure. */
static inline int lsp_format(char *out, size_t cap, int flag, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = __vsnprintf_chk(out, cap, flag, cap, format, again);
	va_end(again);
	return n;
}

/* Declares `text` and `text_bytes` in the caller's frame: small first, larger when needed;
 * text_bytes is -1 when the text cannot be had. */
#define LSP_FORMAT(text, text_bytes, flag, format, args)                                           \
	char text##_small[LSP_FORMAT_BYTES], *text = text##_small;                                 \
	int text_bytes = lsp_format(text, LSP_FORMAT_BYTES, flag, format, args);                   \
	if (text_bytes >= LSP_FORMAT_BYTES_MAX)                                                    \
		text_bytes = -1;                                                                   \
	if (text_bytes >= LSP_FORMAT_BYTES) {                                                      \
		text = alloca((size_t)text_bytes + 1);                                             \
		text_bytes = lsp_format(text, (size_t)text_bytes + 1, flag, format, args);         \
	}

#endif
