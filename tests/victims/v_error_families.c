/* Every call of libc that writes a whole message to standard error. */
#include <err.h>
#include <errno.h>
#include <error.h>
#include <stdarg.h>
#include <stdio.h>

static void by_list(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
}

int main(void)
{
	errno = ENOENT;
	perror("perror");
	errno = EACCES;
	perror(NULL);
	warn("warn %d", 1);
	warnx("warnx %s", "two");
	by_list("vwarnx %d", 3);
	errno = EPERM;
	error(0, EIO, "error %d", 4);
	error(0, 0, "error without a number");
	error_at_line(0, ENOSPC, "main.c", 42, "error_at_line");
	error_at_line(0, 0, "main.c", 42, "again");
	error_one_per_line = 1;
	error_at_line(0, 0, "main.c", 43, "once");
	error_at_line(0, 0, "main.c", 43, "once");
	dprintf(2, "dprintf %d\n", 5);
	fprintf(stderr, "%u messages by error()\n", error_message_count);
	errno = -5;
	warn("a number that is none");
	errno = -1;
	perror("another one");
	error(0, -5, "and one more");
	errno = EMFILE;
	err(3, "the end");
}
