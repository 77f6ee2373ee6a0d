#include "show_text.h"
#include "absence.h"
#include "show_log.h"
#include "term_text.h"
#include "../lib/core/hex.h"
#include "../lib/core/ring.h"

#include <stdio.h>
#include <stdlib.h>

#define BAR_SHARE        30 /* of a hundred columns */
#define DURATION_COLUMNS 11 /* with a space on both sides */
#define LEVEL_COLUMNS    3 /* "│  " */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct services of spans and logs. */
static size_t count_services(const struct lsp_trace *t)
{
	size_t n = 0, distinct = 0;
	const char **names = malloc((t->n_spans + t->n_logs + 1) * sizeof(*names));
	if (!names)
		return 0;
	for (size_t i = 0; i < t->n_spans; i++)
		names[n++] = t->spans[i].service;
	for (size_t i = 0; i < t->n_logs; i++)
		names[n++] = t->logs[i].service;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		distinct += *names[i] && (i == 0 || strcmp(names[i], names[i - 1]) != 0);
	free(names);
	return distinct;
}

static int add_count(struct lsp_buf *out, size_t n, const char *one, const char *many)
{
	return lsp_buf_printf(out, ", %zu %s", n, n == 1 ? one : many);
}

static int add_header(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_tree *tree)
{
	const struct lsp_trace *t = tree->trace;
	char id[LSP_TRACE_ID_HEX], time[LSP_TIME_CHARS], duration[24];
	size_t errors = 0;
	for (size_t i = 0; i < t->n_spans; i++)
		errors += t->spans[i].status == LSP_STATUS_ERROR;
	lsp_hex_encode(id, t->trace_id, LSP_TRACE_ID_BYTES);
	lsp_show_time(time, tree->start_ns);
	lsp_text_duration(duration, sizeof(duration), tree->end_ns - tree->start_ns, !term->utf8);
	int rc =
		lsp_buf_printf(out, "%strace %.32s%s\n%s, %s", lsp_term_style(term, LSP_STYLE_BOLD),
			id, lsp_term_style(term, LSP_STYLE_PLAIN), time, duration);
	rc = rc ? rc : add_count(out, count_services(t), "service", "services");
	rc = rc ? rc : add_count(out, t->n_spans, "span", "spans");
	if (rc == 0 && errors)
		rc = lsp_buf_add_text(out, lsp_term_style(term, LSP_STYLE_ERROR));
	rc = rc ? rc : add_count(out, errors, "error", "errors");
	if (rc == 0 && errors)
		rc = lsp_buf_add_text(out, lsp_term_style(term, LSP_STYLE_PLAIN));
	rc = rc ? rc : add_count(out, t->n_logs, "log", "logs");
	return rc ? rc : lsp_buf_add_text(out, "\n\n");
}

static bool has_span_id(const struct lsp_log *log)
{
	uint64_t id;
	memcpy(&id, log->span_id, sizeof(id));
	return id != 0;
}

/* Loose logs in two groups: those that name a span, and those that name the trace alone. */
static int add_loose(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_tree *tree,
	bool named, const char *why)
{
	int rc = 0;
	bool first = true;
	for (size_t i = 0; rc == 0 && i < tree->n_loose_logs; i++) {
		const struct lsp_log *log = &tree->trace->logs[tree->loose_logs[i]];
		if (has_span_id(log) != named)
			continue;
		if (first)
			rc = lsp_buf_printf(out, "%s%s%s\n", lsp_term_style(term, LSP_STYLE_BOLD),
				why, lsp_term_style(term, LSP_STYLE_PLAIN));
		first = false;
		rc = rc ? rc : lsp_buf_add_text(out, "  ");
		rc = rc ? rc : lsp_show_log_line(out, term, log);
	}
	return rc || first ? rc : lsp_buf_add_text(out, "\n");
}

static int add_notes(struct lsp_buf *out, const json_t *notes)
{
	int rc = 0;
	size_t i;
	json_t *note;
	json_array_foreach(notes, i, note)
	{
		const char *text = json_string_value(note);
		if (!text || rc)
			continue;
		rc = lsp_buf_add_text(out, "note: ");
		rc = rc ? rc : lsp_text_clean(out, text, json_string_length(note));
		rc = rc ? rc : lsp_buf_add_text(out, "\n");
	}
	return rc;
}

static struct lsp_drawing drawing(struct lsp_buf *out, const struct lsp_term *term,
	const struct lsp_tree *tree, const struct lsp_insight *in)
{
	static const struct lsp_glyphs unicode = { "│  ", "   ", "├─ ", "└─ ", "…", "█", "▒", "·",
		"✗ " };
	static const struct lsp_glyphs ascii = { "|  ", "   ", "|- ", "`- ", "...", "#", "=", ".",
		"! " };
	struct lsp_drawing d = { .out = out, .term = term, .tree = tree, .in = in };
	d.glyphs = term->utf8 ? &unicode : &ascii;
	d.bar_columns = term->columns * BAR_SHARE / 100;
	if (d.bar_columns > LSP_BAR_COLUMNS_MAX)
		d.bar_columns = LSP_BAR_COLUMNS_MAX;
	d.label_columns = term->columns - d.bar_columns - DURATION_COLUMNS;
	d.levels = d.label_columns / 2 / LEVEL_COLUMNS;
	return d;
}

static int add_absence(struct lsp_buf *out, const struct lsp_trace *t)
{
	char why[LSP_ABSENCE_CHARS];
	lsp_absence_of_spans(why, t, lsp_now_ns());
	return lsp_buf_printf(out, "%s\n\n", why);
}

/* What the two kinds of bars mean, where both are drawn. */
static int add_legend(const struct lsp_drawing *d)
{
	size_t on_path = 0, n = d->tree->trace->n_spans;
	for (size_t i = 0; i < n; i++)
		on_path += d->in->critical_ns[i] != 0;
	if (on_path == n || on_path == 0)
		return 0;
	return lsp_buf_printf(d->out, "%s%s critical path  %s beside it%s\n",
		lsp_term_style(d->term, LSP_STYLE_DIM), d->glyphs->full, d->glyphs->beside,
		lsp_term_style(d->term, LSP_STYLE_PLAIN));
}

static int add_spans(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_tree *tree)
{
	struct lsp_insight in;
	int rc = lsp_insight_build(&in, tree);
	if (rc)
		return rc;
	struct lsp_drawing d = drawing(out, term, tree, &in);
	for (size_t i = 0; rc == 0 && i < tree->trace->n_spans; i++) {
		rc = lsp_show_span(&d, tree->order[i]);
		rc = rc ? rc : lsp_show_below(&d, tree->order[i]);
	}
	rc = rc ? rc : add_legend(&d);
	lsp_insight_release(&in);
	return rc ? rc : lsp_buf_add_text(out, "\n");
}

int lsp_show_text(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_tree *tree)
{
	const struct lsp_trace *t = tree->trace;
	int rc = add_header(out, term, tree);
	if (rc == 0)
		rc = t->n_spans ? add_spans(out, term, tree) : add_absence(out, t);
	rc = rc ? rc
		: add_loose(out, term, tree, true,
			  "logs of spans that are not here (not sent, sampled out or not arrived "
			  "yet):");
	rc = rc ? rc : add_loose(out, term, tree, false, "logs that name the trace but no span:");
	return rc ? rc : add_notes(out, t->notes);
}
