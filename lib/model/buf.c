#include "buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void lsp_buf_init(struct lsp_buf *b, size_t max_bytes)
{
	*b = (struct lsp_buf){ .max = max_bytes };
}

void lsp_buf_release(struct lsp_buf *b)
{
	free(b->at);
	lsp_buf_init(b, b->max);
}

void lsp_buf_clear(struct lsp_buf *b)
{
	b->len = 0;
	if (b->at)
		b->at[0] = 0;
}

/* Room for n more and a NUL. Returns 0, -E2BIG, -ENOMEM. */
static int grow(struct lsp_buf *b, size_t n)
{
	size_t need, cap;
	char *at;

	if (n > b->max || b->len > b->max - n)
		return -E2BIG;
	need = b->len + n + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap ? b->cap * 2 : 256;
	while (cap < need)
		cap *= 2;
	/* What fits into it is under the ceiling: the usual append asks for no more. */
	if (cap - 1 > b->max)
		cap = b->max + 1;
	at = realloc(b->at, cap);
	if (!at)
		return -ENOMEM;
	b->at = at;
	b->cap = cap;
	return 0;
}

int lsp_buf_add_slow(struct lsp_buf *b, const void *bytes, size_t n)
{
	int r = grow(b, n);

	if (r)
		return r;
	if (n)
		memcpy(b->at + b->len, bytes, n);
	b->len += n;
	b->at[b->len] = 0;
	return 0;
}

int lsp_buf_add_text(struct lsp_buf *b, const char *text)
{
	return lsp_buf_add(b, text, strlen(text));
}

int lsp_buf_add_slice(struct lsp_buf *b, struct lsp_slice s)
{
	return lsp_buf_add(b, s.at, s.len);
}

int lsp_buf_printf(struct lsp_buf *b, const char *format, ...)
{
	va_list args;
	int n, r;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return -EINVAL;
	r = grow(b, (size_t)n);
	if (r)
		return r;
	va_start(args, format);
	vsnprintf(b->at + b->len, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
	return 0;
}

char *lsp_buf_reserve(struct lsp_buf *b, size_t n)
{
	return grow(b, n) ? NULL : b->at + b->len;
}
