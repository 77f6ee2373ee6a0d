/* Runs with standard output closed, gets its number back, and closes standard error at the end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	close(1);
	setvbuf(stdout, NULL, _IONBF, 0);
	int n = printf("to nobody\n");
	fprintf(stderr, "printf: %d, %s\n", n, strerror(errno));
	errno = 0;
	n = write(1, "to nobody\n", 10);
	fprintf(stderr, "write: %d, %s\n", n, strerror(errno));
	int fd = open("/dev/null", O_WRONLY);
	fprintf(stderr, "the next descriptor is %d\n", fd);
	fprintf(stderr, "and the next %d\n", open("/dev/null", O_WRONLY));
	clearerr(stdout);
	fprintf(stderr, "printf: %d\n", printf("to the null device\n"));
	fclose(stderr);
	return write(2, "lost\n", 5) < 0 ? 0 : 9;
}
