#include "explain_text.h"
#include "term_text.h"

#include <stdio.h>
#include <stdlib.h>

#define DURATION_CHARS 24
#define PATH_LINES_MAX 12
#define BAR_COLUMNS    20

/* Every line is added through this; the first failure stays. */
struct page {
	struct lsp_buf *out;
	const struct lsp_term *term;
	int rc;
};

static void add(struct page *p, const char *text)
{
	p->rc = p->rc ? p->rc : lsp_buf_add_text(p->out, text);
}

static void add_clean(struct page *p, const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);
	const char *text = json_string_value(value);
	if (p->rc == 0 && text)
		p->rc = lsp_text_clean(p->out, text, json_string_length(value));
}

static uint64_t number(const json_t *o, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(o, name));
	return n > 0 ? (uint64_t)n : 0;
}

static void add_duration(struct page *p, uint64_t ns, int width)
{
	char text[DURATION_CHARS], line[DURATION_CHARS + 40];
	lsp_text_duration(text, sizeof(text), ns, !p->term->utf8);
	int pad = width - (int)lsp_text_columns(text, strlen(text));
	snprintf(line, sizeof(line), "%*s%s", pad > 0 ? pad : 0, "", text);
	add(p, line);
}

static void heading(struct page *p, const char *text)
{
	add(p, lsp_term_style(p->term, LSP_STYLE_BOLD));
	add(p, text);
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
	add(p, "\n");
}

static void add_named(struct page *p, const json_t *o)
{
	add(p, lsp_term_style(p->term, LSP_STYLE_SERVICE));
	add_clean(p, o, "service");
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
	add(p, " ");
	add_clean(p, o, "name");
}

static void add_head(struct page *p, const json_t *json)
{
	const json_t *b = json_object_get(json, "baseline");
	const char *verdict = json_string_value(json_object_get(b, "verdict"));
	char line[80];
	add(p, "trace ");
	add_clean(p, json, "trace_id");
	add(p, "\ntook ");
	add_duration(p, number(json, "duration_ns"), 0);
	if (!verdict || strcmp(verdict, "no-baseline") == 0) {
		snprintf(line, sizeof(line), "; %u others like it: too few to compare with\n\n",
			(unsigned)number(b, "n"));
		add(p, line);
		return;
	}
	add(p, ": ");
	add_clean(p, b, "verdict");
	snprintf(line, sizeof(line), " beside %u others like it (half within ",
		(unsigned)number(b, "n"));
	add(p, line);
	add_duration(p, number(b, "p50_ns"), 0);
	add(p, ", 99 of 100 within ");
	add_duration(p, number(b, "p99_ns"), 0);
	add(p, ")\n\n");
}

static void add_bar(struct page *p, uint64_t part, uint64_t whole)
{
	double share = whole ? (double)part / (double)whole : 0;
	int full = (int)(share * BAR_COLUMNS + 0.5);
	add(p, lsp_term_style(p->term, LSP_STYLE_BAR));
	for (int i = 0; i < BAR_COLUMNS; i++)
		add(p, i < full || i == 0 ? (p->term->utf8 ? "█" : "#")
					  : (p->term->utf8 ? "·" : "."));
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x > y ? -1 : x < y;
}

/* Steps of less than this are not listed: the largest are, in their order. */
static uint64_t least_shown(const json_t *path)
{
	size_t n = json_array_size(path);
	uint64_t *all = n > PATH_LINES_MAX ? malloc(n * sizeof(*all)) : NULL, least = 0;
	for (size_t i = 0; all && i < n; i++)
		all[i] = number(json_array_get(path, i), "ns");
	if (all) {
		qsort(all, n, sizeof(*all), by_size);
		least = all[PATH_LINES_MAX - 1];
	}
	free(all);
	return least;
}

static void add_time(struct page *p, const json_t *json)
{
	const json_t *path = json_object_get(json, "critical_path");
	const json_t *slowest = json_object_get(json, "slowest");
	uint64_t least = least_shown(path), left_ns = 0;
	size_t i, shown = 0, left = 0;
	json_t *step;
	char line[80];
	if (!json_is_object(slowest))
		return;
	heading(p, "Where the time went (critical path)");
	json_array_foreach(path, i, step)
	{
		if (number(step, "ns") < least || shown == PATH_LINES_MAX) {
			left++;
			left_ns += number(step, "ns");
			continue;
		}
		shown++;
		add(p, "  ");
		add_duration(p, number(step, "ns"), 8);
		add(p, " ");
		add_bar(p, number(step, "ns"), number(json, "duration_ns"));
		add(p, " ");
		add_named(p, step);
		add(p, "\n");
	}
	if (left) {
		snprintf(line, sizeof(line), " in %zu shorter steps\n", left);
		add(p, "  ");
		add_duration(p, left_ns, 8);
		add(p, line);
	}
	add(p, "  most by itself: ");
	add_named(p, slowest);
	add(p, ", ");
	add_duration(p, number(slowest, "self_ns"), 0);
	snprintf(line, sizeof(line), " (%.0f %%)\n\n",
		100 * json_real_value(json_object_get(slowest, "share")));
	add(p, line);
}

static void add_error(struct page *p, const json_t *json)
{
	const json_t *origin = json_object_get(json, "origin");
	char line[120];
	if (!json_is_object(origin))
		return;
	heading(p, "Where the error began");
	add(p, "  ");
	add_named(p, origin);
	const char *message = json_string_value(json_object_get(origin, "message"));
	if (message && *message) {
		add(p, ": ");
		add_clean(p, origin, "message");
	}
	add(p, "\n");
	const json_t *log = json_object_get(origin, "log");
	if (json_is_object(log)) {
		add(p, "  first error line: ");
		add_clean(p, log, "body");
		add(p, "\n");
	}
	snprintf(line, sizeof(line), "  passed on by %zu spans, absorbed by %zu\n\n",
		json_array_size(json_object_get(json, "propagated")),
		json_array_size(json_object_get(json, "absorbed")));
	add(p, line);
}

static void add_retries(struct page *p, const json_t *json)
{
	size_t i;
	json_t *r;
	char line[80];
	json_array_foreach(json_object_get(json, "retries"), i, r)
	{
		if (i == 0)
			heading(p, "Retries");
		add(p, "  ");
		add_named(p, r);
		snprintf(line, sizeof(line), ": %u attempts, %s, ", (unsigned)number(r, "attempts"),
			json_is_true(json_object_get(r, "succeeded")) ? "the last succeeded"
								      : "none succeeded");
		add(p, line);
		add_duration(p, number(r, "wasted_ns"), 0);
		add(p, " wasted\n");
	}
	if (i)
		add(p, "\n");
}

static const char *gap_words(const char *kind)
{
	static const char *const words[][2] = {
		{ "uninstrumented", ": what it calls sends no spans (uninstrumented)" },
		{ "queue", ": waited in a queue" },
		{ "missing-parent", ": its parent is not here (missing-parent)" },
	};
	for (size_t i = 0; kind && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(kind, words[i][0]) == 0)
			return words[i][1];
	return "";
}

static void add_list(struct page *p, const json_t *json)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(json, "gaps"), i, one)
	{
		if (i == 0)
			heading(p, "What is not known");
		add(p, "  ");
		add_duration(p, number(one, "ns"), 8);
		add(p, " ");
		add_named(p, one);
		add(p, gap_words(json_string_value(json_object_get(one, "kind"))));
		add(p, "\n");
	}
	if (i)
		add(p, "\n");
	json_array_foreach(json_object_get(json, "notes"), i, one)
	{
		add(p, "note: ");
		if (p->rc == 0 && json_is_string(one))
			p->rc = lsp_text_clean(
				p->out, json_string_value(one), json_string_length(one));
		add(p, "\n");
	}
}

int lsp_explain_text(struct lsp_buf *out, const struct lsp_term *term, const json_t *json)
{
	struct page p = { .out = out, .term = term };
	add_head(&p, json);
	add_time(&p, json);
	add_error(&p, json);
	add_retries(&p, json);
	add_list(&p, json);
	return p.rc;
}
