/* Walks the committed records of a ring. What it hands out is a copy that nobody else can change,
 * made after the record was seen committed, and of the size that its word says; the body's own
 * sizes are still the writer's word (ring_decode.h checks them). */
#ifndef LSP_WIRE_RING_CURSOR_H
#define LSP_WIRE_RING_CURSOR_H

#include "ring_file.h"

struct lsp_ring_cursor;

/* NULL without memory. One cursor serves any number of rings, one after the other. */
struct lsp_ring_cursor *lsp_ring_cursor_new(void);
struct lsp_ring_cursor *lsp_ring_cursor_free(struct lsp_ring_cursor *c);

/* Reads what is committed at f->read, up to f->head. Returns 1 when there is something, 0 when
 * there is nothing or the record there is not committed, -EBADMSG when the file is too short. */
int lsp_ring_cursor_load(struct lsp_ring_cursor *c, const struct lsp_ring_file *f);

struct lsp_ring_view {
	unsigned type; /* any number but LSP_RECORD_PAD: a newer writer may have more */
	uint32_t size; /* at least sizeof(struct lsp_ring_common) */
	uint64_t next; /* the position behind it */
	const struct lsp_ring_common *record; /* until the next load */
};

/* The next record; false when what was loaded is used up: *ret_end is then the position to go on.
 * */
bool lsp_ring_cursor_next(struct lsp_ring_cursor *c, struct lsp_ring_view *ret, uint64_t *ret_end);

/* Looks for the first committed record behind a hole at f->read. Returns its position; f->head when
 * there is none. */
uint64_t lsp_ring_cursor_behind_hole(struct lsp_ring_cursor *c, const struct lsp_ring_file *f);

#endif
