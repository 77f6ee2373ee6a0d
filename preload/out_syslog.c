/* A datagram for the system log is one message: "<PRI>…", with at times a newline or a NUL behind
 * it (Python's handler sends one). The stamp goes inside. */
#include "lines.h"
#include "out_fd.h"
#include "shim.h"
#include "../lib/core/text_scan.h"

#define SYSLOG_LINE_BYTES 2048

static size_t without_end(const char *buf, size_t n)
{
	while (n > 0 && (buf[n - 1] == '\0' || buf[n - 1] == '\n'))
		n--;
	return n;
}

/* Where the message begins that a person reads: behind "<PRI>". */
static size_t behind_priority(const char *buf, size_t n)
{
	size_t i = 1;

	if (n < 3 || buf[0] != '<')
		return 0;
	while (i < n && i < 4 && buf[i] >= '0' && buf[i] <= '9')
		i++;
	return i < n && buf[i] == '>' ? i + 1 : 0;
}

/* Each character of a pattern: "A" a letter, "0" a digit, "_" a digit or a space. */
static bool looks_like(const char *at, size_t n, const char *pattern)
{
	for (size_t i = 0; pattern[i]; i++) {
		bool digit = i < n && at[i] >= '0' && at[i] <= '9';
		bool letter = i < n && (at[i] | 0x20) >= 'a' && (at[i] | 0x20) <= 'z';

		if (i == n || (pattern[i] == 'A'          ? !letter
				      : pattern[i] == '0' ? !digit
				      : pattern[i] == '_' ? !digit && at[i] != ' '
							  : at[i] != pattern[i]))
			return false;
	}
	return true;
}

bool lsp_out_is_syslog(const char *text, size_t n)
{
	size_t from = behind_priority(text, n);

	return from > 0 && (looks_like(text + from, n - from, "1 0000-00-00T") ||
				   looks_like(text + from, n - from, "AAA _0 00:00:00") ||
				   looks_like(text + from, n - from, "1 - "));
}

size_t lsp_out_syslog(char *out, size_t cap, const struct lsp_context *c, const char *buf, size_t n,
	uint8_t *ret_keep)
{
	size_t body = without_end(buf, n), len;
	struct lsp_insert insert;

	*ret_keep = LSP_KEEP_FORMAT;
	if (!lsp_text_scan(buf, body))
		return 0;
	*ret_keep = (uint8_t)lsp_stamp_line(&lsp_shim.style, c, buf, body, &insert);
	if (*ret_keep != LSP_KEEP_NOT)
		return 0;
	len = n + insert.len - insert.skip;
	if (len > cap || len > SYSLOG_LINE_BYTES) {
		*ret_keep = LSP_KEEP_FORMAT;
		lsp_count(LSP_COUNTER_KEPT_GROWTH);
		return 0;
	}
	memcpy(out, buf, insert.at);
	memcpy(out + insert.at, insert.text, insert.len);
	memcpy(out + insert.at + insert.len, buf + insert.at + insert.skip,
		n - insert.at - insert.skip);
	return len;
}

static uint8_t severity_of(const char *buf, size_t n)
{
	unsigned priority = 0;

	for (size_t i = 1; i < n && buf[i] >= '0' && buf[i] <= '9'; i++)
		priority = priority * 10 + (unsigned)(buf[i] - '0');
	return lsp_line_severity(priority);
}

void lsp_out_syslog_sent(
	const struct lsp_context *c, const char *buf, size_t n, uint8_t keep, uint64_t now_ns)
{
	size_t body = without_end(buf, n), from = behind_priority(buf, body);

	if (body == from || !lsp_text_scan(buf, body))
		return;
	lsp_busy_begin();
	lsp_count(keep == LSP_KEEP_NOT ? LSP_COUNTER_STAMPED : LSP_COUNTER_MIRRORED);
	lsp_line_record(c, LSP_CHANNEL_SYSLOG, from ? severity_of(buf, body) : 0,
		keep == LSP_KEEP_NOT ? LSP_LOG_STAMPED : 0, buf + from, body - from, now_ns);
	lsp_busy_end();
}
