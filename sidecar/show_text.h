/* A trace as text: a header, the tree of its spans with bars (those that the request waited for in
 * another glyph than those beside them), each span's logs below it, then the logs whose span is not
 * here, then notes. On a terminal a log line takes three rows at most, cut in the middle. */
#ifndef LSP_SIDECAR_SHOW_TEXT_H
#define LSP_SIDECAR_SHOW_TEXT_H

#include "term.h"
#include "../lib/analysis/insight.h"
#include "../lib/model/buf.h"

/* Appends the whole text. Returns 0, -E2BIG, -ENOMEM. */
int lsp_show_text(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_tree *tree);

/* ---- between the show_text*.c files ---- */

#define LSP_BAR_COLUMNS_MAX 60

/* What lines are drawn with; plain ASCII where the locale is not UTF-8. */
struct lsp_glyphs {
	const char *through, *blank, *fork, *last, *dots, *full, *beside, *idle, *error;
};

/* One drawing: a line is a label, a duration and a bar. */
struct lsp_drawing {
	struct lsp_buf *out;
	const struct lsp_term *term;
	const struct lsp_tree *tree;
	const struct lsp_insight *in;
	const struct lsp_glyphs *glyphs;
	size_t label_columns, bar_columns;
	size_t levels; /* of indentation at most; deeper spans show the nearest ones */
};

/* The branches before a span's name (own: "├─ "), or before what hangs below it. */
int lsp_show_branches(const struct lsp_drawing *d, size_t span, bool own);
/* A span's line (show_text_span.c). */
int lsp_show_span(const struct lsp_drawing *d, size_t span);
/* What hangs below it: status message, events, logs (show_text_below.c). */
int lsp_show_below(const struct lsp_drawing *d, size_t span);

#endif
