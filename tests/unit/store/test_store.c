/* The store through its seam: what goes in comes out, and what cannot says so. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

TestSuite(store, .init = make_dir, .fini = remove_dir);

static void write_one(struct lsp_store *s, uint64_t low, uint64_t span)
{
	struct lsp_batch b;
	uint32_t origin;

	lsp_batch_init(&b);
	add_origin(&b, "shop", &origin);
	add_span(&b, origin, low, span, 1000 * span, "GET /cart");
	add_log(&b, origin, low, 1000 * span + 1, 17, "cart is empty");
	cr_assert_eq(lsp_store_write(s, &b), 0);
	lsp_batch_release(&b);
}

Test(store, gives_back_a_trace_with_its_logs_and_attributes)
{
	struct lsp_store *s = open_store(false);
	struct lsp_trace *t;

	write_one(s, 0x1234, 7);
	t = get_trace(s, 1, 0x1234);
	cr_assert_not_null(t);
	cr_assert_eq(t->n_spans, 1);
	cr_assert_eq(t->n_logs, 1);
	cr_expect_str_eq(t->spans[0].name, "GET /cart");
	cr_expect_str_eq(t->spans[0].service, "shop");
	cr_expect_eq(t->spans[0].kind, LSP_KIND_SERVER);
	cr_expect_eq(json_integer_value(json_object_get(t->spans[0].attributes, "n")), 7);
	cr_expect_str_eq(
		json_string_value(json_object_get(t->spans[0].resource, "service.name")), "shop");
	cr_expect_str_eq(t->logs[0].body, "cart is empty");
	cr_expect_eq(t->logs[0].severity, 17);
	cr_expect_eq(t->logs[0].pid, 10);
	cr_expect_eq(t->logs[0].context_source, LSP_SOURCE_FD);
	lsp_trace_free(t);
	lsp_store_free(s);
}

Test(store, finds_a_trace_by_its_low_64_bits)
{
	struct lsp_store *s = open_store(false);
	struct lsp_trace *t;

	write_one(s, 0xabcd, 1);
	t = get_trace(s, 0, 0xabcd);
	cr_assert_not_null(t);
	cr_expect_eq(t->trace_id[7], 1, "the full id is known");
	lsp_trace_free(t);
	cr_expect_null(get_trace(s, 2, 0xabcd), "another trace with the same low half");
	cr_expect_null(get_trace(s, 1, 0xabce));
	lsp_store_free(s);
}

Test(store, shows_a_span_that_was_sent_twice_once)
{
	struct lsp_store *s = open_store(false);
	struct lsp_trace *t;

	write_one(s, 5, 1);
	write_one(s, 5, 1);
	t = get_trace(s, 1, 5);
	cr_assert_not_null(t);
	cr_expect_eq(t->n_spans, 1);
	cr_expect_eq(t->n_logs, 2, "log records have no id: both count");
	lsp_trace_free(t);
	lsp_store_free(s);
}

Test(store, keeps_everything_over_a_reopening)
{
	struct lsp_store *s = open_store(false);

	write_one(s, 9, 1);
	lsp_store_free(s);
	s = open_store(false);
	write_one(s, 9, 2);
	struct lsp_trace *t = get_trace(s, 1, 9);
	cr_assert_not_null(t);
	cr_expect_eq(t->n_spans, 2);
	lsp_trace_free(t);
	lsp_store_free(s);
}

Test(store, is_read_by_others_while_it_is_written)
{
	struct lsp_store *writer = open_store(false), *reader;
	struct lsp_trace *t;

	write_one(writer, 3, 1);
	reader = open_store(true);
	write_one(writer, 3, 2);
	t = get_trace(reader, 1, 3);
	cr_assert_not_null(t);
	cr_expect_eq(t->n_spans, 2, "what was written after the reader opened, too");
	lsp_trace_free(t);
	lsp_store_free(reader);
	lsp_store_free(writer);
}

Test(store, refuses_a_second_writer_by_name)
{
	struct lsp_store_config config = { .data_dir = store_dir };
	char why[LSP_STORE_WHY_BYTES];
	struct lsp_store *first = open_store(false), *second = NULL;
	char number[32];

	cr_assert_eq(lsp_store_open(&second, &config, why), -EBUSY);
	snprintf(number, sizeof(number), "process %d", (int)getpid());
	cr_expect_not_null(strstr(why, number), "%s", why);
	cr_expect_null(second);
	lsp_store_free(first);
}

Test(store, says_what_is_wrong_with_a_folder)
{
	struct lsp_store_config config = { .data_dir = "/proc/nothing", .read_only = false };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	cr_expect_lt(lsp_store_open(&s, &config, why), 0);
	cr_expect_not_null(strstr(why, "/proc/nothing"));
	config.data_dir = store_dir;
	config.read_only = true;
	cr_expect_eq(lsp_store_open(&s, &config, why), -ENOENT);
	config.url = "oracle:xe";
	cr_expect_eq(lsp_store_open(&s, &config, why), -EINVAL);
	cr_expect_not_null(strstr(why, "oracle"));
}

/* ---- damage
 * -------------------------------------------------------------------------------------- */

static void only_partition(char path[4096])
{
	char command[256];
	FILE *ls;

	snprintf(command, sizeof(command), "ls %s/store/*.db", store_dir);
	ls = popen(command, "r");
	cr_assert(fgets(path, 4096, ls));
	pclose(ls);
	path[strcspn(path, "\n")] = 0;
}

static void damage(const char *path, const char *bytes, size_t n)
{
	char name[4200];
	int fd = open(path, O_WRONLY | O_TRUNC);

	cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
	snprintf(name, sizeof(name), "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-shm", path);
	unlink(name);
}

Test(store, sets_a_damaged_hour_aside_and_goes_on)
{
	static const struct {
		const char *bytes;
		size_t n;
	} cases[] = { { "this is no database, it is a letter", 35 },
		{ "SQLite format 3\0 and then nothing that makes sense at all", 56 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_store *s = open_store(false);
		struct lsp_store_stats stats;
		char path[4096], aside[4200];

		write_one(s, 77 + i, 1);
		lsp_store_free(s);
		only_partition(path);
		damage(path, cases[i].bytes, cases[i].n);
		s = open_store(false);
		cr_assert_eq(lsp_store_get_stats(s, &stats), 0);
		cr_expect_eq(stats.set_aside, 1);
		write_one(s, 99, 1);
		struct lsp_trace *t = get_trace(s, 1, 99);
		cr_assert_not_null(t);
		cr_expect_eq(
			json_array_size(t->notes), 1, "the answer says that it may lack something");
		lsp_trace_free(t);
		lsp_store_free(s);
		snprintf(aside, sizeof(aside), "%s.corrupt", path);
		cr_expect_eq(access(aside, F_OK), 0);
		unlink(aside);
		unlink(path);
	}
}

Test(store, does_not_touch_what_a_newer_version_wrote)
{
	struct lsp_store *s = open_store(false);
	struct lsp_store_config config = { .data_dir = store_dir };
	char path[4096], command[4300], why[LSP_STORE_WHY_BYTES] = "";

	write_one(s, 1, 1);
	lsp_store_free(s);
	only_partition(path);
	snprintf(command, sizeof(command), "sqlite3 %s 'PRAGMA user_version = 99'", path);
	cr_assert_eq(system(command), 0);
	cr_expect_eq(lsp_store_open(&s, &config, why), -EPROTO);
	cr_expect_not_null(strstr(why, "newer"));
	cr_expect_eq(access(path, F_OK), 0);
}

/* ---- durability
 * ---------------------------------------------------------------------------------- */

/* Writes batches and says each that is acknowledged, until it is killed. */
static void write_until_killed(int to)
{
	struct lsp_store *s = open_store(false);

	for (uint64_t i = 1;; i++) {
		write_one(s, 1000 + i, 1);
		if (write(to, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

Test(store, loses_nothing_acknowledged_to_kill_9, .timeout = 60)
{
	for (int round = 0; round < 25; round++) {
		uint64_t acknowledged = 0, i;
		struct lsp_store *s;
		int ends[2];
		pid_t pid;

		cr_assert_eq(pipe(ends), 0);
		pid = fork();
		if (pid == 0) {
			close(ends[0]);
			write_until_killed(ends[1]);
		}
		close(ends[1]);
		usleep(3000 + (unsigned)(round * 7919 % 20000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(ends[0], &i, sizeof(i)) == sizeof(i))
			acknowledged = i;
		close(ends[0]);
		s = open_store(false);
		for (i = 1; i <= acknowledged; i++) {
			struct lsp_trace *t = get_trace(s, 1, 1000 + i);

			cr_assert_not_null(t, "round %d: %llu of %llu is lost", round,
				(unsigned long long)i, (unsigned long long)acknowledged);
			cr_assert_eq(t->n_logs, 1);
			lsp_trace_free(t);
		}
		lsp_store_free(s);
		remove_dir();
		make_dir();
	}
}

Test(store, removes_whole_hours_by_age_and_size)
{
	struct lsp_store_config config = { .data_dir = store_dir,
		.retention_ns = 3600ull * 1000000000u };
	char path[4096], old[4200], command[9000], why[LSP_STORE_WHY_BYTES];
	struct lsp_store *s = open_store(false);
	struct lsp_store_stats stats;

	write_one(s, 1, 1);
	lsp_store_free(s);
	only_partition(path);
	snprintf(old, sizeof(old), "%s/store/20200101T000000Z.db", store_dir);
	snprintf(command, sizeof(command), "sqlite3 %s '.backup %s'", path, old);
	cr_assert_eq(system(command), 0);
	cr_assert_eq(lsp_store_open(&s, &config, why), 0);
	lsp_store_get_stats(s, &stats);
	cr_expect_eq(stats.partitions, 2);
	lsp_store_tick(s, 4102444800ull * 1000000000u);
	lsp_store_get_stats(s, &stats);
	cr_expect_eq(stats.partitions, 1, "the old hour is gone, the newest one stays");
	cr_expect_neq(access(old, F_OK), 0);
	lsp_store_free(s);
}
