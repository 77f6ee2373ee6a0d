/* Its reader goes away. First with SIGPIPE ignored, then not. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	int ends[2];
	pipe(ends);
	close(ends[0]);
	dup2(ends[1], 2);
	signal(SIGPIPE, SIG_IGN);
	int n = write(2, "nobody reads\n", 13);
	printf("%d %s\n", n, strerror(errno));
	n = fprintf(stderr, "nobody reads\n");
	printf("%d %s\n", n < 0 ? -1 : n, strerror(errno));
	fflush(stdout);
	signal(SIGPIPE, SIG_DFL);
	write(2, "deadly\n", 7);
	return 9;
}
