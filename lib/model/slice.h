/* A piece of somebody else's bytes. Not NUL-terminated; valid as long as its owner says. */
#ifndef LSP_MODEL_SLICE_H
#define LSP_MODEL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lsp_slice {
	const char *at;
	size_t len;
};

#define LSP_SLICE(text) ((struct lsp_slice){ (text), sizeof(text) - 1 })

static inline struct lsp_slice lsp_slice_of(const char *text)
{
	return (struct lsp_slice){ text, text ? strlen(text) : 0 };
}

static inline bool lsp_slice_equal(struct lsp_slice a, struct lsp_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

#endif
