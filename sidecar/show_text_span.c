#include "show_text.h"
#include "term_text.h"

#include <stdio.h>

#define DURATION_COLUMNS 9
#define SELF_NOTABLE     10 /* one part in ten of the whole trace */
#define LEVELS_MAX       256
#define NAME_BYTES_MAX   (1024u * 1024)
#define GLYPH_BYTES_MAX  4
#define ATTEMPTS_COUNTED 99
#define ROOM_FOR_MARKS   24 /* columns of a label that has a word */
#define ROOM_FOR_REMARKS 40 /* columns of a label that has whole sentences */

/* Only the nearest levels are drawn: the cost of a line does not grow with the depth. */
int lsp_show_branches(const struct lsp_drawing *d, size_t span, bool own)
{
	const struct lsp_tree_node *nodes = d->tree->nodes;
	const char *pieces[LEVELS_MAX];
	size_t n = 0, levels = d->levels < LEVELS_MAX ? d->levels : LEVELS_MAX;
	for (size_t i = span; n < levels && nodes[i].parent != LSP_TREE_NONE; i = nodes[i].parent) {
		bool more = nodes[i].next_sibling != LSP_TREE_NONE;
		if (i == span && own)
			pieces[n++] = more ? d->glyphs->fork : d->glyphs->last;
		else
			pieces[n++] = more ? d->glyphs->through : d->glyphs->blank;
	}
	int rc = nodes[span].depth > n ? lsp_buf_add_text(d->out, d->glyphs->dots) : 0;
	while (rc == 0 && n > 0)
		rc = lsp_buf_add_text(d->out, pieces[--n]);
	return rc;
}

/* Columns of text that has styles, but is clean otherwise. */
static size_t visible_columns(const char *text, size_t n)
{
	size_t columns = 0;
	while (n) {
		const char *style = memchr(text, '\033', n);
		size_t plain = style ? (size_t)(style - text) : n;
		columns += lsp_text_columns(text, plain);
		const char *end = style ? memchr(style, 'm', n - plain) : NULL;
		size_t step = end ? (size_t)(end + 1 - text) : n;
		text += step;
		n -= step;
	}
	return columns;
}

/* Which attempt of its call a span is: 1 for what is no retry. */
static unsigned attempt(const struct lsp_drawing *d, size_t span)
{
	unsigned n = 1;
	for (size_t i = span; n < ATTEMPTS_COUNTED && d->in->retry_of[i] != LSP_TREE_NONE;
		i = d->in->retry_of[i])
		n++;
	return n;
}

static void make_remarks(char *out, size_t cap, const struct lsp_drawing *d, size_t span)
{
	const struct lsp_tree_node *node = &d->tree->nodes[span];
	uint64_t notable = (d->tree->end_ns - d->tree->start_ns) / SELF_NOTABLE;
	bool wordy = d->label_columns >= ROOM_FOR_REMARKS;
	unsigned nth = attempt(d, span);
	char self[24];
	size_t n = 0;
	out[0] = 0;
	if (d->label_columns < ROOM_FOR_MARKS)
		return;
	if (d->in->roles[span] == LSP_ERROR_ORIGIN)
		n += (size_t)snprintf(out + n, cap - n, wordy ? " (error origin)" : " (origin)");
	else if (wordy && d->in->roles[span] == LSP_ERROR_ABSORBED)
		n += (size_t)snprintf(out + n, cap - n, " (went no further)");
	if (nth > 1)
		n += (size_t)snprintf(out + n, cap - n, wordy ? " (attempt %u)" : " (x%u)", nth);
	if (wordy && n == 0 && node->first_child != LSP_TREE_NONE && node->self_ns &&
		node->self_ns >= notable) {
		lsp_text_duration(self, sizeof(self), node->self_ns, !d->term->utf8);
		n += (size_t)snprintf(out + n, cap - n, " (self %s)", self);
	}
	if (node->orphan)
		snprintf(out + n, cap - n, wordy ? " (its parent is not here)" : " (orphan)");
	else if (node->cycle)
		snprintf(out + n, cap - n, wordy ? " (its parents go round)" : " (cycle)");
}

/* Service and name; what is cut to fit is these, not the remarks. */
static int add_name(const struct lsp_drawing *d, const struct lsp_span *s, size_t room)
{
	struct lsp_buf name;
	lsp_buf_init(&name, NAME_BYTES_MAX);
	int rc = lsp_text_clean(&name, s->service, strlen(s->service));
	size_t service = name.len;
	rc = rc ? rc : lsp_buf_add_text(&name, service ? " " : "");
	const char *text = *s->name ? s->name : "(no name)";
	rc = rc ? rc : lsp_text_clean(&name, text, strlen(text));
	if (rc == 0 && lsp_text_columns(name.at, name.len) <= room)
		rc = lsp_buf_printf(d->out, "%s%.*s%s%s",
			lsp_term_style(d->term, LSP_STYLE_SERVICE), (int)service, name.at,
			lsp_term_style(d->term, LSP_STYLE_PLAIN), name.at + service);
	else if (rc == 0)
		rc = lsp_text_fit(d->out, name.at, name.len, room, d->glyphs->dots);
	lsp_buf_release(&name);
	return rc;
}

static int add_label(const struct lsp_drawing *d, size_t span)
{
	const struct lsp_span *s = &d->tree->trace->spans[span];
	const char *plain = lsp_term_style(d->term, LSP_STYLE_PLAIN);
	size_t start = d->out->len;
	char remarks[128];
	make_remarks(remarks, sizeof(remarks), d, span);
	int rc = lsp_show_branches(d, span, true);
	if (rc == 0 && s->status == LSP_STATUS_ERROR)
		rc = lsp_buf_printf(d->out, "%s%s%s", lsp_term_style(d->term, LSP_STYLE_ERROR),
			d->glyphs->error, plain);
	if (rc)
		return rc;
	size_t used = visible_columns(d->out->at + start, d->out->len - start) + strlen(remarks);
	rc = add_name(d, s, used + 8 < d->label_columns ? d->label_columns - used : 8);
	rc = rc ? rc
		: lsp_buf_printf(
			  d->out, "%s%s%s", lsp_term_style(d->term, LSP_STYLE_DIM), remarks, plain);
	if (rc)
		return rc;
	used = visible_columns(d->out->at + start, d->out->len - start);
	return used < d->label_columns
		       ? lsp_buf_printf(d->out, "%*s", (int)(d->label_columns - used), "")
		       : 0;
}

/* First and last column of a span's bar; one column at least. */
static void place_bar(
	const struct lsp_drawing *d, const struct lsp_span *s, size_t *ret_first, size_t *ret_end)
{
	size_t width = d->bar_columns, first = 0, end = width;
	double whole = (double)(d->tree->end_ns - d->tree->start_ns);
	if (whole > 0) {
		uint64_t end_ns = s->end_ns > s->start_ns ? s->end_ns : s->start_ns;
		double from = (double)(s->start_ns - d->tree->start_ns) / whole;
		double to = (double)(end_ns - d->tree->start_ns) / whole;
		first = (size_t)(from * (double)width);
		end = (size_t)(to * (double)width + 0.999);
	}
	if (first >= width)
		first = width - 1;
	*ret_first = first;
	*ret_end = end <= first ? first + 1 : end > width ? width : end;
}

static int add_run(const struct lsp_drawing *d, enum lsp_style style, const char *glyph, size_t n)
{
	char run[GLYPH_BYTES_MAX * LSP_BAR_COLUMNS_MAX];
	size_t len = strlen(glyph);
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		memcpy(run + i * len, glyph, len);
	int rc = lsp_buf_add_text(d->out, lsp_term_style(d->term, style));
	rc = rc ? rc : lsp_buf_add(d->out, run, n * len);
	return rc ? rc : lsp_buf_add_text(d->out, lsp_term_style(d->term, LSP_STYLE_PLAIN));
}

static int add_bar(const struct lsp_drawing *d, size_t span)
{
	const struct lsp_span *s = &d->tree->trace->spans[span];
	enum lsp_style style = s->status == LSP_STATUS_ERROR ? LSP_STYLE_ERROR : LSP_STYLE_BAR;
	bool awaited = d->in->critical_ns[span] != 0;
	size_t first, end;
	place_bar(d, s, &first, &end);
	int rc = add_run(d, LSP_STYLE_DIM, d->glyphs->idle, first);
	rc = rc ? rc
		: add_run(d, style, awaited ? d->glyphs->full : d->glyphs->beside, end - first);
	return rc ? rc : add_run(d, LSP_STYLE_DIM, d->glyphs->idle, d->bar_columns - end);
}

int lsp_show_span(const struct lsp_drawing *d, size_t span)
{
	const struct lsp_span *s = &d->tree->trace->spans[span];
	char duration[24];
	lsp_text_duration(duration, sizeof(duration),
		s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0, !d->term->utf8);
	size_t columns = lsp_text_columns(duration, strlen(duration));
	size_t pad = columns < DURATION_COLUMNS ? DURATION_COLUMNS - columns : 0;
	int rc = add_label(d, span);
	rc = rc ? rc : lsp_buf_printf(d->out, " %*s%s ", (int)pad, "", duration);
	rc = rc ? rc : add_bar(d, span);
	return rc ? rc : lsp_buf_add_text(d->out, "\n");
}
