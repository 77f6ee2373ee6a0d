#include "ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define READY_STEP_BYTES (64u * 1024)
#define NAME_BYTES_MAX   255

static inline void *data_at(const struct lsp_ring *r, uint64_t position)
{
	return (char *)r->map + LSP_RING_HEADER_BYTES + (position & (r->data_bytes - 1));
}

uint64_t lsp_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Gets memory for the positions up to `end`, in the first lap. A store into a hole of the file
 * would kill the host when the file system is full; this call returns an error instead. Two threads
 * may do it at once: the kernel finds the pages there the second time. */
static __attribute__((noinline, cold)) bool make_ready(struct lsp_ring *r, uint64_t end)
{
	int saved = errno;
	uint64_t ready = atomic_load_explicit(&r->ready, memory_order_relaxed);
	while (ready < end) {
		uint64_t next = ready + READY_STEP_BYTES;
		if (madvise(data_at(r, ready), READY_STEP_BYTES, MADV_POPULATE_WRITE)) {
			errno = saved;
			return false;
		}
		if (next >= r->data_bytes)
			next = UINT64_MAX;
		if (atomic_compare_exchange_strong_explicit(
			    &r->ready, &ready, next, memory_order_relaxed, memory_order_relaxed))
			ready = next;
	}
	errno = saved;
	return true;
}

struct lsp_ring_slot lsp_ring_reserve(struct lsp_ring *r, uint32_t size)
{
	struct lsp_ring_header *h = r->map;
	uint64_t need = ((uint64_t)size + 7) & ~7ull;
	if (!h || need > LSP_RING_RECORD_BYTES_MAX || need < sizeof(struct lsp_ring_common))
		goto drop;

	uint64_t head = atomic_load_explicit(&h->head, memory_order_relaxed);
	uint64_t pad;
	for (;;) {
		/* Acquire: the reader is done with the bytes that it gives back. */
		uint64_t tail = atomic_load_explicit(&h->tail, memory_order_acquire);
		uint64_t to_end = r->data_bytes - (head & (r->data_bytes - 1));
		pad = to_end < need ? to_end : 0;
		/* A tail beyond head is an old head of ours, or a reader that is broken. */
		if (tail > head || head - tail > r->data_bytes ||
			pad + need > r->data_bytes - (head - tail)) {
			uint64_t now = atomic_load_explicit(&h->head, memory_order_relaxed);
			if (now == head)
				goto drop;
			head = now;
			continue;
		}
		uint64_t end = head + pad + need;
		if (end > atomic_load_explicit(&r->ready, memory_order_relaxed) &&
			!make_ready(r, end))
			goto drop;
		if (atomic_compare_exchange_weak_explicit(
			    &h->head, &head, end, memory_order_relaxed, memory_order_relaxed))
			break;
	}
	/* Here, not after the stores of the record: an atomic add waits for those before it. */
	lsp_counter_add(r->counters, LSP_COUNTER_RING_RECORDS, 1);
	if (pad) {
		_Atomic uint64_t *word = data_at(r, head);
		atomic_store_explicit(word, lsp_ring_word(head, r->key, pad, LSP_RECORD_PAD),
			memory_order_release);
	}
	return (struct lsp_ring_slot){ data_at(r, head + pad), head + pad, (uint32_t)need };
drop:
	lsp_counter_add(r->counters, LSP_COUNTER_RING_DROPPED, 1);
	return (struct lsp_ring_slot){ 0 };
}

void lsp_ring_commit(struct lsp_ring *r, struct lsp_ring_slot slot, enum lsp_record_type type)
{
	/* A reader that took this slot for abandoned has given it to somebody else. */
	if (atomic_load_explicit(&r->map->tail, memory_order_relaxed) > slot.position)
		return;
	atomic_store_explicit(&slot.record->word,
		lsp_ring_word(slot.position, r->key, slot.size, type), memory_order_release);
}

static inline void fill_common(struct lsp_ring_common *c, const struct lsp_ring *r,
	uint64_t time_ns, uint32_t tid, const struct lsp_context *context)
{
	c->time_ns = time_ns;
	c->pid = r->pid;
	c->tid = tid;
	if (context)
		c->context = *context;
	else
		memset(&c->context, 0, sizeof(c->context));
}

static inline int failure(const struct lsp_ring *r)
{
	return r->map ? -ENOBUFS : -ENOENT;
}

int lsp_ring_put_line(struct lsp_ring *r, enum lsp_record_type type, const struct lsp_ring_line *l)
{
	uint64_t time_ns = l->time_ns ? l->time_ns : lsp_now_ns();
	size_t text_bytes = l->text_bytes, attr_bytes = l->attr_bytes;
	uint8_t flags = l->flags;
	if (text_bytes > LSP_RING_TEXT_BYTES_MAX) {
		text_bytes = LSP_RING_TEXT_BYTES_MAX;
		flags |= LSP_LOG_TRUNCATED;
	}
	if (attr_bytes > LSP_RING_RECORD_BYTES_MAX - sizeof(struct lsp_ring_log) - text_bytes) {
		attr_bytes = 0;
		flags |= LSP_LOG_TRUNCATED;
	}
	struct lsp_ring_slot slot = lsp_ring_reserve(
		r, (uint32_t)(sizeof(struct lsp_ring_log) + text_bytes + attr_bytes));
	if (!slot.record)
		return failure(r);

	struct lsp_ring_log *log = (struct lsp_ring_log *)slot.record;
	fill_common(&log->common, r, time_ns, l->tid, l->context);
	log->channel = l->channel;
	log->severity = l->severity;
	log->flags = flags;
	log->pad = 0;
	log->text_bytes = (uint32_t)text_bytes;
	log->attr_bytes = (uint32_t)attr_bytes;
	log->pad2 = 0;
	if (text_bytes)
		memcpy(log + 1, l->text, text_bytes);
	if (attr_bytes)
		memcpy((char *)(log + 1) + text_bytes, l->attrs, attr_bytes);
	lsp_ring_commit(r, slot, type);
	if (flags & LSP_LOG_TRUNCATED)
		lsp_counter_add(r->counters, LSP_COUNTER_RING_TRUNCATED, 1);
	return 0;
}

static void fill_span(struct lsp_ring_span *span, const struct lsp_ring *r,
	const struct lsp_ring_span_in *s, size_t name_bytes, size_t attr_bytes)
{
	fill_common(&span->common, r, s->start_ns, s->tid, s->context);
	span->end_ns = s->end_ns;
	if (s->parent_span_id)
		memcpy(span->parent_span_id, s->parent_span_id, LSP_SPAN_ID_BYTES);
	else
		memset(span->parent_span_id, 0, LSP_SPAN_ID_BYTES);
	span->kind = s->kind;
	span->status = s->status;
	span->name_bytes = (uint16_t)name_bytes;
	span->attr_bytes = (uint32_t)attr_bytes;
	if (name_bytes)
		memcpy(span + 1, s->name, name_bytes);
	if (attr_bytes)
		memcpy((char *)(span + 1) + name_bytes, s->attrs, attr_bytes);
}

/* True for the first caller. 1 is no valid word: the reader sees nothing until the second store. */
static bool claim(_Atomic uint64_t *word)
{
	uint64_t none = 0;
	return atomic_compare_exchange_strong_explicit(
		word, &none, 1, memory_order_relaxed, memory_order_relaxed);
}

static void keep_start(
	struct lsp_ring *r, const struct lsp_ring_span_in *s, size_t name_bytes, size_t attr_bytes)
{
	struct lsp_ring_span *kept = (struct lsp_ring_span *)r->map->process_start;
	if (!claim(&kept->common.word))
		return;
	if (attr_bytes > LSP_RING_START_BYTES_MAX - sizeof(*kept) - name_bytes)
		attr_bytes = 0;
	fill_span(kept, r, s, name_bytes, attr_bytes);
	uint64_t size = (sizeof(*kept) + name_bytes + attr_bytes + 7) & ~7ull;
	atomic_store_explicit(&kept->common.word,
		lsp_ring_word(LSP_RING_POSITION_START, r->key, size, LSP_RECORD_PROCESS_START),
		memory_order_release);
}

int lsp_ring_put_span(
	struct lsp_ring *r, enum lsp_record_type type, const struct lsp_ring_span_in *s)
{
	size_t name_bytes = s->name_bytes, attr_bytes = s->attr_bytes;
	bool cut = false;
	if (name_bytes > NAME_BYTES_MAX)
		name_bytes = NAME_BYTES_MAX;
	if (attr_bytes > LSP_RING_RECORD_BYTES_MAX - sizeof(struct lsp_ring_span) - name_bytes) {
		attr_bytes = 0;
		cut = true;
	}
	if (type == LSP_RECORD_PROCESS_START && r->map)
		keep_start(r, s, name_bytes, attr_bytes);
	struct lsp_ring_slot slot = lsp_ring_reserve(
		r, (uint32_t)(sizeof(struct lsp_ring_span) + name_bytes + attr_bytes));
	if (!slot.record)
		return failure(r);
	fill_span((struct lsp_ring_span *)slot.record, r, s, name_bytes, attr_bytes);
	lsp_ring_commit(r, slot, type);
	if (cut)
		lsp_counter_add(r->counters, LSP_COUNTER_RING_TRUNCATED, 1);
	return 0;
}

static void fill_exit(struct lsp_ring_exit *e, const struct lsp_ring *r,
	const struct lsp_context *c, uint32_t tid, int exit_code, int signal)
{
	fill_common(&e->common, r, lsp_now_ns(), tid, c);
	e->exit_code = exit_code;
	e->signal = signal;
}

int lsp_ring_put_exit(
	struct lsp_ring *r, const struct lsp_context *c, uint32_t tid, int exit_code, int signal)
{
	if (r->map && claim(&r->map->process_end.common.word)) {
		struct lsp_ring_exit *kept = &r->map->process_end;
		fill_exit(kept, r, c, tid, exit_code, signal);
		atomic_store_explicit(&kept->common.word,
			lsp_ring_word(LSP_RING_POSITION_END, r->key, sizeof(*kept),
				LSP_RECORD_PROCESS_END),
			memory_order_release);
	}
	struct lsp_ring_slot slot = lsp_ring_reserve(r, sizeof(struct lsp_ring_exit));
	if (!slot.record)
		return failure(r);
	fill_exit((struct lsp_ring_exit *)slot.record, r, c, tid, exit_code, signal);
	lsp_ring_commit(r, slot, LSP_RECORD_PROCESS_END);
	return 0;
}
