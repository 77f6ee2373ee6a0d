#include "show_text.h"
#include "show_log.h"
#include "term_text.h"

#include <stdio.h>
#include <stdlib.h>

#define OFFSET_COLUMNS 10
#define INDENT_BYTES   2048
#define FRAMES_SHOWN   12
#define BODY_ROWS      3
#define LINE_ROOM      16

/* One line below a span: branches, then the time since the trace began. The prefix of further lines
 * goes to `indent`. */
static int begin_line(
	const struct lsp_drawing *d, size_t span, uint64_t time_ns, char indent[INDENT_BYTES])
{
	const struct lsp_tree_node *node = &d->tree->nodes[span];
	size_t start = d->out->len;
	char offset[24];
	int rc = lsp_show_branches(d, span, false);
	rc = rc ? rc
		: lsp_buf_add_text(d->out, node->first_child != LSP_TREE_NONE ? d->glyphs->through
									      : d->glyphs->blank);
	if (rc)
		return rc;
	size_t branches = d->out->len - start;
	if (branches > INDENT_BYTES - OFFSET_COLUMNS - 4)
		branches = 0;
	snprintf(indent, INDENT_BYTES, "%.*s%*s", (int)branches, d->out->at + start,
		OFFSET_COLUMNS + 2, "");
	if (time_ns == 0)
		return 0;
	bool before = time_ns < d->tree->start_ns; /* a clock that is behind */
	uint64_t ns = before ? d->tree->start_ns - time_ns : time_ns - d->tree->start_ns;
	lsp_text_duration(offset, sizeof(offset), ns, !d->term->utf8);
	size_t columns = lsp_text_columns(offset, strlen(offset)) + 1;
	return lsp_buf_printf(d->out, "%s%*s%c%s%s ", lsp_term_style(d->term, LSP_STYLE_DIM),
		columns < OFFSET_COLUMNS ? (int)(OFFSET_COLUMNS - columns) : 0, "",
		before ? '-' : '+', offset, lsp_term_style(d->term, LSP_STYLE_PLAIN));
}

static int add_status(const struct lsp_drawing *d, size_t span)
{
	const struct lsp_span *s = &d->tree->trace->spans[span];
	char indent[INDENT_BYTES];
	if (s->status != LSP_STATUS_ERROR || !s->status_message || !*s->status_message)
		return 0;
	int rc = begin_line(d, span, 0, indent);
	rc = rc ? rc
		: lsp_buf_printf(d->out, "%*s %serror:%s ", OFFSET_COLUMNS, "",
			  lsp_term_style(d->term, LSP_STYLE_ERROR),
			  lsp_term_style(d->term, LSP_STYLE_PLAIN));
	rc = rc ? rc : lsp_text_clean(d->out, s->status_message, strlen(s->status_message));
	return rc ? rc : lsp_buf_add_text(d->out, "\n");
}

static uint64_t event_time(const json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "time_unix_nano"));
	return text ? strtoull(text, NULL, 10) : 0;
}

/* "event NAME", and of an exception its type and message. */
static int add_event(const struct lsp_drawing *d, size_t span, const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "name"));
	const json_t *attributes = json_object_get(event, "attributes");
	static const char *const shown[] = { "exception.type", "exception.message" };
	char indent[INDENT_BYTES];
	int rc = begin_line(d, span, event_time(event), indent);
	rc = rc ? rc : lsp_buf_add_text(d->out, "event ");
	if (rc == 0 && name)
		rc = lsp_text_clean(d->out, name, strlen(name));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const char *value = json_string_value(json_object_get(attributes, shown[i]));
		if (!value || rc)
			continue;
		rc = lsp_buf_add_text(d->out, i ? ": " : " ");
		rc = rc ? rc : lsp_text_clean(d->out, value, strlen(value));
	}
	return rc ? rc : lsp_buf_add_text(d->out, "\n");
}

/* The frames of an error record, innermost first. */
static int add_frames(const struct lsp_drawing *d, const struct lsp_log *log, const char *indent)
{
	const char *stack =
		json_string_value(json_object_get(log->attributes, "exception.stacktrace"));
	int rc = 0;
	for (size_t i = 0; rc == 0 && stack && *stack; i++) {
		size_t n = strcspn(stack, "\n");
		if (i == FRAMES_SHOWN)
			return lsp_buf_printf(d->out, "\n%s  %s", indent, d->glyphs->dots);
		rc = lsp_buf_printf(d->out, "\n%s  at ", indent);
		rc = rc ? rc : lsp_text_clean(d->out, stack, n);
		stack += n + (stack[n] != 0);
	}
	return rc;
}

/* An error record is both a log and, in JSON, an event: it is shown once. */
static bool is_error_record(const struct lsp_drawing *d, size_t span, const json_t *event)
{
	const struct lsp_tree_node *node = &d->tree->nodes[span];
	for (size_t i = 0; i < node->n_logs; i++) {
		const struct lsp_log *log =
			&d->tree->trace->logs[d->tree->logs_by_span[node->first_log + i]];
		if (log->time_ns == event_time(event) && lsp_log_is_error_record(log))
			return true;
	}
	return false;
}

/* A line of a megabyte is no help to a reader: to three rows of a terminal. */
static int cut_body(const struct lsp_drawing *d, size_t from)
{
	size_t n = d->out->len - from, room = BODY_ROWS * d->term->columns;
	struct lsp_buf cut;
	if (!d->term->tty || n <= room)
		return 0;
	lsp_buf_init(&cut, n + LINE_ROOM);
	int rc = lsp_text_fit(&cut, d->out->at + from, n, room, d->glyphs->dots);
	if (rc == 0) {
		d->out->len = from;
		rc = lsp_buf_add(d->out, cut.at, cut.len);
	}
	lsp_buf_release(&cut);
	return rc;
}

static int add_log(const struct lsp_drawing *d, size_t span, const struct lsp_log *log)
{
	char indent[INDENT_BYTES];
	int rc = begin_line(d, span, log->time_ns, indent);
	const char *service = d->tree->trace->spans[span].service;
	/* A log that another service wrote into this span (a library, a proxy) says so. */
	if (rc == 0 && *log->service && strcmp(log->service, service) != 0) {
		rc = lsp_buf_add_text(d->out, lsp_term_style(d->term, LSP_STYLE_SERVICE));
		rc = rc ? rc : lsp_text_clean(d->out, log->service, strlen(log->service));
		rc = rc ? rc
			: lsp_buf_printf(d->out, "%s ", lsp_term_style(d->term, LSP_STYLE_PLAIN));
	}
	rc = rc ? rc : lsp_show_severity(d->out, d->term, log->severity);
	size_t body = d->out->len;
	rc = rc ? rc : lsp_show_body(d->out, log, indent);
	rc = rc ? rc : cut_body(d, body);
	if (rc == 0 && lsp_log_is_error_record(log))
		rc = add_frames(d, log, indent);
	return rc ? rc : lsp_buf_add_text(d->out, "\n");
}

/* Events and logs are one story: in the order of their times. */
int lsp_show_below(const struct lsp_drawing *d, size_t span)
{
	const struct lsp_tree_node *node = &d->tree->nodes[span];
	const struct lsp_trace *trace = d->tree->trace;
	const json_t *events = trace->spans[span].events;
	const size_t *logs = d->tree->logs_by_span + node->first_log;
	size_t n_events = json_array_size(events), e = 0, l = 0;
	int rc = add_status(d, span);
	while (rc == 0 && (e < n_events || l < node->n_logs)) {
		const json_t *event = json_array_get(events, e);
		const struct lsp_log *log = l < node->n_logs ? &trace->logs[logs[l]] : NULL;
		if (!log || (event && event_time(event) < log->time_ns)) {
			rc = is_error_record(d, span, event) ? 0 : add_event(d, span, event);
			e++;
		} else {
			rc = add_log(d, span, log);
			l++;
		}
	}
	return rc;
}
