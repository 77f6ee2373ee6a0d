/* What a record costs the sidecar's reader: nanoseconds per line of 120 bytes from the ring to a
 * row with its encoded message, and what an idle round costs. Usage: bench_ring_reader [DIR] */
#include "lib/core/ring.h"
#include "lib/wire/ring_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES      400000u
#define IDLE_TURNS 20000u

static struct lsp_ring ring;

/* Processor time of this thread: what else the machine does does not count. */
static uint64_t spent_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fill_ring(void)
{
	char text[120];
	struct lsp_context context = { { 1 }, { 2 }, 1, LSP_SOURCE_OTEL, 0, { 0 } };
	memset(text, 'x', sizeof(text));
	struct lsp_ring_line line = { .context = &context,
		.tid = 7,
		.severity = 9,
		.channel = LSP_CHANNEL_STDOUT,
		.text = text,
		.text_bytes = sizeof(text) };
	while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line) == 0)
		;
}

/* Rounds until so many records, or so many rounds, are done; returns nanoseconds for each. */
static double run(struct lsp_ring_reader *reader, unsigned records, unsigned rounds)
{
	uint64_t spent = 0;
	unsigned seen = 0;
	for (unsigned i = 0; records ? seen < records : i < rounds; i++) {
		struct lsp_batch batch;
		if (records)
			fill_ring();
		uint64_t start = spent_ns();
		lsp_batch_init(&batch);
		int n = lsp_ring_reader_poll(reader, &batch, 8 << 20);
		lsp_ring_reader_ack(reader);
		lsp_batch_release(&batch);
		spent += spent_ns() - start;
		if (n < 0)
			exit(1);
		seen += (unsigned)n;
	}
	return (double)spent / (records ? seen : rounds);
}

int main(int argc, char **argv)
{
	const char *spool = argc > 1 ? argv[1] : "/dev/shm";
	struct lsp_ring_identity id = { "bench", "bench", "bench" };
	struct lsp_ring_reader *reader;
	if (lsp_ring_open(&ring, spool, 4 << 20, &id) || lsp_ring_reader_new(&reader, spool)) {
		fprintf(stderr, "bench_ring_reader: no ring in %s\n", spool);
		return 1;
	}
	printf("reader %-19s %6.1f ns\n", "line, 120 bytes", run(reader, LINES, 0));
	printf("reader %-19s %6.1f ns\n", "idle round, one ring", run(reader, 0, IDLE_TURNS));
	lsp_ring_reader_free(reader);
	return 0;
}
