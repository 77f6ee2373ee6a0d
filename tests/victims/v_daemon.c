/* Becomes a daemon: closes everything, forks twice, logs to a file and to the null device.
 * FILES: app.log:all */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	fprintf(stderr, "becomes a daemon\n");
	int ends[2];
	pipe(ends);
	pid_t pid = fork();
	if (pid) {
		char c;
		close(ends[1]);
		waitpid(pid, NULL, 0);
		return read(ends[0], &c, 1); /* waits until the daemon is gone */
	}
	setsid();
	dup2(ends[1], 0);
	if (fork())
		_exit(0);
	closefrom(1);
	open("/dev/null", O_WRONLY);
	dup(1);
	fprintf(stderr, "nobody reads this\n");
	FILE *log = fopen("app.log", "a");
	fprintf(log, "the daemon's descriptor is %d\n", fileno(log));
	for (int i = 0; i < 10; i++)
		fprintf(log, "the daemon logs %d\n", i);
	fclose(log);
	return 0;
}
