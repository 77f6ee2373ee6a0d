/* What the calls return, and errno, are the program's own.
 * FILES: app.log:all */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wchar.h>

#define SHOW(call)                                                                                 \
	do {                                                                                       \
		errno = 77;                                                                        \
		long result = (long)(call);                                                        \
		int number = errno;                                                                \
		printf("%s = %ld, errno %d\n", #call, result, number);                             \
	} while (0)

static void all(FILE *file)
{
	SHOW(fprintf(file, "number %d\n", 12345));
	SHOW(fprintf(file, "%s\n%s\n", "two", "lines"));
	SHOW(fprintf(file, "no newline"));
	SHOW(fputs(" ends\n", file) >= 0);
	SHOW(fwrite("abc\n", 2, 2, file));
	SHOW(fwrite("abc\n", 4, 0, file));
	SHOW(fputc('x', file));
	SHOW(putc('\n', file));
	SHOW(fflush(file));
	SHOW(ferror(file));
	SHOW(write(fileno(file), "line\n", 5));
	SHOW(write(fileno(file), "two\nlines\n", 10));
	SHOW(write(fileno(file), "", 0));
	SHOW(dprintf(fileno(file), "dprintf %d\n", 1));
}

int main(void)
{
	FILE *log = fopen("app.log", "a");
	all(stderr);
	all(log);
	SHOW((perror("perror"), 0));
	int saved = dup(2), nowhere = open("/dev/full", O_WRONLY);
	dup2(nowhere, 2);
	SHOW((perror("nowhere"), 0));
	SHOW((psignal(SIGINT, "nowhere"), 0));
	close(2);
	SHOW((perror("closed"), 0));
	SHOW((psignal(SIGINT, "closed"), 0));
	dup2(saved, 2);
	SHOW(ftell(log) > 0);
	SHOW(fclose(log));
	SHOW(write(99, "x\n", 2));
	SHOW(write(2, NULL, 5));
	FILE *full = fopen("/dev/full", "a");
	setvbuf(full, NULL, _IONBF, 0);
	SHOW(fprintf(full, "line\n"));
	SHOW(fputs("line\n", full));
	SHOW(fwrite("line\n", 1, 5, full));
	SHOW(write(fileno(full), "line\n", 5));
	FILE *reading = fopen("/dev/null", "r");
	SHOW(fprintf(reading, "line\n"));
	SHOW(fputc('x', reading));
	SHOW(puts("puts") >= 0);
	SHOW(putchar('x'));
	return 0;
}
