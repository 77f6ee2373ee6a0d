/* A daemon keeps a copy of standard error, and puts something else in its place.
 * FILES: data.bin:none */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int log = fcntl(2, F_DUPFD_CLOEXEC, 20);
	int data = open("data.bin", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int pair[2];
	write(log, "by the copy\n", 12);
	write(2, "by itself\n", 10);
	dprintf(log, "by the copy, %s\n", "formatted");
	FILE *f = fdopen(dup(log), "a");
	fprintf(f, "by the copy's FILE\n");
	fclose(f);
	write(data, "data\n", 5);
	pipe(pair);
	write(pair[1], "data in a pipe\n", 15);
	char back[64];
	ssize_t n = read(pair[0], back, sizeof(back));
	dprintf(2, "%zd bytes came back\n", n);
	return 0;
}
