/* A growing buffer with a ceiling set at its birth. After a failed append the content is as before
 * the call. Not for code that runs inside hosts. */
#ifndef LSP_MODEL_BUF_H
#define LSP_MODEL_BUF_H

#include "slice.h"
#include <stdarg.h>
#include <string.h>

struct lsp_buf {
	char *at; /* NUL-terminated behind len, once something was appended */
	size_t len, cap, max;
};

/* An empty buffer that never grows over max_bytes. */
void lsp_buf_init(struct lsp_buf *b, size_t max_bytes);
/* Frees the content; the buffer is empty and usable with the same ceiling. */
void lsp_buf_release(struct lsp_buf *b);
/* Empty, memory kept. */
void lsp_buf_clear(struct lsp_buf *b);
/* Append. Return 0, -E2BIG at the ceiling, -ENOMEM. */
static inline int lsp_buf_add(struct lsp_buf *b, const void *bytes, size_t n);
int lsp_buf_add_text(struct lsp_buf *b, const char *text);
int lsp_buf_add_slice(struct lsp_buf *b, struct lsp_slice s);
int lsp_buf_printf(struct lsp_buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Room for n more bytes; returns where they go, NULL at the ceiling or without memory. The caller
 * writes up to n bytes there and then adds to b->len what it wrote. */
char *lsp_buf_reserve(struct lsp_buf *b, size_t n);

/* ---- most appends find room, and are a few bytes --------------------------------------------- */

int lsp_buf_add_slow(struct lsp_buf *b, const void *bytes, size_t n);

static inline int lsp_buf_add(struct lsp_buf *b, const void *bytes, size_t n)
{
	if (__builtin_expect(n >= b->cap - b->len, 0) || n == 0)
		return lsp_buf_add_slow(b, bytes, n);
	memcpy(b->at + b->len, bytes, n);
	b->len += n;
	b->at[b->len] = 0;
	return 0;
}

#endif
