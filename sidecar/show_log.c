#include "show_log.h"
#include "term_text.h"
#include "../lib/core/hex.h"
#include "../lib/wire/log_text.h"

#include <stdio.h>
#include <time.h>

#define SEVERITY_WARN  13 /* OpenTelemetry severity numbers */
#define SEVERITY_ERROR 17

void lsp_show_time(char out[LSP_TIME_CHARS], uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t n = strftime(out, LSP_TIME_CHARS, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, LSP_TIME_CHARS - n, ".%06uZ", (unsigned)(ns % 1000000000 / 1000));
}

int lsp_show_severity(struct lsp_buf *out, const struct lsp_term *term, unsigned severity)
{
	const char *name = lsp_severity_name(severity);
	if (!name)
		return 0;
	enum lsp_style style = severity >= SEVERITY_ERROR  ? LSP_STYLE_ERROR
			       : severity >= SEVERITY_WARN ? LSP_STYLE_WARNING
							   : LSP_STYLE_DIM;
	return lsp_buf_printf(out, "%s%s%s ", lsp_term_style(term, style), name,
		lsp_term_style(term, LSP_STYLE_PLAIN));
}

static int add_lines(struct lsp_buf *out, const char *text, size_t n, const char *indent)
{
	int rc = 0;
	while (rc == 0 && n) {
		const char *newline = memchr(text, '\n', n);
		size_t line = newline ? (size_t)(newline - text) : n;
		size_t shown = line && text[line - 1] == '\r' ? line - 1 : line;
		rc = lsp_text_clean(out, text, shown);
		if (!newline)
			break;
		text += line + 1;
		n -= line + 1;
		if (rc == 0 && n)
			rc = lsp_buf_printf(out, "\n%s", indent);
	}
	return rc;
}

int lsp_show_body(struct lsp_buf *out, const struct lsp_log *log, const char *indent)
{
	struct lsp_found found;
	size_t n = log->body_bytes;
	while (n && (log->body[n - 1] == '\n' || log->body[n - 1] == '\r'))
		n--;
	struct lsp_slice body = { log->body, n };
	struct lsp_slice stamp = { NULL, 0 };
	if (lsp_log_text_find(body, &found) == 0)
		stamp = found.stamp;
	if (stamp.len == 0)
		return add_lines(out, body.at, n, indent);
	size_t before = (size_t)(stamp.at - body.at), after = n - before - stamp.len;
	int rc = add_lines(out, body.at, before, indent);
	return rc ? rc : add_lines(out, stamp.at + stamp.len, after, indent);
}

/* Ids behind the line, unless the line says them in its own way (a JSON member). */
static int add_ids(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_log *log)
{
	struct lsp_context c = { 0 };
	memcpy(c.trace_id, log->trace_id, sizeof(c.trace_id));
	memcpy(c.span_id, log->span_id, sizeof(c.span_id));
	struct lsp_found found;
	if (!lsp_context_has_trace(&c))
		return 0;
	if (lsp_log_text_find((struct lsp_slice){ log->body, log->body_bytes }, &found) == 0 &&
		found.stamp.len == 0)
		return 0;
	char trace[LSP_TRACE_ID_HEX], span[LSP_SPAN_ID_HEX];
	lsp_hex_encode(trace, c.trace_id, sizeof(c.trace_id));
	lsp_hex_encode(span, c.span_id, sizeof(c.span_id));
	int rc = lsp_buf_printf(
		out, "%s trace_id=%.32s", lsp_term_style(term, LSP_STYLE_DIM), trace);
	if (rc == 0 && lsp_context_has_span(&c))
		rc = lsp_buf_printf(out, " span_id=%.16s", span);
	return rc ? rc : lsp_buf_add_text(out, lsp_term_style(term, LSP_STYLE_PLAIN));
}

int lsp_show_log_line(struct lsp_buf *out, const struct lsp_term *term, const struct lsp_log *log)
{
	char time[LSP_TIME_CHARS];
	lsp_show_time(time, log->time_ns);
	const char *plain = lsp_term_style(term, LSP_STYLE_PLAIN);
	int rc = lsp_buf_printf(out, "%s%s%s %s", lsp_term_style(term, LSP_STYLE_DIM), time, plain,
		lsp_term_style(term, LSP_STYLE_SERVICE));
	const char *service = log->service && *log->service ? log->service : "-";
	rc = rc ? rc : lsp_text_clean(out, service, strlen(service));
	rc = rc ? rc : lsp_buf_printf(out, "%s ", plain);
	rc = rc ? rc : lsp_show_severity(out, term, log->severity);
	rc = rc ? rc : lsp_show_body(out, log, "    ");
	rc = rc ? rc : add_ids(out, term, log);
	return rc ? rc : lsp_buf_add_text(out, "\n");
}
