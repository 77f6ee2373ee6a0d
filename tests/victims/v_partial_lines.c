/* Lines in pieces, several lines in one call, pieces of different calls on one line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(const char *text)
{
	write(2, text, strlen(text));
}

int main(void)
{
	put("one ");
	put("line ");
	put("of pieces\n");
	put("two\nlines\n");
	put("a line and a half\nthe other");
	put(" half\n\n");
	fprintf(stderr, "stdio ");
	fputs("and ", stderr);
	put("write");
	fputc('\n', stderr);
	for (const char *c = "by single bytes\n"; *c; c++)
		write(2, c, 1);
	fprintf(stderr, "%s%s", "three\n", "lines\nin one call\n");
	put("\n");
	return 0;
}
