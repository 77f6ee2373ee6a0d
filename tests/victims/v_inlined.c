/* putc_unlocked() as compilers inline it: nobody is called while there is room in the buffer.
 * FILES: app.log:all flushed.log:all room.log:all written.log:any */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(FILE *file, const char *text)
{
	while (*text)
		putc_unlocked(*text++, file);
}

static void lines(FILE *file, int n)
{
	char line[400];

	for (int i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "line %d %0*d \303\251\n", i, 1 + i * 7 % 300, i);
		put(file, line);
	}
}

int main(void)
{
	static char room[300];
	FILE *app = fopen("app.log", "a"), *flushed = fopen("flushed.log", "a");
	FILE *small = fopen("room.log", "a"), *written = fopen("written.log", "w");

	setvbuf(small, room, _IOFBF, sizeof(room));
	put(app, "first\n");
	fprintf(app, "a line by fprintf\n");
	lines(app, 500);
	put(app, "half a line");
	fputs(" and the rest of it\n", app);
	fputs("the other way ", app);
	put(app, "round\n");
	fprintf(flushed, "printed first\n");
	put(flushed, "a line behind it\n");
	fflush(flushed);
	lines(flushed, 20);
	fflush(NULL);
	lines(flushed, 20);
	fflush_unlocked(flushed);
	put(flushed, "half");
	fflush(flushed);
	put(flushed, " a line\n");
	lines(small, 100);
	lines(written, 300);
	lines(stdout, 300);
	printf("%d\n", ftell(app) > 0 && ftell(small) > 0);
	put(app, "behind ftell\n");
	fseek(app, 0, SEEK_END);
	put(app, "behind fseek\n");
	put(stderr, "to standard error\n");
	put(app, "no newline at the end");
	return fclose(app) | fclose(flushed) | fclose(small) | fclose(written);
}
