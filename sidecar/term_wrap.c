#include "term_text.h"

#define DEEPER 2

/* Bytes of the escape sequence at the beginning, 0 when there is none. */
static size_t style_bytes(const char *text, size_t n)
{
	const char *end = n && text[0] == '\033' ? memchr(text, 'm', n) : NULL;
	return end ? (size_t)(end + 1 - text) : 0;
}

/* Columns and bytes of the word at the beginning. */
static size_t word(const char *text, size_t n, size_t *ret_bytes)
{
	size_t columns = 0, i = 0;
	while (i < n && text[i] != ' ') {
		size_t style = style_bytes(text + i, n - i), len = style;
		if (!style) {
			(void)lsp_text_decode(text + i, n - i, &len);
			columns += lsp_text_columns(text + i, len);
		}
		i += len;
	}
	*ret_bytes = i;
	return columns;
}

static int wrap_line(struct lsp_buf *out, const char *text, size_t n, size_t columns)
{
	size_t indent = 0, used, bytes;
	while (indent < n && text[indent] == ' ')
		indent++;
	int rc = lsp_buf_add(out, text, indent);
	used = indent;
	/* In a narrow terminal the text matters more than its place. */
	size_t deeper = indent + DEEPER < columns / 2 ? indent + DEEPER : DEEPER;
	for (size_t i = indent; rc == 0 && i < n; i += bytes) {
		size_t spaces = 0;
		while (i < n && text[i] == ' ') {
			spaces++;
			i++;
		}
		size_t wide = word(text + i, n - i, &bytes);
		if (used + spaces + wide > columns && used > deeper) {
			rc = lsp_buf_printf(out, "\n%*s", (int)deeper, "");
			used = deeper;
			spaces = 0;
		}
		rc = rc ? rc : lsp_buf_printf(out, "%*s", (int)spaces, "");
		rc = rc ? rc : lsp_buf_add(out, text + i, bytes);
		used += spaces + wide;
	}
	return rc;
}

int lsp_text_wrap(struct lsp_buf *out, const char *text, size_t n, size_t columns)
{
	int rc = 0;
	while (rc == 0 && n) {
		const char *newline = memchr(text, '\n', n);
		size_t line = newline ? (size_t)(newline - text) : n;
		rc = wrap_line(out, text, line, columns);
		if (!newline)
			break;
		rc = rc ? rc : lsp_buf_add(out, "\n", 1);
		text += line + 1;
		n -= line + 1;
	}
	return rc;
}
