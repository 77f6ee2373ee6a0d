#include "real.h"

#include "out_wide.h"

#include <alloca.h>
#include <stdint.h>

size_t lsp_wide_to_utf8(char *out, const wchar_t *text, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = (uint32_t)text[i];

		if (c < 0x80) {
			out[used++] = (char)c;
			continue;
		}
		if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return 0;
		int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		out[used++] = (char)((0xFF00 >> (more + 1) & 0xFF) | c >> 6 * more);
		while (more-- > 0)
			out[used++] = (char)(0x80 | (c >> 6 * more & 0x3F));
	}
	return used;
}

/* Only what lsp_wide_to_utf8() made, and ASCII, comes here. */
static size_t from_utf8(wchar_t *out, const char *bytes, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		uint8_t lead = (uint8_t)bytes[i++];
		int more = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
		uint32_t c = more ? lead & (0x3Fu >> more) : lead;

		while (more-- > 0 && i < n)
			c = c << 6 | ((uint8_t)bytes[i++] & 0x3F);
		out[used++] = (wchar_t)c;
	}
	return used;
}

size_t lsp_file_put_wide(const struct lsp_file *f, const char *bytes, size_t n)
{
	wchar_t *text = alloca((n + 1) * sizeof(*text));

	text[from_utf8(text, bytes, n)] = 0;
	if (f->unlocked)
		return REAL(fputws_unlocked)(text, f->file) < 0 ? 0 : n;
	return REAL(fputws)(text, f->file) < 0 ? 0 : n;
}
