#include "sidecar/twice.h"

#include "resent_fixture.h"
#include <stdio.h>

#define T       "0af7651916cd43dd8448eb211c80319c"
#define S       "b7ad6b7169203331"
#define STAMP   " trace_id=" T " span_id=" S
#define MEMBERS "\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"trace_flags\":\"01\"}"

enum {
	RING = LSP_INTAKE_RING,
	SYSLOG = LSP_INTAKE_SYSLOG,
	FILE_ = LSP_INTAKE_FILE,
	OTLP = LSP_INTAKE_OTLP,
	JOURNAL = LSP_INTAKE_JOURNAL
};

/* Lines in the order in which they come, and whether each is kept. */
static const struct {
	const char *text;
	int intake, trace, span; /* trace 0: none */
	bool kept;
} rows[] = {
	{ "paid", RING, 1, 1, true },
	{ "paid" STAMP, SYSLOG, 1, 1, false },
	{ "paid" STAMP, FILE_, 1, 1, false },
	{ "paid" STAMP, JOURNAL, 1, 1, false },
	{ "paid" STAMP, FILE_, 1, 1, true }, /* more often than the others had it */
	{ "early" STAMP, FILE_, 1, 1, true },
	{ "early", RING, 1, 1, false },
	{ "paid" STAMP, SYSLOG, 1, 2, true }, /* another span */
	{ "paid" STAMP, SYSLOG, 2, 1, true }, /* another trace */
	{ "other" STAMP, SYSLOG, 1, 1, true },
	{ "{\"a\":1}", RING, 1, 1, true },
	{ "{\"a\":1," MEMBERS, FILE_, 1, 1, false },
	{ "{}", RING, 1, 1, true },
	{ "{" MEMBERS, FILE_, 1, 1, false },
	{ "again", RING, 1, 1, true },
	{ "again", RING, 1, 1, true }, /* said twice by one way: two lines */
	{ "again" STAMP, OTLP, 1, 1, false },
	{ "again" STAMP, OTLP, 1, 1, false },
	{ "again" STAMP, OTLP, 1, 1, true },
	{ "sent", RING, 1, 1, true },
	{ "Nov 24 01:02:03 web1 shop[12]: sent" STAMP, FILE_, 1, 1, false },
	{ "2026-11-24T01:02:03.000004+01:00 web1 shop: sent" STAMP, SYSLOG, 1, 1, false },
	{ "2026-11-24 01:02:03 sent and more" STAMP, FILE_, 1, 1, true },
	{ "2026-11-24 01:02:03 sent and more", RING, 1, 1, false },
	{ "no ids", RING, 0, 0, true },
	{ "no ids", SYSLOG, 0, 0, true },
	{ "", RING, 1, 1, true },
	{ "", SYSLOG, 1, 1, false },
};

static bool is_kept(struct lsp_twice *t, size_t i, const char *scope)
{
	struct lsp_batch b;
	struct lsp_log_row *row;
	uint32_t origin;
	bool kept;

	lsp_batch_init(&b);
	lsp_batch_add_origin(&b, &origin)->scope = lsp_slice_of(scope);
	row = lsp_batch_add_log(&b);
	row->intake = (uint8_t)rows[i].intake;
	row->trace_id[15] = (uint8_t)rows[i].trace;
	row->span_id[7] = (uint8_t)rows[i].span;
	row->body = lsp_slice_of(rows[i].text);
	row->origin = origin;
	lsp_twice_drop(t, &b);
	kept = b.n_logs == 1;
	lsp_batch_release(&b);
	return kept;
}

Test(twice, what_came_by_another_way_is_dropped)
{
	struct lsp_twice *t = lsp_twice_new(NULL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(is_kept(t, i, "linespan.preload"), rows[i].kept, "%zu: %s", i,
			rows[i].text);
	lsp_twice_free(t);
}

Test(twice, the_ring_of_a_log_router_is_no_ring_of_a_program)
{
	struct lsp_twice *t = lsp_twice_new(NULL);

	cr_expect(is_kept(t, 0, "linespan.preload"));
	cr_expect_not(is_kept(t, 0, "\x0a\x12linespan.syslog-ng"));
	lsp_twice_free(t);
}

static bool is_kept_with_uid(struct lsp_twice *t, const char *uid, const char *text, uint8_t intake)
{
	struct lsp_batch b;
	bool kept;

	lsp_batch_init(&b);
	add_log_with_uid(&b, uid, text, intake);
	lsp_twice_drop(t, &b);
	kept = b.n_logs == 1;
	lsp_batch_release(&b);
	return kept;
}

Test(twice, a_line_that_is_sent_again_is_not_counted_again)
{
	struct lsp_resent *resent = lsp_resent_new();
	struct lsp_twice *t = lsp_twice_new(resent);

	/* The program's own ring was first: whatever its router sends is a copy. */
	cr_expect(is_kept_with_uid(t, NULL, "paid", RING));
	cr_expect_not(is_kept_with_uid(t, "1", "paid", OTLP));
	cr_expect_not(is_kept_with_uid(t, "1", "paid", OTLP));
	cr_expect(is_kept_with_uid(t, "2", "paid", OTLP), "one that the ring has not");
	/* The router was first: that it sends one line twice is for the writer to see. */
	cr_expect(is_kept_with_uid(t, "3", "sent", OTLP));
	cr_expect(is_kept_with_uid(t, "3", "sent", OTLP));
	cr_expect_not(is_kept_with_uid(t, NULL, "sent", RING));
	cr_expect(is_kept_with_uid(t, NULL, "sent", RING), "the second line of the program");
	lsp_twice_free(t);
	lsp_resent_free(resent);
}

/* A table that is a quarter full forgets nothing yet. */
Test(twice, lines_that_differ_in_a_digit_are_all_remembered)
{
	const int n = LSP_TWICE_LINES / 4;
	struct lsp_twice *t = lsp_twice_new(NULL);
	int doubled = 0;

	for (int way = 0; way < 2; way++)
		for (int i = 0; i < n; i++) {
			struct lsp_batch b;
			uint32_t origin;
			char text[32];

			lsp_batch_init(&b);
			lsp_batch_add_origin(&b, &origin);
			struct lsp_log_row *row = lsp_batch_add_log(&b);
			row->intake = way ? OTLP : RING;
			row->trace_id[0] = row->span_id[0] = 1;
			snprintf(text, sizeof(text), "i %06d", i);
			row->body = lsp_slice_of(text);
			lsp_twice_drop(t, &b);
			doubled += way && b.n_logs;
			lsp_batch_release(&b);
		}
	cr_expect_leq(doubled, n / 10000, "%d of %d", doubled, n);
	lsp_twice_free(t);
}

Test(twice, many_lines_forget_the_oldest)
{
	struct lsp_twice *t = lsp_twice_new(NULL);
	struct lsp_batch b;
	char text[32];

	for (int i = 0; i < (int)LSP_TWICE_LINES * 2; i++) {
		lsp_batch_init(&b);
		uint32_t origin;
		lsp_batch_add_origin(&b, &origin);
		struct lsp_log_row *row = lsp_batch_add_log(&b);
		row->intake = RING;
		row->trace_id[0] = 1;
		snprintf(text, sizeof(text), "%d", i);
		row->body = lsp_slice_of(text);
		lsp_twice_drop(t, &b);
		cr_assert_eq(b.n_logs, 1);
		lsp_batch_release(&b);
	}
	lsp_twice_free(t);
}
