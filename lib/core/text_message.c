#include "text_message.h"

#include <string.h>

static const char *const openings[] = {
	"Traceback (most recent call last)", "During handling of the above exception",
	"The above exception was the direct cause",
	"Caused by: ", "Suppressed: ", "stack backtrace:", /* Rust */
	"Stack trace:", /* PHP */
	"goroutine ", /* Go */
};

static bool begins_with(const char *line, size_t n, const char *with)
{
	size_t length = strlen(with);

	return n >= length && memcmp(line, with, length) == 0;
}

static bool opens_part(const char *line, size_t n)
{
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++)
		if (begins_with(line, n, openings[i]))
			return true;
	return false;
}

static bool is_below(const char *line, size_t n)
{
	return n == 0 || (n == 1 && *line == '\r') || strchr(" \t}])", *line);
}

bool lsp_text_is_message(const char *text, size_t n)
{
	const char *end = text + n;
	bool python = false, first = true;

	for (const char *line = text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		next = newline ? newline + 1 : end;
		if (opens_part(line, length)) {
			python = python || begins_with(line, length, "Traceback ");
		} else if (first || is_below(line, length)) {
			/* goes on */
		} else if (python) {
			python = false; /* the exception behind its frames */
		} else {
			return false;
		}
		first = false;
	}
	return true;
}
