/* Sealed partitions answer as hot ones do, and nothing is lost or doubled on the way. */
#include "store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

TestSuite(seal, .init = make_dir, .fini = remove_dir, .timeout = 120);

#define ROWS_PER_PARTITION 400
#define TRACES             300

static struct lsp_store *open_small(uint64_t rows)
{
	struct lsp_store_config config = { .data_dir = store_dir, .partition_rows = rows };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	cr_assert_eq(lsp_store_open(&s, &config, why), 0, "%s", why);
	return s;
}

/* Traces first … first + n - 1, mixed: two spans and two logs each, and a log of no trace. */
static void write_traces(struct lsp_store *s, uint64_t first, uint64_t n)
{
	struct lsp_batch b;
	uint32_t web, db;
	char body[100];

	lsp_batch_init(&b);
	add_origin(&b, "web", &web);
	add_origin(&b, "db", &db);
	for (uint64_t i = first; i < first + n; i++)
		add_span(&b, web, i, 2 * i, 1000000 + i * 100, "GET /\"quoted\"\\path");
	for (uint64_t i = first; i < first + n; i++) {
		add_span(&b, db, i, 2 * i + 1, 1000000 + i * 100 + 7, "SELECT");
		snprintf(body, sizeof(body), "order %llu \"taken\"\n\tC:\\x \x01 Zürich \xff",
			(unsigned long long)i);
		add_log(&b, web, i, 1000000 + i * 100 + 3, 9, body);
		add_log(&b, db, i, 1000000 + i * 100 + 2, 17, "failed: timeout");
		add_log(&b, db, 0, 1000000 + i * 100 + 1, 5,
			i == 77 ? "Unobtainium" : "of no trace");
	}
	cr_assert_eq(lsp_store_write(s, &b), 0);
	lsp_batch_release(&b);
}

static int count_files(const char *pattern)
{
	char command[300];
	FILE *ls;
	int n = -1;

	snprintf(
		command, sizeof(command), "ls %s/store/%s 2>/dev/null | wc -l", store_dir, pattern);
	ls = popen(command, "r");
	cr_assert(fscanf(ls, "%d", &n) == 1);
	pclose(ls);
	return n;
}

/* Ticks until only one hot partition is left. */
static void seal_all(struct lsp_store *s)
{
	for (int i = 0; count_files("*Z.db") > 1; i++) {
		cr_assert_lt(i, 2000, "sealing does not end");
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
		usleep(5000);
	}
}

static int print_log(void *arg, const struct lsp_log *l)
{
	char *attributes = json_dumps(l->attributes, JSON_SORT_KEYS);

	fprintf(arg, "%llu %u %s %u %02x%02x [%zu:%s] %s\n", (unsigned long long)l->time_ns,
		l->severity, l->service, l->pid, l->trace_id[15], l->span_id[7], l->body_bytes,
		l->body, attributes);
	free(attributes);
	return 0;
}

static int print_summary(void *arg, const struct lsp_trace_summary *t)
{
	fprintf(arg, "%02x%02x %llu %llu %s\n", t->trace_id[14], t->trace_id[15],
		(unsigned long long)t->start_ns, (unsigned long long)t->n_spans, t->root_name);
	return 0;
}

static int print_name(void *arg, const char *name)
{
	fprintf(arg, "%s\n", name);
	return 0;
}

static void print_traces(FILE *out, struct lsp_store *s)
{
	for (uint64_t i = 1; i <= TRACES + 2; i++) {
		struct lsp_trace *t = get_trace(s, i % 2, i);

		fprintf(out, "trace %llu: %d\n", (unsigned long long)i, t != NULL);
		for (size_t k = 0; t && k < t->n_spans; k++) {
			char *a = json_dumps(t->spans[k].attributes, JSON_SORT_KEYS);

			fprintf(out, " span %02x %s %s %llu %s\n", t->spans[k].span_id[7],
				t->spans[k].service, t->spans[k].name,
				(unsigned long long)t->spans[k].end_ns, a);
			free(a);
		}
		for (size_t k = 0; t && k < t->n_logs; k++)
			print_log(out, &t->logs[k]);
		lsp_trace_free(t);
	}
}

/* Every answer of the store, as text. */
static char *answers(struct lsp_store *s)
{
	struct lsp_trace_key key = { 1, 42 };
	const struct lsp_log_query logs[] = { { .limit = 0 }, { .limit = 7 },
		{ .min_severity = 17, .limit = 30 }, { .service = "web", .limit = 20 },
		{ .text = "unobtain" }, { .text = "ORDER 12", .limit = 10000 }, { .text = "x" },
		{ .text = "nowhere at all" }, { .text = "\"taken\"" }, { .trace = &key },
		{ .no_trace = true, .limit = 5 }, { .since_ns = 1005000, .until_ns = 1006000 } };
	const struct lsp_trace_query traces[] = { { .limit = 50 },
		{ .service = "db", .operation = "SELECT", .limit = 3 },
		{ .text = "order 123", .limit = 5 }, { .since_ns = 1002000, .until_ns = 1003000 } };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print_traces(out, s);
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		fprintf(out, "logs %zu\n", i);
		cr_expect_eq(lsp_store_logs(s, &logs[i], print_log, out, NULL), 0);
	}
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		fprintf(out, "search %zu\n", i);
		cr_expect_eq(lsp_store_search(s, &traces[i], print_summary, out), 0);
	}
	cr_expect_eq(lsp_store_services(s, print_name, out), 0);
	fclose(out);
	return text;
}

static void expect_same(const char *a, const char *b, const char *what)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	cr_expect_eq(a[i], b[i], "%s: at byte %zu: hot \"%.200s\", sealed \"%.200s\"", what, i,
		a + i - (i < 60 ? i : 60), b + i - (i < 60 ? i : 60));
}

Test(seal, answers_are_the_same_before_and_after)
{
	struct lsp_store *s = open_small(ROWS_PER_PARTITION), *reader;
	struct lsp_store_config config = { .data_dir = store_dir, .read_only = true };
	struct lsp_store_stats before, after;
	char why[LSP_STORE_WHY_BYTES], *hot, *sealed;

	for (uint64_t i = 1; i <= TRACES; i += 20)
		write_traces(s, i, 20);
	write_traces(s, 1, 1); /* a trace in two partitions, with a span that came twice */
	cr_assert_gt(count_files("*Z.db"), 2);
	cr_assert_eq(lsp_store_open(&reader, &config, why), 0);
	hot = answers(s);
	cr_expect_not_null(strstr(hot, "Unobtainium"));
	lsp_store_get_stats(s, &before);
	seal_all(s);
	cr_expect_gt(count_files("*.sealed.db"), 1);
	lsp_store_get_stats(s, &after);
	cr_expect_eq(after.spans, before.spans);
	cr_expect_eq(after.logs, before.logs);
	sealed = answers(s);
	expect_same(hot, sealed, "the one that writes");
	free(sealed);
	sealed = answers(reader);
	expect_same(hot, sealed, "one that was open");
	free(sealed);
	lsp_store_free(reader);
	lsp_store_free(s);
	s = open_small(ROWS_PER_PARTITION);
	sealed = answers(s);
	expect_same(hot, sealed, "opened again");
	free(sealed);
	free(hot);
	lsp_store_free(s);
}

Test(seal, follows_rows_over_partitions)
{
	struct lsp_store *s = open_small(ROWS_PER_PARTITION);
	struct lsp_log_query q = { .limit = 100000 };
	uint64_t row = 0, n = 0;
	char *text;
	size_t size;

	for (uint64_t i = 1; i <= TRACES; i += 20) {
		FILE *out = open_memstream(&text, &size);

		write_traces(s, i, 20);
		if (i % 40 == 1)
			seal_all(s);
		q.after_row = row;
		cr_assert_eq(lsp_store_logs(s, &q, print_log, out, &row), 0);
		fclose(out);
		for (const char *at = text; (at = strstr(at, "{")); at++)
			n++;
		free(text);
	}
	cr_expect_eq(n, TRACES * 3, "each once: %llu", (unsigned long long)n);
	lsp_store_free(s);
}

/* ---- the stock sqlite3 ----------------------------------------------------------------------- */

static void sql(const char *file_pattern, const char *statement, char out[400])
{
	char command[1000];
	size_t n;
	FILE *p;

	snprintf(command, sizeof(command), "sqlite3 $(ls %s/store/%s | head -1) \"%s\" 2>&1",
		store_dir, file_pattern, statement);
	p = popen(command, "r");
	n = fread(out, 1, 399, p);
	out[n] = 0;
	pclose(p);
}

Test(seal, the_stock_sqlite3_reads_the_views)
{
	static const char *const statements[] = { "SELECT count(*) FROM log_view",
		"SELECT trace_id, span_id, time, service, severity, body, pid, tid FROM log_view "
		"WHERE trace_id LIKE '%2a' AND severity = 'ERROR'",
		"SELECT * FROM span_view WHERE name = 'SELECT' ORDER BY start DESC LIMIT 2" };
	struct lsp_store *s = open_small(ROWS_PER_PARTITION);
	char hot[3][400], sealed[400];

	write_traces(s, 1, 100);
	for (int i = 0; i < 3; i++)
		sql("*Z.db", statements[i], hot[i]);
	cr_expect_str_eq(hot[0], "300\n");
	cr_expect_not_null(strstr(hot[1], "failed: timeout"), "%s", hot[1]);
	write_traces(s, 101, 1);
	seal_all(s);
	for (int i = 0; i < 3; i++) {
		sql("*.sealed.db", statements[i], sealed);
		cr_expect_str_eq(sealed, hot[i]);
	}
	lsp_store_free(s);
}

/* ---- layouts of older versions --------------------------------------------------------------- */

/* A hot file that version 2 wrote, and what version 1 had besides. */
static void put_old_file(int version)
{
	char command[600];

	snprintf(command, sizeof(command),
		"mkdir -p %s/store && cd %s/store && cat %s/tests/data/store/version-2.sql - <<'E' "
		"| "
		"sqlite3 20200101T000000Z.db\n%s\nE",
		store_dir, store_dir, getenv("PWD"),
		version == 1
			? "CREATE INDEX span_by_trace ON span(tid_lo); PRAGMA user_version = 1;"
			: "");
	cr_assert_eq(system(command), 0);
}

/* Version 3 kept no words in a hot file. */
static void put_file_of_version_3(void)
{
	struct lsp_store *s = open_small(0);
	char command[600];

	write_traces(s, 70, 10);
	write_traces(s, 80, 1);
	lsp_store_free(s);
	snprintf(command, sizeof(command),
		"cd %s/store && mv 2*Z.db 20200101T000000Z.db && sqlite3 20200101T000000Z.db "
		"'DROP TABLE log_hot_words; PRAGMA user_version = 3'",
		store_dir);
	cr_assert_eq(system(command), 0);
}

static void check_takes_over(int version)
{
	struct lsp_store *s;
	char *hot, *sealed, said[400], counts[16];

	if (version == 3)
		put_file_of_version_3();
	else
		put_old_file(version);
	snprintf(counts, sizeof(counts), "%d\n%d\n", version, version == 3 ? 33 : 2);
	s = open_store(true);
	hot = answers(s);
	lsp_store_free(s);
	cr_expect_not_null(strstr(hot, "Unobtainium"));
	cr_expect_not_null(strstr(hot, "SELECT"));

	s = open_small(0);
	write_traces(s, 5000, 1);
	sql("20200101T000000Z.db", "PRAGMA user_version; SELECT count(*) FROM log_view", said);
	cr_expect_str_eq(said, counts, "not written to: %s", said);
	seal_all(s);
	cr_expect_eq(count_files("20200101T000000Z.sealed.db"), 1);
	sql("20200101T000000Z.sealed.db", "PRAGMA user_version", said);
	cr_expect_str_eq(said, "5\n");
	lsp_store_free(s);
	snprintf(said, sizeof(said), "rm %s/store/*Z.db*", store_dir);
	cr_assert_eq(system(said), 0);
	s = open_store(true);
	sealed = answers(s);
	expect_same(hot, sealed, "of an older version");
	free(hot);
	free(sealed);
	lsp_store_free(s);
}

Test(seal, takes_over_a_store_of_version_1)
{
	check_takes_over(1);
}

Test(seal, takes_over_a_store_of_version_2)
{
	check_takes_over(2);
}

Test(seal, takes_over_a_store_of_version_3)
{
	check_takes_over(3);
}

/* ---- death and damage ------------------------------------------------------------------------ */

static void write_until_killed(int to)
{
	struct lsp_store *s = open_small(60);

	for (uint64_t i = 1;; i++) {
		write_traces(s, 10 * i, 10);
		if (write(to, &i, sizeof(i)) != sizeof(i))
			_exit(1);
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
	}
}

/* All that was acknowledged is there, and once. */
static void check_all(struct lsp_store *s, uint64_t acknowledged, int round)
{
	for (uint64_t i = 10; i < 10 * (acknowledged + 1); i++) {
		struct lsp_trace *t = get_trace(s, 1, i);

		cr_assert_not_null(t, "round %d: trace %llu of %llu is lost", round,
			(unsigned long long)i, (unsigned long long)acknowledged * 10);
		cr_assert_eq(t->n_spans, 2);
		cr_assert_eq(t->n_logs, 2, "round %d: trace %llu has %zu logs", round,
			(unsigned long long)i, t->n_logs);
		lsp_trace_free(t);
	}
}

Test(seal, kill_9_at_any_moment_loses_and_doubles_nothing)
{
	for (int round = 0; round < 40; round++) {
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
		usleep(5000 + (unsigned)(round * 7919 % 60000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(ends[0], &i, sizeof(i)) == sizeof(i))
			acknowledged = i;
		close(ends[0]);
		s = open_small(60);
		check_all(s, acknowledged, round);
		cr_expect_eq(count_files("*.sealing*"), 0);
		lsp_store_free(s);
		remove_dir();
		make_dir();
	}
}

Test(seal, a_damaged_sealed_partition_is_set_aside)
{
	static const char damage[] =
		"f=$(ls %s/store/*.sealed.db | head -1); n=$(stat -c %%s $f); "
		"dd if=/dev/zero of=$f bs=1 seek=1024 count=$((n - 1024)) conv=notrunc 2>/dev/null";
	struct lsp_store *s = open_small(ROWS_PER_PARTITION);
	struct lsp_store_stats stats;
	struct lsp_trace *t;
	char command[400];

	for (uint64_t i = 1; i <= TRACES; i += 20)
		write_traces(s, i, 20);
	seal_all(s);
	lsp_store_free(s);
	snprintf(command, sizeof(command), damage, store_dir);
	cr_assert_eq(system(command), 0);
	s = open_small(ROWS_PER_PARTITION);
	t = get_trace(s, 1, TRACES);
	cr_assert_not_null(t, "the rest serves");
	lsp_trace_free(t);
	cr_expect_null(get_trace(s, 1, 1));
	lsp_store_get_stats(s, &stats);
	cr_expect_eq(stats.set_aside, 1);
	cr_expect_eq(count_files("*.sealed.db.corrupt"), 1);
	lsp_store_free(s);
}
