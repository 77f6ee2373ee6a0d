/* A guess at how bad a line says it is: a level word where loggers put it, at the head or in a
 * member of that name. Words in the message do not count. */
#include "log_text.h"
#include "../model/record.h"

#include <strings.h>

#define HEAD_BYTES 96

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_level(struct lsp_slice word, bool lower_too)
{
	if (!lower_too)
		for (size_t i = 0; i < word.len; i++)
			if (word.at[i] >= 'a' && word.at[i] <= 'z')
				return false;
	return lsp_severity_of(word) != 0;
}

/* The word that a member's name is followed by: "error" of level=error and "level": "error". Empty
 * when the name is only a word of the message. */
static struct lsp_slice member_value(struct lsp_slice line, size_t at)
{
	bool assigned = false;
	size_t from;

	while (at < line.len && memchr("\" :=", line.at[at], 4)) {
		assigned |= line.at[at] == '=' || line.at[at] == ':';
		at++;
	}
	for (from = at; assigned && at < line.len && is_letter(line.at[at]);)
		at++;
	return (struct lsp_slice){ line.at + from, at - from };
}

/* "level":"error", level=error, severity=…, lvl=… in any case. */
static unsigned by_member(struct lsp_slice line)
{
	static const char *const names[] = { "levelname", "level", "severity", "lvl" };

	for (size_t i = 0; i < line.len; i++) {
		if (i > 0 && is_letter(line.at[i - 1]))
			continue;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			size_t n = strlen(names[k]);
			unsigned severity;

			if (line.len - i <= n || strncasecmp(line.at + i, names[k], n) != 0)
				continue;
			severity = lsp_severity_of(member_value(line, i + n));
			if (severity)
				return severity;
		}
	}
	return 0;
}

/* <PRI> of syslog. */
static unsigned by_priority(struct lsp_slice line)
{
	static const uint8_t numbers[8] = { 21, 19, 18, 17, 13, 10, 9, 5 };
	unsigned value = 0;
	size_t i = 1;

	if (line.len < 3 || line.at[0] != '<')
		return 0;
	for (; i < line.len && i < 4 && line.at[i] >= '0' && line.at[i] <= '9'; i++)
		value = value * 10 + (unsigned)(line.at[i] - '0');
	return i > 1 && i < line.len && line.at[i] == '>' && value < 192 ? numbers[value & 7] : 0;
}

/* A level word at the head: in capitals, or of any case in brackets or before a colon. */
static unsigned by_head(struct lsp_slice line)
{
	size_t end = line.len < HEAD_BYTES ? line.len : HEAD_BYTES;

	for (size_t i = 0; i < end;) {
		size_t from = i;
		bool marked;

		if (!is_letter(line.at[i])) {
			i++;
			continue;
		}
		while (i < line.len && is_letter(line.at[i]))
			i++;
		marked = (from > 0 && line.at[from - 1] == '[' && i < line.len &&
				 line.at[i] == ']') ||
			 (i < line.len && line.at[i] == ':' && from < 40);
		if (is_level((struct lsp_slice){ line.at + from, i - from }, marked))
			return lsp_severity_of((struct lsp_slice){ line.at + from, i - from });
	}
	return 0;
}

unsigned lsp_log_text_severity(struct lsp_slice line)
{
	unsigned severity = by_priority(line);

	if (!severity)
		severity = by_member(line);
	return severity ? severity : by_head(line);
}
