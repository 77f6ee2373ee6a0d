/* A log that is rotated by rename, by copy and truncate, and opened again in each way.
 * FILES: app.log:all app.log.1:all raw.log:all */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	FILE *log = fopen("app.log", "a");
	for (int i = 0; i < 10; i++)
		fprintf(log, "before the rotation %d\n", i);
	fflush(log);
	rename("app.log", "app.log.1");
	fprintf(log, "after the rename\n");
	log = freopen("app.log", "a", log);
	fprintf(log, "after freopen\n");
	fclose(log);
	log = fopen("app.log", "a");
	fprintf(log, "after fopen\n");
	fclose(log);

	int fd = open("raw.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (int i = 0; i < 10; i++) {
		write(fd, "a line to be truncated\n", 23);
		if (i == 4)
			truncate("raw.log", 0);
	}
	close(fd);
	fprintf(stderr, "the descriptor was %d\n", fd);
	return 0;
}
