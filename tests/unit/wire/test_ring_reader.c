#include "wire/ring_fixture.h"

#include <dirent.h>
#include <sys/wait.h>

TestSuite(ring_reader, .init = spool_set_up, .fini = spool_tear_down, .timeout = 60);

static uint64_t tail(void)
{
	return atomic_load(&ring.map->tail);
}

static unsigned files(void)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

Test(ring_reader, no_folder_is_an_error)
{
	struct lsp_ring_reader *none = NULL;
	cr_expect_eq(lsp_ring_reader_new(&none, "/nowhere/at/all"), -ENOENT);
	cr_expect_eq(lsp_ring_reader_new(&none, "/dev/null"), -ENOTDIR);
	cr_expect_null(none);
	cr_expect_null(lsp_ring_reader_free(NULL));
}

Test(ring_reader, empty_folder_gives_nothing)
{
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(stats().rings_open, 0);
}

Test(ring_reader, finds_rings_made_before_and_after_it)
{
	open_ring();
	cr_assert_eq(put("one"), 0);
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "one"));
	struct lsp_ring first;
	memcpy(&first, &ring, sizeof(first));
	open_ring();
	cr_assert_eq(put("two"), 0);
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "two"));
	cr_expect_eq(stats().rings_open, 2);
	cr_expect_eq(stats().records, 2);
	munmap(first.map, first.map_bytes);
}

Test(ring_reader, tail_moves_by_ack_only)
{
	open_ring();
	cr_assert_eq(put("one"), 0);
	cr_assert_eq(poll_once(), 1);
	cr_expect_eq(tail(), 0);
	lsp_ring_reader_ack(reader);
	cr_expect_eq(tail(), atomic_load(&ring.map->head));
	cr_expect_eq(poll_once(), 0);
}

Test(ring_reader, what_was_not_acknowledged_is_read_again_after_a_crash)
{
	open_ring();
	cr_assert_eq(put("acknowledged"), 0);
	cr_assert_eq(poll_once(), 1);
	lsp_ring_reader_ack(reader);
	cr_assert_eq(put("not"), 0);
	cr_assert_eq(poll_once(), 1);
	lsp_ring_reader_free(reader);
	cr_assert_eq(lsp_ring_reader_new(&reader, dir), 0);
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "not"));
}

Test(ring_reader, a_service_that_is_named_late_has_what_is_read_from_then_on)
{
	open_ring();
	cr_assert_eq(put("one"), 0);
	cr_assert_eq(poll_once(), 1);
	struct lsp_slice first = batch.origins[batch.logs[0].origin].service;
	cr_expect(lsp_slice_equal(first, LSP_SLICE("shop")), "%.*s", (int)first.len, first.at);
	lsp_ring_rename(&ring, "checkout");
	cr_assert_eq(put("two"), 0);
	cr_assert_eq(poll_once(), 1);
	struct lsp_slice then = batch.origins[batch.logs[0].origin].service;
	cr_expect(lsp_slice_equal(then, LSP_SLICE("checkout")), "%.*s", (int)then.len, then.at);
	/* A writer that died in the middle of it: the old name stays. */
	atomic_fetch_add(&ring.map->renamed, 1);
	strcpy(ring.map->service, "che");
	cr_assert_eq(put("three"), 0);
	cr_assert_eq(poll_once(), 1);
	then = batch.origins[batch.logs[0].origin].service;
	cr_expect(lsp_slice_equal(then, LSP_SLICE("checkout")), "%.*s", (int)then.len, then.at);
}

Test(ring_reader, rewind_gives_the_same_again)
{
	open_ring();
	cr_assert_eq(put("one"), 0);
	cr_assert_eq(poll_once(), 1);
	cr_assert_eq(put("two"), 0);
	lsp_ring_reader_rewind(reader);
	cr_expect_eq(poll_once(), 2);
	cr_expect(body_is(0, "one") && body_is(1, "two"));
	lsp_ring_reader_ack(reader);
	lsp_ring_reader_rewind(reader);
	cr_expect_eq(poll_once(), 0);
}

Test(ring_reader, many_laps_lose_nothing)
{
	open_ring();
	char text[300];
	unsigned seen = 0;
	for (unsigned i = 0; i < 5000;) {
		snprintf(text, sizeof(text), "%u %.*s", i, (int)(i % 250), path);
		if (put(text) == 0) {
			i++;
			if (i < 5000)
				continue;
		}
		int n = poll_once();
		for (int k = 0; k < n; k++) {
			snprintf(text, sizeof(text), "%u %.*s", seen, (int)(seen % 250), path);
			cr_assert(body_is((size_t)k, text));
			seen++;
		}
		lsp_ring_reader_ack(reader);
	}
	cr_expect_eq(seen, 5000);
	cr_expect_eq(stats().lost_records, 0);
	cr_expect_gt(stats().dropped_by_writers + 10, 10);
}

Test(ring_reader, bytes_of_one_round_are_bounded_and_rings_take_turns)
{
	open_ring();
	struct lsp_ring first;
	for (int i = 0; i < 300; i++)
		cr_assert_eq(put("the first ring's lines are many and this long"), 0);
	memcpy(&first, &ring, sizeof(first));
	open_ring();
	cr_assert_eq(put("second"), 0);
	bool second_seen = false;
	int n = lsp_ring_reader_poll(reader, &batch, 1000);
	cr_expect(n > 0 && n < 12, "%d", n);
	cr_expect_eq(lsp_ring_reader_pause_ms(reader), 0, "there is more");
	for (size_t i = 0; i < batch.n_logs; i++)
		second_seen |= body_is(i, "second");
	lsp_batch_release(&batch);
	lsp_batch_init(&batch);
	cr_assert_gt(lsp_ring_reader_poll(reader, &batch, 1000), 0);
	for (size_t i = 0; i < batch.n_logs; i++)
		second_seen |= body_is(i, "second");
	cr_expect(second_seen);
	munmap(first.map, first.map_bytes);
}

Test(ring_reader, pause_grows_while_nothing_comes)
{
	unsigned last = 0;
	for (int i = 0; i < 20; i++) {
		poll_once();
		cr_expect_geq(lsp_ring_reader_pause_ms(reader), last);
		last = lsp_ring_reader_pause_ms(reader);
	}
	cr_expect_eq(last, 50);
	open_ring();
	cr_assert_eq(put("x"), 0);
	cr_assert_eq(poll_once(), 1);
	cr_expect_eq(lsp_ring_reader_pause_ms(reader), 1);
}

Test(ring_reader, ring_of_a_dead_owner_is_read_to_the_end_and_removed_by_ack)
{
	open_ring();
	cr_assert_eq(poll_once(), 0);
	cr_assert_eq(put("last words"), 0);
	die();
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "last words"));
	cr_expect_eq(access(path, F_OK), 0, "not yet durable");
	lsp_ring_reader_ack(reader);
	cr_expect_eq(access(path, F_OK), -1);
	cr_expect_eq(stats().rings_open, 0);
}

Test(ring_reader, ring_of_a_live_owner_is_never_removed)
{
	open_ring();
	cr_assert_eq(put("x"), 0);
	for (int i = 0; i < 30; i++) {
		poll_once();
		lsp_ring_reader_ack(reader);
		usleep(100000);
	}
	cr_expect_eq(access(path, F_OK), 0);
	cr_expect_eq(put("still heard"), 0);
	cr_expect_eq(poll_once(), 1);
}

Test(ring_reader, unused_ring_of_a_dead_owner_goes_without_an_ack)
{
	open_ring();
	cr_assert_eq(poll_once(), 0);
	die();
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(files(), 0);
}

Test(ring_reader, ring_that_was_given_up_is_forgotten)
{
	open_ring();
	cr_assert_eq(poll_once(), 0);
	cr_assert_eq(stats().rings_open, 1);
	lsp_ring_close(&ring, dir);
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(stats().rings_open, 0);
	cr_expect_eq(stats().bad_rings, 0);
}

Test(ring_reader, file_without_a_header_is_waited_for_and_then_removed)
{
	char name[128];
	snprintf(name, sizeof(name), "%s/1-2-abcdef.ring", dir);
	int fd = open(name, O_CREAT | O_RDWR, 0600);
	cr_assert(fd >= 0);
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(access(name, F_OK), 0, "its writer may be about to write it");
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	cr_assert_eq(futimens(fd, old), 0);
	close(fd);
	lsp_ring_reader_free(reader);
	cr_assert_eq(lsp_ring_reader_new(&reader, dir), 0);
	poll_once();
	cr_expect_eq(access(name, F_OK), -1);
	cr_expect_eq(stats().bad_rings, 0);
}

Test(ring_reader, drops_of_writers_are_summed_also_of_the_dead)
{
	for (int i = 0; i < 2; i++) {
		open_ring();
		while (put("fills the ring") == 0)
			;
		die();
		poll_once();
		lsp_ring_reader_ack(reader);
	}
	cr_expect_eq(stats().dropped_by_writers, 2);
	cr_expect_eq(stats().rings_open, 0);
}

Test(ring_reader, hole_of_a_dead_owner_is_skipped_at_once)
{
	open_ring();
	cr_assert_eq(put("before"), 0);
	cr_assert(lsp_ring_reserve(&ring, 1000).record);
	cr_assert_eq(put("behind"), 0);
	cr_assert(lsp_ring_reserve(&ring, 100).record);
	die();
	cr_expect_eq(poll_once(), 2);
	cr_expect(body_is(0, "before") && body_is(1, "behind"));
	cr_expect_eq(stats().lost_records, 2);
	lsp_ring_reader_ack(reader);
	cr_expect_eq(files(), 0);
}

Test(ring_reader, hole_of_a_live_owner_is_waited_for)
{
	open_ring();
	struct lsp_ring_slot slot = lsp_ring_reserve(&ring, sizeof(struct lsp_ring_log) + 4);
	cr_assert(slot.record);
	cr_assert_eq(put("behind"), 0);
	cr_expect_eq(poll_once(), 0);
	cr_assert_eq(put("and on"), 0);
	cr_expect_eq(poll_once(), 0);
	struct lsp_ring_log *log = (struct lsp_ring_log *)slot.record;
	memset(&log->common.time_ns, 0, sizeof(*log) - 8);
	log->text_bytes = 4;
	memcpy(log + 1, "late", 4);
	lsp_ring_commit(&ring, slot, LSP_RECORD_LOG);
	cr_expect_eq(poll_once(), 3);
	cr_expect(body_is(0, "late") && body_is(1, "behind"));
	cr_expect_eq(stats().lost_records, 0);
}

/* A stopped process commits nothing either: only one that goes on has abandoned its reservation. */
Test(ring_reader, hole_of_a_live_owner_counts_as_abandoned_when_others_go_on)
{
	open_ring();
	cr_assert(lsp_ring_reserve(&ring, 200).record);
	cr_assert_eq(put("behind"), 0);
	cr_expect_eq(poll_once(), 0);
	usleep(5100000);
	cr_expect_eq(poll_once(), 0, "stopped");
	cr_assert_eq(put("goes on"), 0);
	cr_expect_eq(poll_once(), 2);
	cr_expect(body_is(0, "behind") && body_is(1, "goes on"));
	cr_expect_eq(stats().lost_records, 1);
}

Test(ring_reader, child_without_a_ring_of_its_own_is_read_after_the_parents_death)
{
	int go[2];
	open_ring();
	cr_assert_eq(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		close(go[1]);
		lsp_ring_reopen_after_fork(&ring, "/nowhere", SMALL_BYTES, &identity);
		_exit(read(go[0], &byte, 1) < 0 || put("orphan"));
	}
	cr_assert_eq(poll_once(), 0);
	die();
	cr_assert_eq(poll_once(), 0);
	cr_expect_eq(access(path, F_OK), 0);
	close(go[1]);
	int status = -1;
	waitpid(pid, &status, 0);
	cr_assert_eq(status, 0);
	cr_expect_eq(poll_once(), 1);
	cr_expect_eq(batch.logs[0].pid, (uint32_t)pid);
	lsp_ring_reader_ack(reader);
	cr_expect_eq(files(), 0);
}
