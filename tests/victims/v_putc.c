/* Character by character, with and without locks, inlined macros included.
 * FILES: app.log:all */
#include <stdio.h>

static void by_putc(FILE *file, const char *text)
{
	for (; *text; text++)
		putc(*text, file);
}

static void by_putc_unlocked(FILE *file, const char *text)
{
	flockfile(file);
	for (; *text; text++)
		putc_unlocked(*text, file);
	funlockfile(file);
}

int main(void)
{
	FILE *log = fopen("app.log", "a");
	setvbuf(log, NULL, _IOLBF, 0);
	for (int i = 0; i < 200; i++) {
		by_putc(stderr, "putc to standard error\n");
		by_putc_unlocked(stderr, "putc_unlocked to standard error\n");
		by_putc(log, "putc to a file\n");
		by_putc(stdout, "putc to standard output\n");
		for (const char *c = "putchar\n"; *c; c++)
			putchar_unlocked(*c);
	}
	return fclose(log);
}
