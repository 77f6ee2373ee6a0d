/* Log files with a full buffer: lines get their stamp when they are printed, not when flushed.
 * FILES: app.log:all written.log:any */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	static char room[300];
	FILE *log = fopen("app.log", "a");
	FILE *written = fopen("written.log", "w");
	setvbuf(log, room, _IOFBF, sizeof(room));
	for (int i = 0; i < 2000; i++) {
		fprintf(log, "line %d %.*s\n", i, i % 250,
			"............................................"
			".........................................................................."
			".."
			".........................................................................."
			".."
			".........................................................................."
			"..");
		fputs("a line by fputs\n", log);
		fprintf(written, "line %d\n", i);
		if (i % 500 == 0)
			fflush(log);
	}
	fprintf(log, "not flushed before the fork\n");
	fflush(NULL);
	if (fork() == 0) {
		fprintf(log, "of the child\n");
		exit(0);
	}
	wait(NULL);
	return fclose(log) | fclose(written);
}
