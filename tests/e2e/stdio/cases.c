/* What a shim that looks into FILEs can get wrong, one case a line: the name, and what came of it.
 * usage: cases FOLDER */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

static FILE *out; /* of the results */

static FILE *open_log(const char *name, int kind, size_t bytes)
{
	FILE *file = fopen(name, "a");
	setvbuf(file, NULL, kind, bytes);
	return file;
}

static long size_of(FILE *file)
{
	struct stat st;
	return fstat(fileno(file), &st) ? -1 : (long)st.st_size;
}

/* Two FILEs of one file: the order in which fflush(NULL) flushes shows. */
static void order_of_all(void)
{
	FILE *first = open_log("order.log", _IOFBF, 4096), *second = fopen("order.log", "r+");
	char text[100] = "";

	fputs("older\n", first);
	fputs("n", second);
	fflush(NULL);
	rewind(second);
	fprintf(out, "order of fflush(NULL): %.3s\n", fgets(text, sizeof(text), second));
}

static void position_after_all(void)
{
	FILE *file = fopen("position.log", "w");

	fputs("12345678", file);
	fflush(NULL);
	lseek(fileno(file), 3, SEEK_SET); /* libc remembers where it was */
	fflush(NULL);
	fprintf(out, "position after fflush(NULL): %ld\n", ftell(file));
}

static FILE *locked;
static pthread_barrier_t at;

static void *lock_it(void *unused)
{
	flockfile(locked);
	pthread_barrier_wait(&at);
	pthread_barrier_wait(&at);
	funlockfile(locked);
	return unused;
}

/* A FILE whose host does the locking: nobody waits for libc's lock. */
static void lock_of_the_host(void)
{
	pthread_t thread;

	locked = open_log("host.log", _IOFBF, 4096);
	fputs("first\n", locked);
	__fsetlocking(locked, FSETLOCKING_BYCALLER);
	pthread_barrier_init(&at, NULL, 2);
	pthread_create(&thread, NULL, lock_it, NULL);
	pthread_barrier_wait(&at);
	fprintf(locked, "by the host\n");
	putc_unlocked('\n', locked);
	fprintf(out, "the host's lock: %d %d\n", fflush(locked), fflush(NULL));
	pthread_barrier_wait(&at);
	pthread_join(thread, NULL);
}

#define TRY(call)                                                                                  \
	do {                                                                                       \
		clearerr(file);                                                                    \
		errno = 0;                                                                         \
		long ret = (long)(call);                                                           \
		fprintf(out, "%s = %ld errno %d error %d\n", #call, ret, errno, !!ferror(file));   \
	} while (0)

/* A file that may not grow: each call fails in its own way. */
static void flushes_that_fail(int kind)
{
	struct rlimit before, none = { 0, 0 };
	FILE *file = open_log("full.log", kind, 4096);

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	TRY(fputs("a\n", file));
	TRY(fprintf(file, "%d\n", 7));
	TRY(putc('\n', file));
	TRY(putc_unlocked('\n', file));
	TRY(fwrite("c\n", 1, 2, file));
	TRY(fputs("x\ny", file));
	TRY(fflush(file));
	setrlimit(RLIMIT_FSIZE, &before);
}

static void messages(void)
{
	static char room[8192];

	fprintf(out, "orientation before %d\n", fwide(stderr, 0));
	errno = 2;
	perror("first");
	fprintf(out, "orientation behind perror() %d\n", fwide(stderr, 0));
	setvbuf(stderr, room, _IOFBF, sizeof(room));
	fputs("text\n", stderr);
	long before = size_of(stderr);
	warnx("w");
	errno = 2;
	warn("w");
	perror("p");
	psignal(2, "s");
	fprintf(out, "messages wait in the buffer: %d\n", size_of(stderr) == before);
}

static void big_text(void)
{
	static char text[20000];
	struct rlimit before, some = { 5000, RLIM_INFINITY };
	FILE *file = fopen("big.log", "w");

	memset(text, '\n', sizeof(text));
	getrlimit(RLIMIT_FSIZE, &before);
	some.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &some);
	fprintf(out, "more than the file may have: %zu\n", fwrite(text, 1, sizeof(text), file));
	setrlimit(RLIMIT_FSIZE, &before);
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) || !(out = fopen("results.txt", "w")))
		return 2;
	alarm(20);
	order_of_all();
	position_after_all();
	lock_of_the_host();
	flushes_that_fail(_IOLBF);
	flushes_that_fail(_IOFBF);
	flushes_that_fail(_IONBF);
	messages();
	big_text();
	return 0;
}
