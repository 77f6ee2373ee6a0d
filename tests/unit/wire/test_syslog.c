#include "lib/wire/syslog.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define T "0af7651916cd43dd8448eb211c80319c"
#define S "b7ad6b7169203331"
/* 2026-11-24 01:30:00 UTC, in a zone two hours east. */
static const struct lsp_syslog_clock clock_ = { 1795483800ull * 1000000000, 7200 };

#define UTC(s)   ((uint64_t)(s)*1000000000)
#define NOON     1795521600 /* 2026-11-24 12:00 UTC */
#define MILLIS   3000000
#define ANY_TEXT "any text"

static const struct {
	const char *line;
	int facility, level; /* -1: no priority */
	uint64_t time_ns;
	const char *host, *app, *procid, *msgid, *sdata, *text;
} rows[] = {
	{ "<34>1 2026-11-24T12:00:00.003Z mymachine su 7 ID47 - failed", 4, 2, UTC(NOON) + MILLIS,
		"mymachine", "su", "7", "ID47", "", "failed" },
	{ "<165>1 2026-11-24T14:00:00+02:00 h a - - [x@1 k=\"v ] \\\" \\]\"][y@2 z=\"1\"] t", 20, 5,
		UTC(NOON), "h", "a", "", "", "[x@1 k=\"v ] \\\" \\]\"][y@2 z=\"1\"]", "t" },
	{ "<165>1 - - - - - - \xef\xbb\xbf" ANY_TEXT, 20, 5, 0, "", "", "", "", "", ANY_TEXT },
	{ "<165>1 2026-11-24T12:00:00Z h a - - [x@1]", 20, 5, UTC(NOON), "h", "a", "", "", "[x@1]",
		"" },
	{ "<165>1 2026-11-24T12:00:00Z h a - -", 20, 5, UTC(NOON), "h", "a", "", "", "", "" },
	{ "<165>1 2026-11-24T12:00:00Z h a - - [x@1 k=\"never ends", 20, 5, UTC(NOON), "h", "a", "",
		"", "", "[x@1 k=\"never ends" },
	{ "<13>Nov 24 14:00:00 host app[12]: " ANY_TEXT "\n", 1, 5, UTC(NOON), "host", "app", "12",
		"", "", ANY_TEXT },
	{ "<13>Nov 24 14:00:00 app[12]: " ANY_TEXT, 1, 5, UTC(NOON), "", "app", "12", "", "",
		ANY_TEXT },
	{ "<13>Nov 24 14:00:00 app: " ANY_TEXT, 1, 5, UTC(NOON), "", "app", "", "", "", ANY_TEXT },
	{ "<13>Nov  3 14:00:00 host app: x", 1, 5, UTC(NOON - 21 * 86400), "host", "app", "", "",
		"", "x" },
	{ "<13>Jan  2 14:00:00 host app: next year", 1, 5, UTC(NOON + 39 * 86400), "host", "app",
		"", "", "", "next year" },
	{ "<13>2026-11-24T12:00:00Z host app[1]: x", 1, 5, UTC(NOON), "host", "app", "1", "", "",
		"x" },
	{ "<13>app[12]: " ANY_TEXT, 1, 5, 0, "", "app", "12", "", "", ANY_TEXT },
	{ "<13>just words: and more", 1, 5, 0, "", "", "", "", "", "just words: and more" },
	{ "<13>", 1, 5, 0, "", "", "", "", "", "" },
	{ "<999>x", -1, 0, 0, "", "", "", "", "", "<999>x" },
	{ "<1x>y", -1, 0, 0, "", "", "", "", "", "<1x>y" },
	{ "<>", -1, 0, 0, "", "", "", "", "", "<>" },
	{ "no syslog: at all", -1, 0, 0, "", "", "", "", "", "no syslog: at all" },
	{ "<13>Foo 24 14:00:00 host app: x", 1, 5, 0, "", "", "", "", "",
		"Foo 24 14:00:00 host app: x" },
	{ "<13>Nov 24 25:00:00 host app: x", 1, 5, 0, "", "", "", "", "",
		"Nov 24 25:00:00 host app: x" },
	{ "", -1, 0, 0, "", "", "", "", "", "" },
};

static struct lsp_slice guarded(const char *text)
{
	size_t n = strlen(text);

	return (struct lsp_slice){ guard_page_copy(text, n), n };
}

static void expect(struct lsp_slice got, const char *want, const char *what, const char *line)
{
	cr_expect(lsp_slice_equal(got, lsp_slice_of(want)), "%s of \"%s\": \"%.*s\", not \"%s\"",
		what, line, (int)got.len, got.at, want);
}

Test(syslog, messages)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = rows[i].line;
		struct lsp_syslog m;

		lsp_syslog_parse(guarded(line), &clock_, &m);
		cr_expect_eq(m.has_priority, rows[i].facility >= 0, "%s", line);
		if (m.has_priority) {
			cr_expect_eq(m.facility, rows[i].facility, "%s", line);
			cr_expect_eq(m.level, rows[i].level, "%s", line);
		}
		cr_expect_eq(m.time_ns, rows[i].time_ns, "%s: %lu, not %lu", line,
			(unsigned long)m.time_ns, (unsigned long)rows[i].time_ns);
		expect(m.host, rows[i].host, "host", line);
		expect(m.app, rows[i].app, "app", line);
		expect(m.procid, rows[i].procid, "procid", line);
		expect(m.msgid, rows[i].msgid, "msgid", line);
		expect(m.sdata, rows[i].sdata, "sdata", line);
		expect(m.text, rows[i].text, "text", line);
	}
}

/* A stream, and its messages with "|" behind each; "+" where more bytes are awaited. */
static const struct {
	const char *stream;
	size_t n; /* 0: up to the NUL */
	bool at_end;
	const char *messages;
} streams[] = {
	{ "<1>a\n<2>b\n", 0, false, "<1>a|<2>b|" },
	{ "<1>a\n<2>b", 0, false, "<1>a|+" },
	{ "<1>a\n<2>b", 0, true, "<1>a|<2>b|" },
	{ "4 <1>a5 <2>bc4 <3>d", 0, false, "<1>a|<2>bc|<3>d|" },
	{ "4 <1>a5 <2>b", 0, false, "<1>a|+" },
	{ "4 <1>a5 <2>b", 0, true, "<1>a|<2>b|" },
	{ "6 <1>a\nb<2>c\n", 0, false, "<1>a\nb|<2>c|" },
	{ "4", 0, false, "+" },
	{ "4 ", 0, false, "+" },
	{ "42 is a number\n", 0, false, "42 is a number|" },
	{ "0 <1>a\n", 0, false, "0 <1>a|" },
	{ "1234567 <1>a\n", 0, false, "1234567 <1>a|" },
	{ "<1>a\0<2>b\0", 10, false, "<1>a|<2>b|" },
	{ "\n\n<1>a\n", 0, false, "||<1>a|" },
	{ "", 0, true, "" },
};

Test(syslog, streams)
{
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		size_t n = streams[i].n ? streams[i].n : strlen(streams[i].stream), took;
		struct lsp_slice s = { guard_page_copy(streams[i].stream, n), n }, message;
		char got[256] = "";
		size_t used = 0;

		while (s.len && (took = lsp_syslog_frame(s, streams[i].at_end, &message)) > 0) {
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%.*s|",
				(int)message.len, message.at);
			cr_assert_leq(took, s.len);
			s.at += took;
			s.len -= took;
		}
		if (s.len)
			strcat(got, "+");
		cr_expect_str_eq(got, streams[i].messages, "%s: %s", streams[i].stream, got);
	}
}

Test(syslog, a_line_without_end_is_cut)
{
	size_t n = LSP_SYSLOG_LINE_BYTES_MAX + 10;
	char *long_line = malloc(n);
	struct lsp_slice message;

	memset(long_line, 'x', n);
	cr_expect_eq(lsp_syslog_frame((struct lsp_slice){ long_line, n }, false, &message),
		LSP_SYSLOG_LINE_BYTES_MAX);
	cr_expect_eq(message.len, LSP_SYSLOG_LINE_BYTES_MAX);
	free(long_line);
}

Test(syslog, rows_of_a_batch)
{
	struct lsp_syslog_scratch s;
	struct lsp_batch b;

	lsp_syslog_scratch_init(&s);
	lsp_batch_init(&b);
	cr_assert_eq(lsp_syslog_take(&b, &s,
			     guarded("<11>1 2026-11-24T12:00:00.003Z h shop 9 ID [opentelemetry "
				     "trace_id=\"" T "\" span_id=\"" S "\"] paid"),
			     &clock_, 0),
		0);
	cr_assert_eq(lsp_syslog_take(&b, &s,
			     guarded("<13>Nov 24 03:30:00 shop[9]: late trace_id=" T), &clock_, 77),
		0);
	cr_assert_eq(lsp_syslog_take(&b, &s, guarded("<11>\xff no utf-8"), &clock_, 0), 0);
	cr_assert_eq(b.n_logs, 3);
	cr_expect_eq(b.logs[0].trace_id[0], 0x0a);
	cr_expect_eq(b.logs[0].span_id[0], 0xb7);
	cr_expect_eq(b.logs[0].pid, 9);
	cr_expect_eq(b.logs[0].severity, 17);
	cr_expect_eq(b.logs[0].intake, LSP_INTAKE_SYSLOG);
	cr_expect_eq(b.logs[0].context_source, LSP_SOURCE_TEXT);
	cr_expect_eq(b.logs[0].time_ns, UTC(NOON) + MILLIS);
	cr_expect_eq(b.logs[1].trace_id[0], 0x0a);
	cr_expect_eq(b.logs[1].span_id[0], 0);
	cr_expect_eq(b.logs[1].pid, 77, "the kernel knows better");
	cr_expect_eq(b.logs[1].time_ns, clock_.now_ns);
	cr_expect_eq(b.logs[2].trace_id[0], 0);
	expect(b.origins[b.logs[0].origin].service, "shop", "service", "0");
	expect(b.origins[b.logs[2].origin].service, "unknown_service", "service", "2");
	expect(b.logs[2].body, "\xef\xbf\xbd no utf-8", "body", "2");
	lsp_batch_release(&b);
	lsp_syslog_scratch_release(&s);
}

Test(syslog, lines_of_files)
{
	static const struct {
		const char *line;
		uint64_t time_ns;
		int severity;
		bool has_trace;
	} lines[] = {
		{ "2026-11-24 14:00:00,003 ERROR pay: declined trace_id=" T, UTC(NOON) + MILLIS, 17,
			true },
		{ "[2026-11-24T12:00:00Z] hello", UTC(NOON), 0, false },
		{ "{\"time\":\"2026-11-24T12:00:00.003Z\",\"level\":\"warn\",\"trace_id\":\"" T
		  "\"}",
			UTC(NOON) + MILLIS, 13, true },
		{ "ts=2026-11-24T12:00:00Z level=info msg=x traceID=" T, UTC(NOON), 9, true },
		{ "no time", 1795483800ull * 1000000000, 0, false },
	};
	struct lsp_syslog_scratch s;
	struct lsp_batch b;

	lsp_syslog_scratch_init(&s);
	lsp_batch_init(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_assert_eq(lsp_file_line_take(&b, &s, guarded(lines[i].line), &clock_,
				     &(struct lsp_file_place){
					     LSP_SLICE("app"), LSP_SLICE("/x/app.log"), 300 + i }),
			0);
		cr_expect_eq(b.logs[i].time_ns, lines[i].time_ns, "%s", lines[i].line);
		cr_expect_eq(b.logs[i].severity, lines[i].severity, "%s: %u", lines[i].line,
			b.logs[i].severity);
		cr_expect_eq(b.logs[i].trace_id[0] != 0, lines[i].has_trace, "%s", lines[i].line);
		cr_expect_eq(b.logs[i].intake, LSP_INTAKE_FILE);
		cr_expect(memmem(b.logs[i].encoded.at, b.logs[i].encoded.len, LSP_FILE_OFFSET_ATTR,
			strlen(LSP_FILE_OFFSET_ATTR)));
	}
	lsp_batch_release(&b);
	lsp_syslog_scratch_release(&s);
}
