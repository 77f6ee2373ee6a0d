#include "conn_table.h"
#include "chunks.h"
#include "out_conn.h"

#include <sys/syscall.h>
#include <unistd.h>

#define TAKE_TRIES 2000 /* some microseconds */

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
	c->slot = (uint32_t)fd;
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

/* In a vfork child this memory is the parent's, whose descriptors stay open. */
static bool is_own_memory(void)
{
	return (uint32_t)syscall(SYS_getpid) == lsp_shim.pid;
}

void lsp_conn_closed(int fd)
{
	struct lsp_conn *c = lsp_conn_of(fd);

	if (!is_own_memory())
		return;
	lsp_conn_kinds[fd] = LSP_CONN_NONE;
	if (!c || --c->names > 0)
		return;
	if (atomic_load_explicit(&lsp_out_conn_owing, memory_order_relaxed))
		lsp_out_conn_forget(fd);
	if (c->open > 0 && lsp_conn_take(c)) {
		if (c->open == 1)
			lsp_conn_request_done(c);
		if (c->kind == LSP_CONN_ACCEPTED)
			lsp_conn_request_over(c);
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
	lsp_out_conn_after_fork();
	atomic_store_explicit(&lsp_conn_open_requests, 0, memory_order_relaxed);
}

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void lsp_conn_listens(int fd)
{
	if ((unsigned)fd < LSP_CONN_MAX && lsp_conn_kinds[fd] == LSP_CONN_NONE)
		lsp_conn_kinds[fd] = LSP_CONN_LISTENS;
}

bool lsp_conn_take(struct lsp_conn *c)
{
	for (int i = 0; i < TAKE_TRIES; i++) {
		if (c->opaque || atomic_load_explicit(&c->lost, memory_order_relaxed))
			return false;
		if (!atomic_exchange_explicit(&c->in_use, 1, memory_order_acquire))
			return true;
		relax();
	}
	atomic_store_explicit(&c->lost, 1, memory_order_relaxed);
	lsp_count(LSP_COUNTER_LOST_CONNECTION);
	return false;
}

/* ---- requests -------------------------------------------------------------------------------- */

static _Atomic uint32_t last_seq;
_Atomic uint32_t lsp_conn_open_requests;

void lsp_conn_request_begun(struct lsp_conn *c)
{
	uint32_t seq = atomic_fetch_add_explicit(&last_seq, 1, memory_order_relaxed) + 1;

	c->reader_tid = lsp_thread_id();
	c->epoch = lsp_conn_epoch;
	atomic_store_explicit(&c->seq, seq ? seq : 1, memory_order_release);
	atomic_fetch_add_explicit(&lsp_conn_open_requests, 1, memory_order_relaxed);
}

void lsp_conn_request_over(struct lsp_conn *c)
{
	if (c->epoch == lsp_conn_epoch)
		atomic_fetch_sub_explicit(&lsp_conn_open_requests, 1, memory_order_relaxed);
}

bool lsp_conn_has_served(void)
{
	return atomic_load_explicit(&last_seq, memory_order_relaxed) != 0;
}

const struct lsp_conn *lsp_conn_at(struct lsp_request_ref request)
{
	const struct lsp_conn *c = request.seq ? slot_at(request.slot, false) : NULL;

	return c && c->seq == request.seq ? c : NULL;
}

bool lsp_conn_is_open(struct lsp_request_ref request)
{
	const struct lsp_conn *c = lsp_conn_at(request);

	return c && c->open > 0;
}
