/* Wide text as UTF-8 and back. glibc's wchar_t is a code point whatever the locale, so neither way
 * asks for one. No malloc, no lock. */
#ifndef LSP_PRELOAD_OUT_WIDE_H
#define LSP_PRELOAD_OUT_WIDE_H

#include "out_file.h"
#include <wchar.h>

#define LSP_WIDE_CHARS_MAX 2048 /* of a text that is looked at; a longer one goes out as it is */

/* Puts n characters into out (4 * n bytes). Returns how many bytes that is; 0 when one is no
 * character. */
size_t lsp_wide_to_utf8(char *out, const wchar_t *text, size_t n);

/* Prints UTF-8 to a wide FILE. Returns n, or 0 with the FILE's error set. */
size_t lsp_file_put_wide(const struct lsp_file *f, const char *bytes, size_t n);

#endif
