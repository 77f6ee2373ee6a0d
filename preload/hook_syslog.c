/* Family syslog: the message gets its stamp before libc makes the datagram of it, for what libc
 * then sends passes no hook. RFC 3164 has no fields: text gets the suffix, JSON its members. */
#include "real.h"

#include "content.h"
#include "format.h"
#include "lines.h"
#include "shim.h"
#include "../lib/core/text_scan.h"

#include <errno.h>

#define SYSLOG_LINE_BYTES 2048 /* with the stamp; libc's header of about 80 bytes comes on top */

/* Makes the stamped message in out. Returns its bytes, 0 when it stays as it is. */
static size_t stamp(char *out, size_t cap, const struct lsp_context *c, const char *text, size_t n)
{
	struct lsp_insert insert;
	size_t line = n;

	while (line > 0 && text[line - 1] == '\n')
		line--;
	if (lsp_stamp_line(&lsp_shim.style, c, text, line, &insert) != LSP_KEEP_NOT)
		return 0;
	if (n + insert.len > cap || n + insert.len > SYSLOG_LINE_BYTES) {
		lsp_count(LSP_COUNTER_KEPT_GROWTH);
		return 0;
	}
	memcpy(out, text, insert.at);
	memcpy(out + insert.at, insert.text, insert.len);
	memcpy(out + insert.at + insert.len, text + insert.at + insert.skip,
		n - insert.at - insert.skip);
	return n + insert.len - insert.skip;
}

/* Returns true when the message was sent here. */
static bool put(int priority, int flag, const char *format, va_list args)
{
	int saved = errno;
	struct lsp_context c;
	char out[SYSLOG_LINE_BYTES + 1];
	size_t stamped, line;

	if (!lsp_current(&c) || !(LOG_MASK(LOG_PRI(priority)) & setlogmask(0)))
		return false;
	LSP_FORMAT(text, n, flag, format, args)
	errno = saved;
	if (n <= 0 || !lsp_text_scan(text, (size_t)n) || !lsp_content_allows(&c, text, (size_t)n))
		return false;
	lsp_busy_begin();
	stamped = stamp(out, sizeof(out) - 1, &c, text, (size_t)n);
	out[stamped] = 0;
	lsp_count(stamped ? LSP_COUNTER_STAMPED : LSP_COUNTER_MIRRORED);
	for (line = (size_t)n; line > 0 && text[line - 1] == '\n';)
		line--;
	if (line > 0)
		lsp_line_record(&c, LSP_CHANNEL_SYSLOG, lsp_line_severity((unsigned)priority),
			stamped ? LSP_LOG_STAMPED : 0, text, line, lsp_now_ns());
	lsp_busy_end();
	errno = saved;
	REAL(syslog)(priority, "%s", stamped ? out : text);
	return true;
}

void vsyslog(int priority, const char *format, va_list args)
{
	if (!put(priority, 0, format, args))
		REAL(vsyslog)(priority, format, args);
}

void __vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
	if (!put(priority, flag, format, args))
		REAL(__vsyslog_chk)(priority, flag, format, args);
}

void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	__vsyslog_chk(priority, flag, format, args);
	va_end(args);
}
