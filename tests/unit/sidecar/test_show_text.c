#include "sidecar/show_text.h"
#include "sidecar/json_trace_parse.h"
#include "sidecar/term_text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* tests/data/traces/NAME.json is shown as NAME.txt (NAME.STYLE.txt for another style). Tests run in
 * the project's root. To take over a change that is meant: LINESPAN_TEST_ACCEPT=1. */
#define FOLDER "tests/data/traces/"

static struct lsp_trace *load(const char *name)
{
	char path[128];
	struct lsp_trace *t = NULL;
	snprintf(path, sizeof(path), FOLDER "%s.json", name);
	json_t *json = json_load_file(path, 0, NULL);
	cr_assert_not_null(json, "%s", path);
	cr_assert_eq(lsp_json_trace_parse(&t, json), 0, "%s", path);
	json_decref(json);
	return t;
}

static struct lsp_buf show(const struct lsp_trace *t, const struct lsp_term *term)
{
	struct lsp_tree tree;
	struct lsp_buf out;
	lsp_buf_init(&out, 256 * 1024 * 1024);
	cr_assert_eq(lsp_tree_build(&tree, t), 0);
	cr_assert_eq(lsp_show_text(&out, term, &tree), 0);
	lsp_tree_release(&tree);
	return out;
}

static void expect_shown(const char *name, const char *style, const struct lsp_term *term)
{
	char path[128];
	struct lsp_trace *t = load(name);
	struct lsp_buf out = show(t, term);
	snprintf(path, sizeof(path), FOLDER "%s%s.txt", name, style);
	if (getenv("LINESPAN_TEST_ACCEPT")) {
		FILE *f = fopen(path, "w");
		fwrite(out.at, 1, out.len, f);
		fclose(f);
	}
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	char *wanted = calloc(1, 1 << 20);
	size_t n = fread(wanted, 1, 1 << 20, f);
	fclose(f);
	cr_expect(n == out.len && memcmp(wanted, out.at, n) == 0, "%s differs:\n%s", path, out.at);
	free(wanted);
	lsp_buf_release(&out);
	lsp_trace_free(t);
}

static const struct lsp_term pipe_utf8 = { .utf8 = true, .columns = 100 };
static const struct lsp_term pipe_ascii = { .columns = 100 };
static const struct lsp_term narrow = { .utf8 = true, .columns = 40 };
static const struct lsp_term colours = { .tty = true, .colour = true, .utf8 = true, .columns = 80 };

Test(show_text, draws_a_failing_request)
{
	expect_shown("checkout", "", &pipe_utf8);
	expect_shown("checkout", ".ascii", &pipe_ascii);
	expect_shown("checkout", ".narrow", &narrow);
	expect_shown("checkout", ".colour", &colours);
}

Test(show_text, opens_a_trace_that_has_only_logs)
{
	expect_shown("only-logs", "", &pipe_utf8);
}

Test(show_text, draws_cycles_orphans_and_clocks_that_are_behind)
{
	expect_shown("odd", "", &pipe_utf8);
}

static struct lsp_trace *chain(size_t n)
{
	struct lsp_trace *t = lsp_trace_new();
	for (size_t i = 0; i < n; i++) {
		struct lsp_span *s = lsp_trace_add_span(t);
		for (int b = 0; b < 8; b++) {
			s->span_id[b] = (uint8_t)((i + 1) >> (56 - 8 * b));
			s->parent_span_id[b] = (uint8_t)(i >> (56 - 8 * b));
		}
		s->start_ns = 1000 + i;
		s->end_ns = 1000 + 2 * n - i;
		s->service = strdup("service");
		s->name = strdup("an operation with a name of usual length");
		s->status_message = strdup("");
	}
	return t;
}

/* No line is wider than asked for, whatever the depth. */
Test(show_text, keeps_to_the_width, .timeout = 20)
{
	static const size_t widths[] = { 40, 41, 80, 100, 250, 1000 };
	struct lsp_trace *t = chain(300);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct lsp_term term = { .utf8 = i % 2, .columns = widths[i] };
		struct lsp_buf out = show(t, &term);
		size_t n = 0;
		for (char *line = strtok(out.at, "\n"); line; line = strtok(NULL, "\n"))
			if (n++ > 1)
				cr_expect_leq(lsp_text_columns(line, strlen(line)), widths[i],
					"%zu: %s", widths[i], line);
		cr_expect_geq(n, 302);
		lsp_buf_release(&out);
	}
	lsp_trace_free(t);
}

/* 100,000 levels must not cost a screen of branches each. */
Test(show_text, draws_a_very_deep_trace, .timeout = 20)
{
	struct lsp_trace *t = chain(100000);
	struct lsp_buf out = show(t, &pipe_utf8);
	cr_expect_leq(out.len, 100000u * 600);
	lsp_buf_release(&out);
	lsp_trace_free(t);
}

static double milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The goal is 50 ms; sanitizers and busy machines get ten times that. */
Test(show_text, draws_10000_spans_quickly)
{
	struct lsp_trace *t = chain(10000);
	double start = milliseconds();
	struct lsp_buf out = show(t, &pipe_utf8);
	double took = milliseconds() - start;
	cr_log_info("10000 spans: %.1f ms", took);
	cr_expect_leq(took, 500.0, "%.1f ms", took);
	lsp_buf_release(&out);
	lsp_trace_free(t);
}

Test(show_text, says_when_there_is_no_room)
{
	struct lsp_trace *t = chain(10);
	struct lsp_tree tree;
	cr_assert_eq(lsp_tree_build(&tree, t), 0);
	for (size_t max = 0; max < 600; max += 7) {
		struct lsp_buf out;
		lsp_buf_init(&out, max);
		cr_expect_eq(lsp_show_text(&out, &pipe_utf8, &tree), -E2BIG, "%zu", max);
		lsp_buf_release(&out);
	}
	lsp_tree_release(&tree);
	lsp_trace_free(t);
}
