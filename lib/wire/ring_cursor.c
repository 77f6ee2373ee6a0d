#include "ring_cursor.h"

#include <errno.h>
#include <stdlib.h>

#define CHUNK_BYTES (128u * 1024)
_Static_assert(CHUNK_BYTES >= LSP_RING_RECORD_BYTES_MAX, "a record fits");

struct lsp_ring_cursor {
	uint64_t position; /* of bytes[0] */
	uint32_t at, end; /* of the committed records in bytes */
	const struct lsp_ring_file *file;
	_Alignas(8) char words[CHUNK_BYTES];
	_Alignas(8) char bytes[CHUNK_BYTES];
};

struct lsp_ring_cursor *lsp_ring_cursor_new(void)
{
	return calloc(1, sizeof(struct lsp_ring_cursor));
}

struct lsp_ring_cursor *lsp_ring_cursor_free(struct lsp_ring_cursor *c)
{
	free(c);
	return NULL;
}

static uint64_t word_at(const char *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Bytes of `chunk` (at position, n long) that are whole committed records. */
static uint32_t committed(
	const struct lsp_ring_file *f, uint64_t position, const char *chunk, size_t n)
{
	uint32_t at = 0, size;
	while (n - at >= 8 &&
		lsp_ring_word_fits(f, position + at, word_at(chunk + at), NULL, &size) &&
		size <= n - at)
		at += size;
	return at;
}

/* Two reads: the bytes of a record count only when they were copied after its word was seen. Within
 * one read nothing says which byte is copied first. */
int lsp_ring_cursor_load(struct lsp_ring_cursor *c, const struct lsp_ring_file *f)
{
	c->at = c->end = 0;
	c->position = f->read;
	c->file = f;
	uint64_t wanted = f->head - f->read;
	if (wanted == 0)
		return 0;
	if (wanted > CHUNK_BYTES)
		wanted = CHUNK_BYTES;
	size_t n = lsp_ring_file_read(f, f->read, c->words, wanted);
	if (n < 8)
		return -EBADMSG;
	uint32_t end = committed(f, f->read, c->words, n);
	if (end == 0)
		return 0;
	n = lsp_ring_file_read(f, f->read, c->bytes, end);
	if (n != end)
		return -EBADMSG;
	/* An honest writer has not touched them in between; others get what still fits. */
	c->end = committed(f, f->read, c->bytes, n);
	return c->end ? 1 : 0;
}

bool lsp_ring_cursor_next(struct lsp_ring_cursor *c, struct lsp_ring_view *ret, uint64_t *ret_end)
{
	while (c->at < c->end) {
		const char *record = c->bytes + c->at;
		uint64_t position = c->position + c->at;
		if (!lsp_ring_word_fits(c->file, position, word_at(record), &ret->type, &ret->size))
			break;
		c->at += ret->size;
		if (ret->type == LSP_RECORD_PAD)
			continue;
		ret->next = position + ret->size;
		ret->record = (const struct lsp_ring_common *)(const void *)record;
		return true;
	}
	*ret_end = c->position + c->at;
	return false;
}

uint64_t lsp_ring_cursor_behind_hole(struct lsp_ring_cursor *c, const struct lsp_ring_file *f)
{
	uint64_t position = f->read + 8;
	while (position < f->head) {
		uint64_t wanted = f->head - position;
		size_t n = lsp_ring_file_read(
			f, position, c->words, wanted < CHUNK_BYTES ? wanted : CHUNK_BYTES);
		if (n < 8)
			break;
		for (size_t at = 0; at + 8 <= n; at += 8, position += 8)
			if (lsp_ring_word_fits(f, position, word_at(c->words + at), NULL, NULL))
				return position;
	}
	return f->head;
}
