#include "lib/core/text_message.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	bool message;
} cases[] = {
	{ "", true },
	{ "one line", true },
	{ "one line\n", true },
	{ " indented first\n", true },
	{ "java.lang.Error: x\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n", true },
	{ "Error\n\tat a\nCaused by: y\n\tat b\n\t... 3 more\n", true },
	{ "Error\n\tat a\nSuppressed: y\n\tat b\n", true },
	{ "order {\n  id: 5\n}\n", true },
	{ "order {\r\n  id: 5\r\n}\r\n\r\n", true },
	{ "Traceback (most recent call last):\n  File \"a\", line 1\n    x\nValueError: y\n",
		true },
	{ "failed\nTraceback (most recent call last):\n  File \"a\"\nValueError: y\n", true },
	{ "failed\nTraceback (most recent call last):\n  File \"a\"\nKeyError: y\n\n"
	  "During handling of the above exception, another exception occurred:\n\n"
	  "Traceback (most recent call last):\n  File \"b\"\nValueError: y\n",
		true },
	{ "thread 'main' panicked at src/main.rs:2:5:\nstack backtrace:\n   0: a\n", true },
	{ "two\nlines\n", false },
	{ "two\nlines", false },
	{ "a message\n  below it\nanother\n", false },
	{ "Traceback (most recent call last):\n  File \"a\"\nValueError: y\nanother\n", false },
	{ "\nanother\n", false },
};

Test(text_message, lines_below_a_first_one_are_its_own)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].text);
		char *exact = malloc(n + 1);
		memcpy(exact + 1, cases[i].text, n);
		cr_expect_eq(
			lsp_text_is_message(exact + 1, n), cases[i].message, "%s", cases[i].text);
		free(exact);
	}
}
