#include "sidecar/resent.h"
#include "resent_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct lsp_resent *resent;
static struct lsp_batch b;

static void init(void)
{
	resent = lsp_resent_new();
	lsp_batch_init(&b);
}

static void fini(void)
{
	lsp_batch_release(&b);
	lsp_resent_free(resent);
}

TestSuite(resent, .init = init, .fini = fini);

static void empty(void)
{
	lsp_batch_release(&b);
	lsp_batch_init(&b);
}

/* One transaction with what is in b. How many records were left out. */
static size_t store(bool is_stored)
{
	size_t dropped = lsp_resent_drop(resent, &b);

	lsp_resent_end(resent, &b, is_stored);
	empty();
	return dropped;
}

static struct lsp_log_row *add(const char *uid, const char *text)
{
	return add_log_with_uid(&b, uid, text, LSP_INTAKE_OTLP);
}

Test(resent, what_is_stored_is_not_stored_again)
{
	add("1", "a");
	add("2", "b");
	cr_expect_eq(store(true), 0);
	add("2", "b");
	add("3", "c");
	add("1", "a");
	cr_expect_eq(lsp_resent_drop(resent, &b), 2);
	cr_assert_eq(b.n_logs, 1);
	cr_expect_eq(*b.logs[0].body.at, 'c');
}

Test(resent, what_was_not_stored_is_taken_again)
{
	add("1", "a");
	cr_expect_eq(store(false), 0);
	add("1", "a");
	cr_expect_eq(store(true), 0);
	add("1", "a");
	cr_expect_eq(store(true), 1);
}

Test(resent, one_transaction_has_a_record_once)
{
	add("1", "a");
	add("1", "a");
	cr_expect_eq(store(false), 1);
	add("1", "a");
	add("1", "a");
	cr_expect_eq(store(true), 1);
}

Test(resent, one_uid_for_different_records_loses_none)
{
	add("1", "a");
	store(true);
	add("1", "b");
	add("2", "a");
	add("1", "a")->time_ns++;
	add("1", "a")->trace_id[15] = 1;
	add("1", "a")->span_id[7] = 1;
	cr_expect_eq(store(true), 0);
}

Test(resent, records_without_a_uid_are_all_kept)
{
	for (int i = 0; i < 2; i++) {
		add(NULL, "a");
		add(NULL, "log.record.uid");
		add("", "a");
		add(NULL, "b")->encoded = LSP_SLICE("");
		add(NULL, "c")->encoded = LSP_SLICE("\x32\x7flog.record.uid"); /* cut */
		add(NULL, "d")->encoded =
			LSP_SLICE("\x32\x14\x0a\x0elog.record.uid\x12\x02\x18\x01");
		cr_expect_eq(store(true), 0);
	}
}

Test(resent, what_was_a_copy_is_known_as_one)
{
	struct lsp_log_row *row = add("1", "a");

	cr_expect_eq(lsp_resent_get(resent, row), LSP_RESENT_UNKNOWN);
	lsp_resent_set(resent, row, LSP_RESENT_COPY);
	cr_expect_eq(lsp_resent_get(resent, row), LSP_RESENT_COPY);
	row = add(NULL, "a");
	lsp_resent_set(resent, row, LSP_RESENT_COPY);
	cr_expect_eq(lsp_resent_get(resent, row), LSP_RESENT_UNKNOWN);
}

Test(resent, many_records_forget_the_oldest)
{
	const unsigned n = LSP_RESENT_RECORDS / 1000 * 1500, last = 20000;
	char uid[16];
	size_t known = 0;

	for (unsigned i = 0; i < n; i++) {
		snprintf(uid, sizeof(uid), "%u", i);
		add(uid, "a");
		if (i % 1000 == 999)
			cr_assert_eq(store(true), 0);
	}
	empty();
	for (unsigned i = n - last; i < n; i++) {
		snprintf(uid, sizeof(uid), "%u", i);
		known += lsp_resent_get(resent, add(uid, "a")) == LSP_RESENT_STORED;
	}
	cr_expect_geq(known, last - last / 1000, "%zu of the last %u are known", known, last);
}

Test(resent, nothing_is_done_without_memory)
{
	add("1", "a");
	add("1", "a");
	cr_expect_eq(lsp_resent_drop(NULL, &b), 0);
	lsp_resent_end(NULL, &b, true);
	cr_expect_eq(b.n_logs, 2);
}

Test(resent, a_new_process_knows_what_the_store_has)
{
	char dir[] = "/tmp/linespan-resent-XXXXXX", why[LSP_STORE_WHY_BYTES];
	struct lsp_store_config config = { .data_dir = mkdtemp(dir) };
	struct lsp_store *s;
	char command[64];

	cr_assert_eq(lsp_store_open(&s, &config, why), 0, "%s", why);
	add("1", "a");
	add(NULL, "b");
	add("3", "c");
	cr_assert_eq(lsp_store_write(s, &b), 0);
	empty();
	lsp_resent_learn(resent, s);
	add("1", "a");
	add(NULL, "b");
	add("3", "c");
	add("4", "d");
	cr_expect_eq(lsp_resent_drop(resent, &b), 2);
	lsp_store_free(s);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_expect_eq(system(command), 0);
}
