#include "interns.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_NAMES 256

void lsp_interns_init(struct lsp_interns *s, size_t max_bytes)
{
	*s = (struct lsp_interns){ 0 };
	lsp_buf_init(&s->bytes, max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX);
}

void lsp_interns_release(struct lsp_interns *s)
{
	lsp_buf_release(&s->bytes);
	free(s->starts);
	free(s->table);
	s->starts = s->table = NULL;
	s->n = s->cap = s->table_size = 0;
}

/* FNV-1a, with its high bits folded in: the table is a power of two. */
static uint32_t hash_of(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

struct lsp_slice lsp_interns_get(const struct lsp_interns *s, uint32_t number)
{
	if (number >= s->n)
		return LSP_SLICE("");
	uint32_t from = s->starts[number];
	return (struct lsp_slice){ s->bytes.at + from, s->starts[number + 1] - from };
}

static void insert(struct lsp_interns *s, uint32_t number)
{
	struct lsp_slice b = lsp_interns_get(s, number);
	uint32_t at = hash_of(b.at, b.len) & (s->table_size - 1);
	while (s->table[at])
		at = (at + 1) & (s->table_size - 1);
	s->table[at] = number + 1;
}

static int grow(struct lsp_interns *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : FIRST_NAMES;
	uint32_t *starts = realloc(s->starts, (cap + 1) * sizeof(*starts));
	if (!starts)
		return -ENOMEM;
	s->starts = starts;
	s->starts[0] = 0;
	uint32_t *table = calloc(cap * 2, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(s->table);
	s->table = table;
	s->table_size = cap * 2;
	s->cap = cap;
	for (uint32_t i = 0; i < s->n; i++)
		insert(s, i);
	return 0;
}

int lsp_interns_add(struct lsp_interns *s, const void *bytes, size_t n, uint32_t *ret)
{
	struct lsp_slice wanted = { bytes, n };
	if (s->n == s->cap) {
		int rc = grow(s);
		if (rc)
			return rc;
	}
	uint32_t at = hash_of(bytes, n) & (s->table_size - 1);
	for (; s->table[at]; at = (at + 1) & (s->table_size - 1)) {
		if (lsp_slice_equal(lsp_interns_get(s, s->table[at] - 1), wanted)) {
			*ret = s->table[at] - 1;
			return 0;
		}
	}
	int rc = lsp_buf_add_slice(&s->bytes, wanted);
	if (rc)
		return rc;
	s->starts[s->n + 1] = (uint32_t)s->bytes.len;
	s->table[at] = s->n + 1;
	*ret = s->n++;
	return 0;
}
