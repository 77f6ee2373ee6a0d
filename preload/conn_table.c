#include "conn_table.h"
#include "chunks.h"

struct ref {
	uint32_t slot;
	uint32_t generation;
};

uint8_t lsp_conn_kinds[LSP_CONN_MAX];
uint32_t lsp_conn_epoch;
static _Atomic(void *) ref_chunks[LSP_CONN_MAX / LSP_CHUNK_ELEMENTS];
static _Atomic(void *) conn_chunks[LSP_CONN_MAX / LSP_CHUNK_ELEMENTS];

static struct ref *ref_at(int fd, bool make)
{
	return lsp_chunk_at(ref_chunks, (size_t)fd, sizeof(struct ref), make);
}

static struct lsp_conn *slot_at(uint32_t slot, bool make)
{
	return lsp_chunk_at(conn_chunks, slot, sizeof(struct lsp_conn), make);
}

struct lsp_conn *lsp_conn_of(int fd)
{
	const struct ref *ref = lsp_conn_is(fd) ? ref_at(fd, false) : NULL;
	struct lsp_conn *c = ref ? slot_at(ref->slot, false) : NULL;

	if (!c || atomic_load_explicit(&c->generation, memory_order_relaxed) != ref->generation)
		return NULL;
	return c;
}

struct lsp_conn *lsp_conn_open(int fd, enum lsp_conn_kind kind)
{
	struct lsp_conn *c;
	struct ref *ref;
	uint32_t generation;

	if ((unsigned)fd >= LSP_CONN_MAX) {
		lsp_count(LSP_COUNTER_UNTRACKED_FD);
		return NULL;
	}
	c = slot_at((uint32_t)fd, true);
	ref = ref_at(fd, true);
	if (!c || !ref)
		return NULL;
	generation = atomic_load_explicit(&c->generation, memory_order_relaxed) + 1;
	lsp_conn_kinds[fd] = LSP_CONN_NONE;
	/* Heads are reset when they are begun; their text need not be wiped. */
	memset(c, 0, offsetof(struct lsp_conn, method));
	lsp_http_head_reset(&c->request);
	lsp_http_head_reset(&c->response);
	c->kind = (uint8_t)kind;
	c->names = 1;
	c->epoch = lsp_conn_epoch;
	atomic_store_explicit(&c->generation, generation, memory_order_relaxed);
	*ref = (struct ref){ (uint32_t)fd, generation };
	lsp_conn_kinds[fd] = (uint8_t)kind;
	return c;
}

void lsp_conn_dup(int from, int to)
{
	struct lsp_conn *c = lsp_conn_of(from);

	struct ref *ref = c && (unsigned)to < LSP_CONN_MAX ? ref_at(to, true) : NULL;

	if (!ref || c->names == UINT8_MAX)
		return;
	c->names++;
	*ref = *ref_at(from, false);
	lsp_conn_kinds[to] = lsp_conn_kinds[from];
}

void lsp_conn_closed(int fd)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	lsp_conn_kinds[fd] = LSP_CONN_NONE;
	/* In a vfork child this memory is the parent's, and its descriptors stay open: forgetting
	 * them costs the parent an id, nothing else. */
	if (!c || --c->names > 0)
		return;
	if (c->open == 1 && lsp_conn_take(c)) {
		lsp_conn_put_span(c);
		c->open = 0;
		lsp_conn_give(c);
	}
	atomic_fetch_add_explicit(&c->generation, 1, memory_order_relaxed);
	/* The thread's context stays: programs log after they have closed. It ends with the next
	 * connection, or when an event loop turns. */
}

void lsp_conn_after_fork(void)
{
	lsp_conn_epoch++;
}
