/* Random calls of stdio on a few FILEs, told one a line on descriptor 9: what each returned, errno,
 * and where the FILE is. The same seed makes the same calls, so two runs can be compared.
 * usage: random SEED exact|stamped 9>results: stamped leaves out what tells how long a file is */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 5, TEXT_BYTES = 20000 };

static struct {
	FILE *file;
	int reads;
} slots[FILES];
static char text[TEXT_BYTES + 1], buffers[FILES][9000];
static uint64_t state;
static int exact, opened;

static unsigned any(unsigned n)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return (unsigned)((state * 2685821657736338717ull) >> 33) % n;
}

static void tell(const char *format, ...)
{
	char line[200];
	va_list args;
	va_start(args, format);
	int saved = errno, n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(9, line, (size_t)n) != n)
		_exit(99);
	errno = saved;
}

/* Lines, and sometimes the middle of one. */
static size_t make_text(size_t most)
{
	static const unsigned sizes[] = { 3, 40, 40, 100, 100, 600, 5000, TEXT_BYTES };
	size_t n = any(sizes[any(8)]);

	n = n < most ? n : most;
	for (size_t i = 0; i < n; i++)
		text[i] = any(50) ? (char)('a' + any(26)) : '\n';
	if (n && any(3))
		text[n - 1] = '\n';
	text[n] = 0;
	return n;
}

static void open_slot(unsigned i)
{
	static const char *const modes[] = { "a", "a", "a", "w", "a+", "w+" };
	static const char *const ends[] = { ".log", ".log", ".txt" };
	const char *mode = modes[any(exact ? 6 : 4)];
	char name[40];

	snprintf(name, sizeof(name), "f%d%s", opened, ends[opened % 3]);
	opened++;
	slots[i].file = fopen(name, mode);
	slots[i].reads = mode[1] == '+';
	if (slots[i].file && any(2))
		setvbuf(slots[i].file, buffers[i], any(4) ? _IOFBF : _IOLBF, 130 + any(8800));
	tell("open %s %s\n", name, mode);
}

static void inlined(FILE *file, const char *s)
{
	for (; *s; s++)
		putc_unlocked(*s, file);
}

static long print(FILE *file)
{
	size_t n = make_text(TEXT_BYTES);

	switch (any(9)) {
	case 0:
	case 1:
		inlined(file, text);
		return (long)n;
	case 2:
		return fputs(text, file);
	case 3:
		return fputs_unlocked(text, file);
	case 4:
		return (long)fwrite(text, 1 + any(3), n / 3, file);
	case 5:
		return (long)fwrite_unlocked(text, 1, n, file);
	case 6:
		return fprintf(file, "%d %.*s\n", (int)n, (int)any(1000), text);
	case 7:
		return putc(any(3) ? 'p' : '\n', file);
	default:
		flockfile(file);
		inlined(file, "[");
		fprintf(file, "%u", any(100));
		inlined(file, "]\n");
		funlockfile(file);
		return 0;
	}
}

static long move(FILE *file, int reads)
{
	switch (any(4)) {
	case 0:
		return exact ? fseek(file, -(long)any(300), SEEK_END) : 0;
	case 1:
		return exact ? ftell(file) : 0;
	case 2:
		if (!reads || fseek(file, -(long)any(300), SEEK_END))
			return -2;
		for (long sum = 0;;) {
			int c = any(60) ? fgetc(file) : EOF;
			sum = sum * 31 + c;
			if (c == EOF)
				return fseek(file, 0, SEEK_END) ? -3 : sum;
		}
	default:
		return ferror(file);
	}
}

static void child(FILE *file)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		fprintf(file, "of a child\n");
		inlined(file, "and this\n");
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

static long step(unsigned i)
{
	FILE *file = slots[i].file;

	switch (any(24)) {
	case 0:
	case 1:
		return fflush(file);
	case 2:
		return fflush(NULL);
	case 3:
		return fflush_unlocked(file);
	case 4:
	case 5:
	case 6:
		return move(file, slots[i].reads);
	case 7:
		slots[i].file = NULL;
		return fclose(file);
	case 8:
		if (any(4) == 0)
			child(file);
		return 0;
	case 9:
		clearerr(file);
		return 0;
	default:
		return print(file);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	exact = !strcmp(argv[2], "exact");
	state = strtoull(argv[1], NULL, 10) * 0x9E3779B97F4A7C15ull + 1;
	any(2);
	/* Files that may not grow: what fails, and how, must be the same. */
	struct rlimit small = { 1000 + any(30000), RLIM_INFINITY };
	signal(SIGXFSZ, SIG_IGN);
	if (exact && any(3) == 0)
		setrlimit(RLIMIT_FSIZE, &small);
	for (int n = 0; n < 150; n++) {
		unsigned i = any(FILES);
		errno = 77;
		if (!slots[i].file)
			open_slot(i);
		else
			tell("%d: %ld", n, step(i));
		tell(" errno %d\n", errno);
	}
	return 0;
}
