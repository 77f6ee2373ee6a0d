/* Byte strings as small numbers: equal bytes get one number, from 0 on. Serves for names and, with
 * a struct as the bytes, for keys of several numbers (no padding in them). One thread at a time. */
#ifndef LSP_ANALYSIS_INTERNS_H
#define LSP_ANALYSIS_INTERNS_H

#include "../../model/buf.h"

#define LSP_INTERN_NONE UINT32_MAX

struct lsp_interns {
	struct lsp_buf bytes;
	uint32_t *starts; /* n + 1 places in bytes */
	uint32_t *table; /* places; number + 1, or 0 */
	uint32_t n, cap, table_size;
};

void lsp_interns_init(struct lsp_interns *s, size_t max_bytes);
void lsp_interns_release(struct lsp_interns *s);
/* The number of these bytes. Returns 0, -ENOMEM, or -E2BIG when the ceiling is reached. */
int lsp_interns_add(struct lsp_interns *s, const void *bytes, size_t n, uint32_t *ret);
/* Valid until the next add. */
struct lsp_slice lsp_interns_get(const struct lsp_interns *s, uint32_t number);

#endif
