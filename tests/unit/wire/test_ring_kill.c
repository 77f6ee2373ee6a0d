/* Writers that are killed at random moments: each line whose put returned is read once and whole,
 * in its thread's order, and nothing is read that was not written. */
#include "wire/ring_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#define KILLS   200
#define THREADS 2

TestSuite(ring_kill, .init = spool_set_up, .fini = spool_tear_down, .timeout = 120);

/* Shared with the child: lines of each thread whose put has returned. */
static _Atomic uint64_t *done;
static _Atomic uint64_t *ready;

/* Line n of a thread: its numbers, and a filler whose length and letter depend on them. */
static size_t make_line(char text[512], uint32_t thread, uint64_t n)
{
	int head = snprintf(text, 512, "%u %lu ", thread, (unsigned long)n);
	size_t filler = (size_t)(n * 37 % 400);
	memset(text + head, 'a' + (int)(n % 26), filler);
	return (size_t)head + filler;
}

static void *write_lines(void *arg)
{
	uint32_t thread = (uint32_t)(uintptr_t)arg;
	char text[512];
	for (uint64_t n = 0;; n++) {
		struct lsp_ring_line line = { .context = &context,
			.tid = thread,
			.text = text,
			.text_bytes = make_line(text, thread, n) };
		while (lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line))
			sched_yield();
		atomic_store(&done[thread], n + 1);
	}
	return NULL;
}

static void be_a_writer(void)
{
	pthread_t other;
	if (lsp_ring_open(&ring, dir, SMALL_BYTES, &identity) ||
		pthread_create(&other, NULL, write_lines, (void *)1))
		_exit(1);
	atomic_store(ready, 1);
	write_lines(NULL);
}

static void check_lines(uint64_t next[THREADS])
{
	char text[512];
	for (size_t i = 0; i < batch.n_logs; i++) {
		const struct lsp_log_row *row = &batch.logs[i];
		cr_assert_lt(row->tid, THREADS);
		uint64_t n = next[row->tid]++;
		size_t bytes = make_line(text, row->tid, n);
		cr_assert_eq(
			row->body.len, bytes, "line %lu of thread %u", (unsigned long)n, row->tid);
		cr_assert_eq(memcmp(row->body.at, text, bytes), 0);
		cr_assert_eq(row->trace_id[0], 1);
	}
}

/* Returns the lines read. */
static uint64_t kill_one(unsigned seed)
{
	uint64_t next[THREADS] = { 0 };
	atomic_store(ready, 0);
	for (int i = 0; i < THREADS; i++)
		atomic_store(&done[i], 0);
	pid_t pid = fork();
	if (pid == 0)
		be_a_writer();
	while (!atomic_load(ready))
		sched_yield();
	/* At times the reader is at work meanwhile, at times the ring is full and then some. */
	for (unsigned turn = rand_r(&seed) % 20; turn > 0; turn--) {
		if (seed % 3) {
			cr_assert_geq(poll_once(), 0);
			check_lines(next);
			lsp_ring_reader_ack(reader);
		} else {
			usleep(rand_r(&seed) % 100);
		}
	}
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 3; i++) {
		cr_assert_geq(poll_once(), 0);
		check_lines(next);
		lsp_ring_reader_ack(reader);
	}
	for (int i = 0; i < THREADS; i++) {
		uint64_t returned = atomic_load(&done[i]);
		cr_assert(next[i] == returned || next[i] == returned + 1,
			"thread %d: %lu lines put, %lu read", i, (unsigned long)returned,
			(unsigned long)next[i]);
	}
	cr_assert_eq(stats().rings_open, 0);
	cr_assert_eq(stats().bad_rings, 0);
	cr_assert_eq(stats().bad_records, 0);
	return next[0] + next[1];
}

Test(ring_kill, every_committed_record_is_read_and_none_is_invented)
{
	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ready = done + 16;
	uint64_t lines = 0;
	for (unsigned i = 0; i < KILLS; i++)
		lines += kill_one(i * 7919 + 1);
	cr_expect_gt(lines, KILLS * 10);
	cr_expect_eq(rmdir(dir), 0, "no ring is left");
	cr_assert_eq(mkdir(dir, 0700), 0);
}
