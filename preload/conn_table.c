#include "conn_table.h"

#include <errno.h>
#include <sys/mman.h>

#define CHUNK 64 /* connections that are mapped at once */

struct ref {
	uint32_t slot;
	uint32_t generation;
};

uint8_t lsp_conn_kinds[LSP_CONN_MAX];
uint32_t lsp_conn_epoch;
static struct ref refs[LSP_CONN_MAX];
static _Atomic(struct lsp_conn *) chunks[LSP_CONN_MAX / CHUNK];

static struct lsp_conn *slot_at(uint32_t slot, bool make)
{
	_Atomic(struct lsp_conn *) *chunk = &chunks[slot / CHUNK];
	struct lsp_conn *at = atomic_load_explicit(chunk, memory_order_acquire);
	size_t bytes = CHUNK * sizeof(struct lsp_conn);

	if (!at && make) {
		int saved = errno;
		void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		errno = saved;
		if (map == MAP_FAILED)
			return NULL;
		if (!atomic_compare_exchange_strong(chunk, &at, map))
			munmap(map, bytes); /* another thread was faster: `at` is its */
		else
			at = map;
	}
	return at ? at + slot % CHUNK : NULL;
}

struct lsp_conn *lsp_conn_of(int fd)
{
	struct lsp_conn *c;

	if (!lsp_conn_is(fd))
		return NULL;
	c = slot_at(refs[fd].slot, false);
	if (!c || atomic_load_explicit(&c->generation, memory_order_relaxed) != refs[fd].generation)
		return NULL;
	return c;
}

struct lsp_conn *lsp_conn_open(int fd, enum lsp_conn_kind kind)
{
	struct lsp_conn *c;
	uint32_t generation;

	if ((unsigned)fd >= LSP_CONN_MAX) {
		lsp_count(LSP_COUNTER_UNTRACKED_FD);
		return NULL;
	}
	c = slot_at((uint32_t)fd, true);
	if (!c)
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
	refs[fd] = (struct ref){ (uint32_t)fd, generation };
	lsp_conn_kinds[fd] = (uint8_t)kind;
	return c;
}

void lsp_conn_dup(int from, int to)
{
	struct lsp_conn *c = lsp_conn_of(from);

	if (!c || (unsigned)to >= LSP_CONN_MAX || c->names == UINT8_MAX)
		return;
	c->names++;
	refs[to] = refs[from];
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
