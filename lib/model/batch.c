#include "batch.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK_BYTES (64u * 1024)

struct lsp_arena_block {
	struct lsp_arena_block *next;
	size_t used, cap;
	_Alignas(16) char bytes[];
};

void lsp_batch_init(struct lsp_batch *b)
{
	memset(b, 0, sizeof(*b));
}

static void free_blocks(struct lsp_arena_block *block)
{
	while (block) {
		struct lsp_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void lsp_batch_release(struct lsp_batch *b)
{
	free_blocks(b->arena);
	free_blocks(b->spare);
	free(b->origins);
	free(b->spans);
	free(b->logs);
	free(b->owned_body);
	lsp_batch_init(b);
}

void lsp_batch_clear(struct lsp_batch *b)
{
	while (b->arena) {
		struct lsp_arena_block *block = b->arena;

		b->arena = block->next;
		if (block->cap != BLOCK_BYTES) {
			free(block);
			continue;
		}
		block->next = b->spare;
		b->spare = block;
	}
	free(b->owned_body);
	b->owned_body = NULL;
	b->n_origins = b->n_spans = b->n_logs = b->bytes = 0;
}

/* A block with room for `need`; NULL without memory. */
static struct lsp_arena_block *new_block(struct lsp_batch *b, size_t need)
{
	struct lsp_arena_block *block = b->spare;
	size_t cap = need > BLOCK_BYTES ? need : BLOCK_BYTES;

	if (block && cap == BLOCK_BYTES) {
		b->spare = block->next;
	} else {
		block = malloc(sizeof(*block) + cap);
		if (!block)
			return NULL;
		block->cap = cap;
	}
	block->used = 0;
	block->next = b->arena;
	b->arena = block;
	b->bytes += cap;
	return block;
}

/* One more element of `size` bytes, zeroed; NULL without memory. */
static void *add(struct lsp_batch *b, void **rows, size_t *n, size_t *cap, size_t size)
{
	void *at;

	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		void *grown = reallocarray(*rows, more, size);

		if (!grown)
			return NULL;
		*rows = grown;
		*cap = more;
	}
	at = (char *)*rows + *n * size;
	memset(at, 0, size);
	++*n;
	b->bytes += size;
	return at;
}

struct lsp_origin *lsp_batch_add_origin(struct lsp_batch *b, uint32_t *ret_index)
{
	struct lsp_origin *o =
		add(b, (void **)&b->origins, &b->n_origins, &b->cap_origins, sizeof(*o));

	if (o)
		*ret_index = (uint32_t)(b->n_origins - 1);
	return o;
}

struct lsp_span_row *lsp_batch_add_span(struct lsp_batch *b)
{
	return add(b, (void **)&b->spans, &b->n_spans, &b->cap_spans, sizeof(*b->spans));
}

struct lsp_log_row *lsp_batch_add_log(struct lsp_batch *b)
{
	return add(b, (void **)&b->logs, &b->n_logs, &b->cap_logs, sizeof(*b->logs));
}

void *lsp_batch_alloc(struct lsp_batch *b, size_t n)
{
	struct lsp_arena_block *block = b->arena;
	size_t need = (n + 15) & ~(size_t)15;

	if (need < n)
		return NULL;
	if (!block || block->cap - block->used < need)
		block = new_block(b, need);
	if (!block)
		return NULL;
	block->used += need;
	return block->bytes + block->used - need;
}

int lsp_batch_copy(struct lsp_batch *b, struct lsp_slice from, struct lsp_slice *ret)
{
	char *at = lsp_batch_alloc(b, from.len);

	if (!at)
		return -ENOMEM;
	if (from.len)
		memcpy(at, from.at, from.len);
	*ret = (struct lsp_slice){ at, from.len };
	return 0;
}

void lsp_batch_own(struct lsp_batch *b, void *malloced, size_t n)
{
	b->owned_body = malloced;
	b->bytes += n;
}
