#include "ranges.h"

#include <errno.h>
#include <stdlib.h>

void lsp_ranges_release(struct lsp_ranges *r)
{
	free(r->at);
	*r = (struct lsp_ranges){ .n = 0 };
}

int lsp_ranges_add(struct lsp_ranges *r, uint32_t first, uint32_t last)
{
	if (r->n && r->at[r->n - 1].last + 1 == first) {
		r->at[r->n - 1].last = last;
		return 0;
	}
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		void *grown = reallocarray(r->at, cap, sizeof(*r->at));

		if (!grown)
			return -ENOMEM;
		r->at = grown;
		r->cap = cap;
	}
	r->at[r->n++] = (struct lsp_range){ first, last };
	return 0;
}

int lsp_ranges_add_bits(struct lsp_ranges *r, const uint8_t *bits, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (i % 8 == 0 && bits[i / 8] == 0)
			i += 7;
		else if (bits[i / 8] >> i % 8 & 1)
			rc = lsp_ranges_add(r, (uint32_t)i + 1, (uint32_t)i + 1);
	}
	return rc;
}
