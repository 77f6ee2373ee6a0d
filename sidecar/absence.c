#include "absence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTE_NS      60000000000ull
#define TRACEPARENT    55 /* characters */
#define XRAY           35
#define OLDEST_SECONDS 946684800 /* 2000: before it, no id tells its time */

/* The part that is the id: "trace_id=…" and quotes are what people copy with it. */
static struct lsp_slice bare(struct lsp_slice s)
{
	const char *equals = s.len ? memchr(s.at, '=', s.len) : NULL;
	size_t skip = equals ? (size_t)(equals + 1 - s.at) : 0;
	s.at += skip;
	s.len -= skip;
	while (s.len && strchr(" \t\r\n\"'", s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && strchr(" \t\r\n\"'", s.at[s.len - 1]))
		s.len--;
	return s;
}

static bool is_unsampled_traceparent(struct lsp_slice s)
{
	char flags[3] = { 0 };
	if (s.len < TRACEPARENT || s.at[2] != '-' || s.at[35] != '-' || s.at[52] != '-')
		return false;
	memcpy(flags, s.at + 53, 2);
	return (strtoul(flags, NULL, 16) & 1) == 0;
}

static bool is_decimal(struct lsp_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len && s.len != 16 && s.len != 32;
}

/* "1-5759e988-bd862e3fe1be46a994272793": the second part is when it was made. */
static time_t xray_seconds(struct lsp_slice s)
{
	char digits[9] = { 0 };
	if (s.len != XRAY || s.at[0] != '1' || s.at[1] != '-' || s.at[10] != '-')
		return 0;
	memcpy(digits, s.at + 2, 8);
	return (time_t)strtoul(digits, NULL, 16);
}

void lsp_absence_of_trace(char out[LSP_ABSENCE_CHARS], struct lsp_slice text, uint64_t now_ns)
{
	struct lsp_slice s = bare(text);
	time_t made = xray_seconds(s);
	out[0] = 0;
	if (is_unsampled_traceparent(s)) {
		snprintf(out, LSP_ABSENCE_CHARS,
			"; its traceparent says that it was not sampled (flags 00)");
	} else if (made > OLDEST_SECONDS && (uint64_t)made < now_ns / 1000000000) {
		char when[32];
		struct tm tm;
		gmtime_r(&made, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
		snprintf(out, LSP_ABSENCE_CHARS, "; its id was made at %s", when);
	} else if (is_decimal(s)) {
		snprintf(out, LSP_ABSENCE_CHARS, "; \"%.20s\" was read as a decimal id of 64 bits",
			s.at);
	} else if (s.len == 16) {
		snprintf(out, LSP_ABSENCE_CHARS,
			"; \"%.16s\" was read as 64 bits, and traces that end in them were looked "
			"for, too; when it is a span's id, ask linespan logs for its lines",
			s.at);
	}
}

static bool says_unsampled(const struct lsp_log *l)
{
	static const char *const forms[] = { "trace_flags\":\"00\"", "trace_flags=\"00\"",
		"trace_flags=00", "trace.flags\":\"00\"" };
	const json_t *flags = json_object_get(l->attributes, "trace_flags");
	const char *text = json_string_value(flags);
	if (text && strcmp(text, "00") == 0)
		return true;
	for (size_t i = 0; l->body && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (memmem(l->body, l->body_bytes, forms[i], strlen(forms[i])))
			return true;
	return false;
}

void lsp_absence_of_spans(char out[LSP_ABSENCE_CHARS], const struct lsp_trace *t, uint64_t now_ns)
{
	uint64_t newest = 0;
	bool unsampled = false;
	for (size_t i = 0; i < t->n_logs; i++) {
		newest = t->logs[i].time_ns > newest ? t->logs[i].time_ns : newest;
		unsampled = unsampled || says_unsampled(&t->logs[i]);
	}
	const char *why = "were not sent or sampled out";
	if (unsampled)
		why = "were sampled out, as its logs say (trace_flags 00)";
	else if (now_ns < newest + MINUTE_NS)
		why = "may not have arrived yet (its last log is not a minute old), were not sent "
		      "or sampled out";
	snprintf(out, LSP_ABSENCE_CHARS, "no span of this trace is here, only logs: its spans %s",
		why);
}

void lsp_absence_of_logs(char out[LSP_ABSENCE_CHARS], const struct lsp_trace *t)
{
	snprintf(out, LSP_ABSENCE_CHARS,
		"no log record of this trace is here, only spans: %s; linespan doctor PID says why "
		"a program's lines are not stamped",
		t->n_spans == 1 ? "its program logged nothing in it, or logs without ids"
				: "its programs logged nothing in it, or log without ids");
}
