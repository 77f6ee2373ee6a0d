/* The queue on disk: order, commit, restart, kill -9, its ceiling, damage. */
#include "lib/store/disk_queue.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CEILING (64u << 20)

static char dir[64];
static struct lsp_queue *q;

static void open_queue(uint64_t max_bytes)
{
	char why[256] = "";
	cr_assert_eq(lsp_queue_open(&q, dir, max_bytes, why, sizeof(why)), 0, "%s", why);
}

static void set_up(void)
{
	strcpy(dir, "/tmp/linespan-queue.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	open_queue(CEILING);
}

static void tear_down(void)
{
	char command[128];
	q = lsp_queue_close(q);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

static void reopen(void)
{
	q = lsp_queue_close(q);
	open_queue(CEILING);
}

static void append_text(uint32_t kind, const char *text)
{
	cr_assert_eq(lsp_queue_append(q, kind, 1, lsp_slice_of(text)), 0);
}

static void put(const char *text)
{
	append_text(0, text);
	lsp_queue_commit(q);
}

/* The next entry's text; "" when there is none, "!" when it is damaged. */
static const char *take(void)
{
	static struct lsp_buf out;
	struct lsp_queue_entry e;
	if (out.max == 0)
		lsp_buf_init(&out, CEILING);
	lsp_buf_clear(&out);
	if (lsp_queue_peek(q, &e) != 1)
		return "";
	int rc = lsp_queue_take(q, &out);
	if (rc)
		return rc == -EBADMSG ? "!" : "?";
	return out.len == 0 ? "(empty)" : lsp_buf_add(&out, "", 1) ? "?" : out.at;
}

static struct lsp_queue_stats stats(void)
{
	struct lsp_queue_stats s;
	lsp_queue_get_stats(q, &s);
	return s;
}

/* Calls do_it for each segment's path; returns how many there are. */
static size_t segments(void (*do_it)(const char *path))
{
	struct dirent **names;
	char path[512];
	size_t found = 0;
	int n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (strstr(names[i]->d_name, ".q") && ++found && do_it)
			do_it(path);
		free(names[i]);
	}
	free(names);
	return found;
}

TestSuite(disk_queue, .init = set_up, .fini = tear_down);

Test(disk_queue, hands_out_what_was_committed_in_order)
{
	cr_expect_str_eq(take(), "");
	append_text(0, "one");
	cr_expect_str_eq(take(), "", "not committed yet");
	append_text(1, "two");
	lsp_queue_commit(q);
	put("");
	cr_expect_str_eq(take(), "one");
	cr_expect_str_eq(take(), "two");
	cr_expect_str_eq(take(), "(empty)");
	cr_expect_str_eq(take(), "");
	cr_expect_eq(stats().entries, 3, "not acknowledged yet");
	lsp_queue_ack(q);
	cr_expect_eq(stats().entries, 0);
	cr_expect_eq(stats().bytes, 0);
}

Test(disk_queue, forgets_what_was_rolled_back)
{
	put("kept");
	append_text(0, "gone");
	append_text(0, "gone, too");
	lsp_queue_rollback(q);
	append_text(0, "gone as well");
	reopen();
	put("new");
	cr_expect_str_eq(take(), "kept");
	cr_expect_str_eq(take(), "new");
	cr_expect_str_eq(take(), "");
	cr_expect_eq(stats().damaged, 0);
}

Test(disk_queue, takes_again_what_was_not_acknowledged)
{
	put("one");
	put("two");
	put("three");
	cr_expect_str_eq(take(), "one");
	lsp_queue_ack(q);
	cr_expect_str_eq(take(), "two");
	lsp_queue_rewind(q);
	cr_expect_str_eq(take(), "two");
	cr_expect_str_eq(take(), "three");
	reopen();
	cr_expect_eq(stats().entries, 2);
	cr_expect_str_eq(take(), "two");
	cr_expect_str_eq(take(), "three");
	lsp_queue_ack(q);
	reopen();
	cr_expect_str_eq(take(), "");
	put("four");
	cr_expect_str_eq(take(), "four");
}

Test(disk_queue, removes_segments_that_are_done)
{
	static char big[1 << 20];
	memset(big, 'x', sizeof(big) - 1);
	for (int i = 0; i < 40; i++)
		put(big);
	cr_expect_gt(segments(NULL), 4);
	for (int i = 0; i < 40; i++) {
		cr_assert(strcmp(take(), big) == 0, "%d", i); /* too long to be shown */
		lsp_queue_ack(q);
	}
	cr_expect_eq(segments(NULL), 1);
	reopen();
	put("small");
	cr_expect_str_eq(take(), "small");
}

Test(disk_queue, drops_the_oldest_over_its_ceiling_and_counts_it)
{
	static char big[1 << 20];
	memset(big, 'x', sizeof(big) - 1);
	q = lsp_queue_close(q);
	open_queue(LSP_QUEUE_BYTES_MIN);
	for (int i = 0; i < 100; i++) {
		char head[8];
		snprintf(head, sizeof(head), "%06d", i);
		memcpy(big, head, 6);
		cr_assert_eq(lsp_queue_append(q, 1, 10, lsp_slice_of(big)), 0);
		lsp_queue_commit(q);
	}
	struct lsp_queue_stats s = stats();
	cr_expect_leq(s.bytes, LSP_QUEUE_BYTES_MIN);
	cr_expect_gt(s.entries, 8);
	cr_expect_eq(s.dropped[1] + s.weight[1], 1000);
	cr_expect_eq(s.weight[1], s.entries * 10);
	for (uint64_t i = 100 - s.entries; i < 100; i++)
		cr_expect_eq(strtoull(take(), NULL, 10), i);
	cr_expect_str_eq(take(), "");
}

Test(disk_queue, goes_on_when_what_is_being_sent_is_dropped)
{
	static char big[1 << 20];
	memset(big, 'x', sizeof(big) - 1);
	q = lsp_queue_close(q);
	open_queue(LSP_QUEUE_BYTES_MIN);
	put("first");
	cr_expect_str_eq(take(), "first");
	for (int i = 0; i < 40; i++)
		put(big);
	lsp_queue_ack(q);
	cr_expect_str_eq(take(), big);
	lsp_queue_rewind(q);
	size_t n = 0;
	while (strcmp(take(), big) == 0)
		n++;
	lsp_queue_ack(q);
	cr_expect_gt(n, 8);
	cr_expect_eq(stats().entries, 0);
}

static void cut(const char *path)
{
	struct stat st;
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(truncate(path, st.st_size - 2), 0, "%s of %ld bytes: %s", path,
		(long)st.st_size, strerror(errno));
}

Test(disk_queue, leaves_out_an_entry_that_was_cut)
{
	put("whole");
	put("will be cut");
	q = lsp_queue_close(q);
	segments(cut);
	open_queue(CEILING);
	cr_expect_eq(stats().damaged, 1);
	put("after");
	cr_expect_str_eq(take(), "whole");
	cr_expect_str_eq(take(), "after");
	lsp_queue_ack(q);
	cr_expect_eq(segments(NULL), 1, "the cut one is gone when it was read");
}

/* Of a text that stands once in the first segment. */
static void spoil(const char *path)
{
	char bytes[4096];
	int fd = open(path, O_RDWR);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	char *at = n > 0 ? memmem(bytes, (size_t)n, "spoilt", 6) : NULL;
	if (at)
		cr_assert_eq(pwrite(fd, "SPOILT", 6, at - bytes), 6);
	close(fd);
}

Test(disk_queue, passes_over_bytes_that_are_damaged)
{
	put("before");
	put("spoilt");
	put("behind");
	segments(spoil);
	cr_expect_str_eq(take(), "before");
	cr_expect_str_eq(take(), "!");
	cr_expect_str_eq(take(), "behind");
	lsp_queue_ack(q);
	cr_expect_eq(stats().entries, 0);
	cr_expect_eq(stats().damaged, 1);
}

static void remove_it(const char *path)
{
	unlink(path);
}

Test(disk_queue, outlives_segments_that_somebody_removed)
{
	put("one");
	reopen();
	segments(remove_it);
	cr_expect_str_eq(take(), "");
	reopen();
	put("two");
	cr_expect_str_eq(take(), "two");
}

Test(disk_queue, takes_files_of_nobody_for_damage)
{
	char path[128];
	q = lsp_queue_close(q);
	snprintf(path, sizeof(path), "%s/ffff000000000000.q", dir);
	FILE *f = fopen(path, "w");
	fputs("something else", f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/acked", dir);
	f = fopen(path, "w");
	fputs("twenty-four bytes of junk", f);
	fclose(f);
	open_queue(CEILING);
	put("works");
	cr_expect_str_eq(take(), "works");
}

Test(disk_queue, says_why_it_cannot_be)
{
	struct lsp_queue *none;
	char why[256] = "";
	cr_expect_eq(lsp_queue_open(&none, "/proc/none/queue", CEILING, why, sizeof(why)), -ENOENT);
	cr_expect(strstr(why, "/proc/none/queue: cannot queue here"), "%s", why);
}

/* A child appends numbers and says each that is committed; it is killed at some moment. All that it
 * said is there, in order, and nothing else but one more. */
Test(disk_queue, loses_nothing_that_was_committed_to_kill_9, .timeout = 60)
{
	q = lsp_queue_close(q);
	uint64_t next = 0;
	for (int round = 0; round < 25; round++) {
		int fds[2];
		cr_assert_eq(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			open_queue(CEILING);
			for (uint64_t n = next;; n++) {
				char text[4000];
				memset(text, '.', sizeof(text));
				snprintf(text, sizeof(text), "%" PRIu64, n);
				text[strlen(text)] = ' ';
				(void)lsp_queue_append(
					q, 0, 1, (struct lsp_slice){ text, sizeof(text) });
				lsp_queue_commit(q);
				if (write(fds[1], &n, sizeof(n)) < 0)
					_exit(1);
			}
		}
		close(fds[1]);
		uint64_t said = 0, n;
		bool is_killed = false;
		while (read(fds[0], &n, sizeof(n)) == sizeof(n)) {
			said = n + 1;
			if (!is_killed && n >= next + 20 + (uint64_t)round * 7) {
				kill(pid, SIGKILL);
				is_killed = true;
			}
		}
		close(fds[0]);
		waitpid(pid, NULL, 0);
		open_queue(CEILING);
		/* The child may have run far ahead: so many are not taken between two acks. */
		for (uint64_t i = next; i < said; i++) {
			cr_assert_eq(strtoull(take(), NULL, 10), i, "round %d", round);
			if (i % 512 == 511)
				lsp_queue_ack(q);
		}
		const char *more = take();
		next = *more ? said + 1 : said;
		lsp_queue_ack(q);
		q = lsp_queue_close(q);
	}
	open_queue(CEILING);
}
