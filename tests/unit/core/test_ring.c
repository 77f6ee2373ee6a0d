#include "core/ring_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

TestSuite(ring, .init = set_up, .fini = tear_down, .timeout = 60);

/* Type and size of the record at a position, as the layout says; false when there is none. */
static bool record_at(uint64_t position, unsigned *type, uint64_t *size)
{
	uint64_t word = atomic_load((_Atomic uint64_t *)at(position));
	*type = word & 0xff;
	*size = (word >> 8 & 0xffffff) << 3;
	return word == lsp_ring_word(position, ring.key, *size, *type);
}

/* A file that grows over the limit would get the host SIGXFSZ, which kills. */
/* What a full file system does to a mapped file, a truncated one does too: the store is SIGBUS. */
Test(ring, line_without_memory_behind_it_is_dropped_and_no_signal)
{
	cr_assert_eq(truncate(path, LSP_RING_HEADER_BYTES), 0);
	errno = 77;
	cr_expect_eq(put_text("x", 1), -ENOBUFS);
	cr_expect_eq(errno, 77);
	cr_expect_eq(count(LSP_COUNTER_RING_DROPPED), 1);
	cr_assert_eq(truncate(path, LSP_RING_HEADER_BYTES + SMALL_BYTES), 0);
	cr_expect_eq(put_text("x", 1), 0);
}

Test(ring, line_is_stored_as_the_layout_says)
{
	uint8_t attrs[64];
	size_t used = 0;
	cr_assert_eq(lsp_attr_put_bool(attrs, sizeof(attrs), &used, "ok", true), 0);
	struct lsp_ring_line line = { .context = &context,
		.tid = 7,
		.channel = LSP_CHANNEL_STDERR,
		.severity = 9,
		.flags = LSP_LOG_UNSURE,
		.text = "hello",
		.text_bytes = 5,
		.attrs = attrs,
		.attr_bytes = used };
	uint64_t before = lsp_now_ns();
	cr_assert_eq(lsp_ring_put_line(&ring, LSP_RECORD_ERROR, &line), 0);

	unsigned type;
	uint64_t size;
	cr_assert(record_at(0, &type, &size));
	cr_expect_eq(type, LSP_RECORD_ERROR);
	cr_expect_eq(size, (sizeof(struct lsp_ring_log) + 5 + used + 7) & ~7ull);
	cr_expect_eq(atomic_load(&ring.map->head), size);
	const struct lsp_ring_log *log = at(0);
	cr_expect(log->common.time_ns >= before && log->common.time_ns <= lsp_now_ns());
	cr_expect_eq(log->common.pid, (uint32_t)getpid());
	cr_expect_eq(log->common.tid, 7);
	cr_expect_eq(memcmp(&log->common.context, &context, sizeof(context)), 0);
	cr_expect_eq(log->channel, LSP_CHANNEL_STDERR);
	cr_expect_eq(log->severity, 9);
	cr_expect_eq(log->flags, LSP_LOG_UNSURE);
	cr_expect_eq(log->text_bytes, 5);
	cr_expect_eq(log->attr_bytes, used);
	cr_expect_eq(memcmp(log + 1, "hello", 5), 0);
	cr_expect_eq(memcmp((const char *)(log + 1) + 5, attrs, used), 0);
	cr_expect_eq(count(LSP_COUNTER_RING_RECORDS), 1);
}

Test(ring, span_and_exit_are_stored_as_the_layout_says)
{
	const uint8_t parent[8] = { 9 };
	struct lsp_ring_span_in s = { .context = &context,
		.parent_span_id = parent,
		.start_ns = 10,
		.end_ns = 20,
		.tid = 3,
		.kind = 2,
		.status = 1,
		.name = "GET /",
		.name_bytes = 5 };
	cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_SPAN, &s), 0);
	uint64_t next = atomic_load(&ring.map->head);
	cr_assert_eq(lsp_ring_put_exit(&ring, &context, 3, 4, 0), 0);
	const struct lsp_ring_span *span = at(0);
	cr_expect_eq(span->common.time_ns, 10);
	cr_expect_eq(span->end_ns, 20);
	cr_expect_eq(memcmp(span->parent_span_id, parent, 8), 0);
	cr_expect_eq(span->kind, 2);
	cr_expect_eq(span->status, 1);
	cr_expect_eq(span->name_bytes, 5);
	cr_expect_eq(memcmp(span + 1, "GET /", 5), 0);
	const struct lsp_ring_exit *end = at(next);
	cr_expect_eq(end->exit_code, 4);
	cr_expect_eq(end->signal, 0);
}

Test(ring, first_start_and_end_of_the_process_survive_a_full_ring)
{
	struct lsp_ring_span_in s = {
		.context = &context, .start_ns = 10, .name = "job", .name_bytes = 3
	};
	while (put_text("fills", 5) == 0)
		;
	cr_expect_eq(lsp_ring_put_span(&ring, LSP_RECORD_PROCESS_START, &s), -ENOBUFS);
	cr_expect_eq(lsp_ring_put_exit(&ring, &context, 1, 3, 0), -ENOBUFS);
	s.name = "bob";
	cr_expect_eq(lsp_ring_put_span(&ring, LSP_RECORD_PROCESS_START, &s), -ENOBUFS);
	const struct lsp_ring_span *start = (const void *)ring.map->process_start;
	cr_expect_eq(start->common.word,
		lsp_ring_word(LSP_RING_POSITION_START, ring.key, 88, LSP_RECORD_PROCESS_START));
	cr_expect_eq(memcmp(start + 1, "job", 3), 0);
	const struct lsp_ring_exit *end = &ring.map->process_end;
	cr_expect_eq(end->common.word,
		lsp_ring_word(LSP_RING_POSITION_END, ring.key, 64, LSP_RECORD_PROCESS_END));
	cr_expect_eq(end->exit_code, 3);
}

Test(ring, too_long_texts_names_and_attributes_are_cut)
{
	static char text[LSP_RING_TEXT_BYTES_MAX + 1];
	static uint8_t attrs[5000];
	memset(text, 't', sizeof(text));
	struct lsp_ring_line line = { .text = text, .text_bytes = sizeof(text), .time_ns = 1 };
	cr_assert_eq(lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line), 0);
	const struct lsp_ring_log *log = at(0);
	cr_expect_eq(log->text_bytes, LSP_RING_TEXT_BYTES_MAX);
	cr_expect_eq(log->flags, LSP_LOG_TRUNCATED);
	cr_expect_not(lsp_context_has_trace(&log->common.context));
	cr_expect_eq(count(LSP_COUNTER_RING_TRUNCATED), 1);

	atomic_store(&ring.map->tail, atomic_load(&ring.map->head));
	uint64_t position = atomic_load(&ring.map->head);
	line.text_bytes = LSP_RING_TEXT_BYTES_MAX - 800;
	line.attrs = attrs;
	line.attr_bytes = sizeof(attrs);
	cr_assert_eq(lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line), 0);
	log = at(position);
	if (atomic_load(&ring.map->head) - position > LSP_RING_RECORD_BYTES_MAX)
		log = at(SMALL_BYTES);
	cr_expect_eq(log->attr_bytes, 0);
	cr_expect_eq(log->flags, LSP_LOG_TRUNCATED);

	atomic_store(&ring.map->tail, atomic_load(&ring.map->head));
	position = atomic_load(&ring.map->head);
	struct lsp_ring_span_in s = { .name = text, .name_bytes = 300 };
	cr_assert_eq(lsp_ring_put_span(&ring, LSP_RECORD_SPAN, &s), 0);
	cr_expect_eq(((const struct lsp_ring_span *)at(position))->name_bytes, 255);
}

Test(ring, records_wrap_with_a_pad_and_are_never_split)
{
	char text[997];
	memset(text, 'w', sizeof(text));
	uint64_t position = 0;
	unsigned pads = 0, logs = 0;
	for (unsigned i = 0; i < 1000; i++) {
		cr_assert_eq(put_text(text, 1 + i % sizeof(text)), 0);
		uint64_t head = atomic_load(&ring.map->head);
		while (position < head) {
			unsigned type;
			uint64_t size;
			cr_assert(record_at(position, &type, &size), "at %lu", position);
			cr_assert(position % SMALL_BYTES + size <= SMALL_BYTES);
			pads += type == LSP_RECORD_PAD;
			logs += type == LSP_RECORD_LOG;
			position += size;
		}
		cr_assert_eq(position, head);
		atomic_store(&ring.map->tail, head);
	}
	cr_expect_eq(logs, 1000);
	cr_expect_gt(pads, 3);
}

Test(ring, full_ring_drops_counts_and_goes_on_when_drained)
{
	const char text[40] = "0123456789";
	unsigned put = 0;
	while (put_text(text, 10) == 0)
		put++;
	cr_expect_eq(put, SMALL_BYTES / 88);
	cr_expect_eq(put_text("x", 1), -ENOBUFS);
	cr_expect_eq(count(LSP_COUNTER_RING_DROPPED), 2);
	cr_expect_eq(count(LSP_COUNTER_RING_RECORDS), put);
	unsigned type;
	uint64_t size;
	cr_expect(record_at(0, &type, &size), "the oldest is untouched");
	atomic_store(&ring.map->tail, 88);
	cr_expect_eq(put_text(text, 40), -ENOBUFS, "112 bytes, and 64 to the end are no use");
	atomic_store(&ring.map->tail, 88 * 2);
	cr_expect_eq(put_text(text, 40), 0);
}

Test(ring, broken_reader_cannot_make_the_writer_overrun)
{
	const uint64_t tails[] = { 8, 1u << 20, UINT64_MAX, UINT64_MAX - SMALL_BYTES, 1ull << 63 };
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		atomic_store(&ring.map->tail, tails[i]);
		int rc = put_text("x", 1);
		uint64_t head = atomic_load(&ring.map->head);
		cr_expect(rc == -ENOBUFS, "tail %lx: %d", tails[i], rc);
		cr_expect_eq(head, 0);
	}
}

/* The reader took a slot for abandoned and gave it away: a late commit must not hit the new owner.
 * */
Test(ring, slot_that_was_given_away_is_not_committed)
{
	struct lsp_ring_slot slot = lsp_ring_reserve(&ring, 64);
	cr_assert(slot.record);
	cr_assert_eq(put_text("later", 5), 0);
	atomic_store(&ring.map->tail, atomic_load(&ring.map->head));
	lsp_ring_commit(&ring, slot, LSP_RECORD_LOG);
	unsigned type;
	uint64_t size;
	cr_expect_not(record_at(0, &type, &size));
}

Test(ring, sizes_that_are_no_record_are_refused)
{
	cr_expect_null(lsp_ring_reserve(&ring, 0).record);
	cr_expect_null(lsp_ring_reserve(&ring, 8).record);
	cr_expect_null(lsp_ring_reserve(&ring, LSP_RING_RECORD_BYTES_MAX + 1).record);
	cr_expect_null(lsp_ring_reserve(&ring, UINT32_MAX).record);
	cr_expect_not_null(lsp_ring_reserve(&ring, LSP_RING_RECORD_BYTES_MAX).record);
}

Test(ring, without_a_ring_nothing_happens)
{
	struct lsp_ring none;
	struct lsp_ring_line line = { .text = "x", .text_bytes = 1 };
	struct lsp_ring_span_in s = { 0 };
	lsp_ring_init(&none);
	errno = 77;
	cr_expect_eq(lsp_ring_put_line(&none, LSP_RECORD_LOG, &line), -ENOENT);
	cr_expect_eq(lsp_ring_put_span(&none, LSP_RECORD_PROCESS_START, &s), -ENOENT);
	cr_expect_eq(lsp_ring_put_exit(&none, NULL, 0, 0, 0), -ENOENT);
	lsp_ring_close(&none, dir);
	cr_expect_eq(errno, 77);
	cr_expect_eq(atomic_load(&none.spare.slot[LSP_COUNTER_RING_DROPPED]), 3);
}

#define THREADS 4
#define EACH    20000u

static void *produce(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg;
	for (uint32_t i = 0; i < EACH; i++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "%u", i);
		struct lsp_ring_line line = { .context = &context,
			.time_ns = i + 1,
			.tid = me,
			.text = text,
			.text_bytes = (size_t)n };
		while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line))
			sched_yield();
	}
	return NULL;
}

Test(ring, threads_lose_nothing_and_keep_their_order)
{
	pthread_t threads[THREADS];
	uint32_t next[THREADS] = { 0 };
	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, produce, (void *)i), 0);
	uint64_t position = 0;
	for (unsigned seen = 0; seen < THREADS * EACH;) {
		unsigned type;
		uint64_t size;
		if (position == atomic_load(&ring.map->head) ||
			!record_at(position, &type, &size)) {
			sched_yield();
			continue;
		}
		if (type == LSP_RECORD_LOG) {
			const struct lsp_ring_log *log = at(position);
			cr_assert_lt(log->common.tid, THREADS);
			cr_assert_eq(log->common.time_ns, next[log->common.tid] + 1);
			char text[16] = "";
			cr_assert_lt(log->text_bytes, sizeof(text));
			memcpy(text, log + 1, log->text_bytes);
			cr_assert_eq(atoi(text), (int)next[log->common.tid]);
			next[log->common.tid]++;
			seen++;
		}
		position += size;
		atomic_store_explicit(&ring.map->tail, position, memory_order_release);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(position, atomic_load(&ring.map->head));
}

static volatile unsigned handled;

static void on_alarm(int signal)
{
	handled += put_text("handler", 7) == 0;
	(void)signal;
}

Test(ring, signal_handlers_may_put_in_the_middle_of_a_put)
{
	struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
	signal(SIGALRM, on_alarm);
	cr_assert_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	unsigned put = 0, seen = 0;
	uint64_t position = 0;
	while (handled < 500) {
		put += put_text("main", 4) == 0;
		uint64_t head = atomic_load(&ring.map->head);
		while (position < head) {
			unsigned type;
			uint64_t size;
			cr_assert(record_at(position, &type, &size));
			seen += type == LSP_RECORD_LOG;
			position += size;
		}
		atomic_store(&ring.map->tail, head);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	cr_expect_leq(seen, put + handled);
	cr_expect_geq(seen + 16, put + handled);
	cr_expect_eq(count(LSP_COUNTER_RING_RECORDS), put + handled);
}

Test(ring, attributes_are_encoded_or_left_out_whole)
{
	uint8_t buf[64];
	size_t used = 0;
	cr_assert_eq(lsp_attr_put_string(buf, sizeof(buf), &used, "k", "val", 3), 0);
	cr_assert_eq(lsp_attr_put_int(buf, sizeof(buf), &used, "n", -2), 0);
	cr_assert_eq(lsp_attr_put_double(buf, sizeof(buf), &used, "d", 0.5), 0);
	cr_assert_eq(lsp_attr_put_bool(buf, sizeof(buf), &used, "b", false), 0);
	const uint8_t wanted[] = { 1, 1, 3, 0, 'k', 'v', 'a', 'l', 2, 1, 8, 0, 'n', 0xfe, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 1, 8, 0, 'd', 0, 0, 0, 0, 0, 0, 0xe0, 0x3f,
		3, 1, 1, 0, 'b', 0 };
	cr_expect_eq(used, sizeof(wanted));
	cr_expect_eq(memcmp(buf, wanted, sizeof(wanted)), 0);
	size_t before = used;
	cr_expect_eq(lsp_attr_put_string(
			     buf, sizeof(buf), &used, "key", "a value that has no room here", 29),
		-ENOSPC);
	cr_expect_eq(used, before);
}

Test(ring, long_keys_and_values_of_attributes_are_cut)
{
	static uint8_t buf[70000];
	static char key[300], value[70000];
	size_t used = 0;
	memset(key, 'k', sizeof(key) - 1);
	cr_assert_eq(lsp_attr_put_string(buf, sizeof(buf), &used, key, value, sizeof(value)), 0);
	cr_expect_eq(used, 4 + 255 + 65535);
	cr_expect_eq(buf[1], 255);
	cr_expect_eq(buf[2] | buf[3] << 8, 65535);
}
