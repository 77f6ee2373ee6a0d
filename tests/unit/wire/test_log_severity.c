#include "lib/wire/log_text.h"
#include "guard_page.h"

#include <criterion/criterion.h>

static const struct {
	const char *line;
	unsigned severity;
} lines[] = {
	{ "", 0 },
	{ "hello", 0 },
	/* A member of JSON or logfmt, anywhere. */
	{ "{\"level\":\"error\",\"msg\":\"x\"}", 17 },
	{ "{\"msg\":\"INFO about a thing\",\"level\": \"warning\"}", 13 },
	{ "{\"severity\":\"NOTICE\"}", 10 },
	{ "{\"Level\":\"Error\"}", 17 },
	{ "{\"log.level\":\"fatal\"}", 21 },
	{ "{\"levelname\": \"CRITICAL\"}", 18 },
	{ "time=x level=debug msg=y", 5 },
	{ "time=x lvl=warn msg=y", 13 },
	{ "level=error", 17 },
	{ "loglevel=error level=info", 9 },
	{ "level=high severity=error", 17 },
	{ "level=unknown x", 0 },
	{ "level=", 0 },
	{ "level", 0 },
	/* The same words in a message. */
	{ "water level error sensor", 0 },
	{ "the level is high", 0 },
	{ "sublevel=error", 0 },
	/* Syslog's priority. */
	{ "<11>x", 17 },
	{ "<0>x", 21 },
	{ "<191>x", 5 },
	{ "<14>ERROR x", 9 },
	{ "<192>x", 0 },
	{ "<>x", 0 },
	{ "<1x", 0 },
	{ "<1111>x", 0 },
	{ "<14", 0 },
	/* The head of a line. */
	{ "ERROR x", 17 },
	{ "2024-01-01 12:00:00,000 WARN  [main] x", 13 },
	{ "12:00 [info] x", 9 },
	{ "[Error] x", 17 },
	{ "error: no such file", 17 },
	{ "prog: warning: unused", 13 },
	{ "FATAL:  password authentication failed", 21 },
	{ "2024/01/01 12:00:00 [crit] 7#7: x", 18 },
	{ "no error here", 0 },
	{ "Error rates are low", 0 },
	{ "ERRORS were found", 0 },
	{ "[errors] x", 0 },
	{ "INFORMATIONAL x", 0 },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890 ERROR far away",
		0 },
};

Test(log_severity, goes_by_members_priorities_and_heads_but_not_by_messages)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t n = strlen(lines[i].line);
		unsigned severity = lsp_log_text_severity(
			(struct lsp_slice){ guard_page_copy(lines[i].line, n), n });

		cr_expect_eq(severity, lines[i].severity, "%u: %s", severity, lines[i].line);
	}
	cr_expect_eq(lsp_log_text_severity((struct lsp_slice){ NULL, 0 }), 0);
}
