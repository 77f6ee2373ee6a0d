/* Eight threads put lines and spans into a small ring while a reader drains it, built with the
 * thread sanitizer. The reader here is in the same process and uses the header's atomics, so that
 * the sanitizer sees both ends of the protocol: the commit, and the tail that gives bytes back. */
#include "lib/core/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS    8
#define LINES      20000u
#define DATA_BYTES (64u * 1024)

static struct lsp_ring ring;

static size_t make_text(char text[700], uint32_t thread, uint32_t n)
{
	size_t bytes = 1 + (n * 131u + thread) % 700;
	memset(text, 'a' + (int)(n % 26), bytes);
	return bytes;
}

static void *put_lines(void *arg)
{
	uint32_t thread = (uint32_t)(uintptr_t)arg;
	struct lsp_context context = { { 1 }, { 2 }, 1, LSP_SOURCE_OTEL, 0, { 0 } };
	char text[700];
	for (uint32_t n = 0; n < LINES; n++) {
		struct lsp_ring_line line = { .context = &context,
			.time_ns = n + 1,
			.tid = thread,
			.text = text,
			.text_bytes = make_text(text, thread, n) };
		while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line))
			sched_yield();
		if (n % 1000 == 0) {
			struct lsp_ring_span_in span = {
				.context = &context, .name = text, .name_bytes = 10
			};
			(void)lsp_ring_put_span(&ring, LSP_RECORD_PROCESS_START, &span);
			(void)lsp_ring_put_exit(&ring, &context, thread, 0, 0);
		}
	}
	return NULL;
}

static void fail(const char *what, uint64_t position)
{
	printf("not ok the reader gets each line once, whole and in order: %s at %lu\n", what,
		(unsigned long)position);
	exit(1);
}

static void check_line(const struct lsp_ring_log *log, uint32_t next[THREADS], uint64_t position)
{
	char text[700];
	uint32_t thread = log->common.tid;
	if (thread >= THREADS)
		fail("no such thread", position);
	uint32_t n = next[thread]++;
	if (log->common.time_ns != n + 1)
		fail("out of order", position);
	if (log->text_bytes != make_text(text, thread, n) ||
		memcmp(log + 1, text, log->text_bytes) != 0)
		fail("torn", position);
}

/* Reads until all lines were seen. */
static void drain(void)
{
	uint32_t next[THREADS] = { 0 };
	uint64_t position = 0;
	for (uint32_t seen = 0; seen < THREADS * LINES;) {
		const struct lsp_ring_common *record =
			(void *)((char *)ring.map + LSP_RING_HEADER_BYTES +
				 (position & (DATA_BYTES - 1)));
		uint64_t word = atomic_load_explicit(&record->word, memory_order_acquire);
		uint64_t size = (word >> 8 & 0xffffff) << 3;
		if (position == atomic_load(&ring.map->head) ||
			word != lsp_ring_word(position, ring.key, size, word & 0xff)) {
			sched_yield();
			continue;
		}
		if ((word & 0xff) == LSP_RECORD_LOG) {
			check_line((const void *)record, next, position);
			seen++;
		}
		position += size;
		atomic_store_explicit(&ring.map->tail, position, memory_order_release);
	}
}

int main(int argc, char **argv)
{
	struct lsp_ring_identity id = { "stress", "stress", "stress" };
	pthread_t threads[THREADS];
	int rc = lsp_ring_open(&ring, argc > 1 ? argv[1] : "/tmp", DATA_BYTES, &id);
	if (rc) {
		printf("not ok a ring can be opened: %s\n", strerror(-rc));
		return 1;
	}
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, put_lines, (void *)i))
			return 1;
	drain();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("ok the reader gets each line once, whole and in order\n");
	return 0;
}
