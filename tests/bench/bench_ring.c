/* What a mirrored line costs its writer: nanoseconds per lsp_ring_put_line() of 120 bytes while a
 * reader drains the ring. Usage: bench_ring [DIR]. Prints the time with the clock and without
 * (time given), the clock alone, and one atomic add (what a counter costs). */
#include "lib/core/ring.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sched.h>

#define LINES  3000000u
#define ROUNDS 5

static struct lsp_ring ring;

/* Processor time of this thread: what else the machine does does not count. */
static uint64_t spent_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static _Atomic bool done;

static void *drain(void *arg)
{
	while (!atomic_load(&done)) {
		uint64_t head = atomic_load_explicit(&ring.map->head, memory_order_acquire);
		atomic_store_explicit(&ring.map->tail, head, memory_order_release);
		struct timespec pause = { 0, 200000 };
		nanosleep(&pause, NULL);
	}
	return arg;
}

static double put_lines(uint64_t time_ns)
{
	char text[120];
	struct lsp_context context = { { 1 }, { 2 }, 1, LSP_SOURCE_OTEL, 0, { 0 } };
	memset(text, 'x', sizeof(text));
	struct lsp_ring_line line = { .context = &context,
		.time_ns = time_ns,
		.tid = 7,
		.channel = LSP_CHANNEL_STDOUT,
		.text = text,
		.text_bytes = sizeof(text) };
	uint64_t waited = 0, start = spent_ns();
	for (unsigned i = 0; i < LINES; i++) {
		if (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line) == 0)
			continue;
		uint64_t full = spent_ns();
		while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line))
			sched_yield();
		waited += spent_ns() - full;
	}
	return (double)(spent_ns() - start - waited) / LINES;
}

static double clock_alone(uint64_t unused)
{
	uint64_t sum = unused, start = spent_ns();
	for (unsigned i = 0; i < LINES; i++)
		sum += lsp_now_ns();
	__asm__ volatile("" : : "r"(sum));
	return (double)(spent_ns() - start) / LINES;
}

static double count_alone(uint64_t unused)
{
	uint64_t start = spent_ns() + unused;
	for (unsigned i = 0; i < LINES; i++)
		lsp_counter_add(ring.counters, LSP_COUNTER_MIRRORED, 1);
	return (double)(spent_ns() - start) / LINES;
}

static void best_of(const char *name, double (*run)(uint64_t), uint64_t arg)
{
	double best = run(arg);
	for (int i = 1; i < ROUNDS; i++) {
		double ns = run(arg);
		best = ns < best ? ns : best;
	}
	printf("ring %-22s %6.1f ns\n", name, best);
}

int main(int argc, char **argv)
{
	struct lsp_ring_identity id = { "bench", "bench", "bench" };
	int rc = lsp_ring_open(&ring, argc > 1 ? argv[1] : "/dev/shm", 8 << 20, &id);
	if (rc) {
		fprintf(stderr, "bench_ring: %s\n", strerror(-rc));
		return 1;
	}
	pthread_t reader;
	pthread_create(&reader, NULL, drain, NULL);
	best_of("line, 120 bytes", put_lines, 0);
	best_of("line, time given", put_lines, 1);
	best_of("clock alone", clock_alone, 0);
	best_of("counter alone", count_alone, 0);
	atomic_store(&done, true);
	pthread_join(reader, NULL);
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", argc > 1 ? argv[1] : "/dev/shm", ring.name);
	return remove(path) ? 1 : 0;
}
