/* Threads that log side by side, each in a span of its own that it changes every hundred lines:
 * writers THREADS LINES pipe|file. A line says who wrote it, the how manieth it is and which span
 * it is of; the stamp has to say the same. Odd threads write(), even ones print. */
#include <linespan.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long lines;
static int out;
static FILE *stream;

static void name_of(const struct linespan_context *c, char name[17])
{
	for (int i = 0; i < 8; i++)
		snprintf(name + 2 * i, 3, "%02x", c->span_id[i]);
}

static void *work(void *arg)
{
	long me = (long)arg;
	struct linespan_span span;
	char name[17], line[256];

	for (long i = 0; i < lines; i++) {
		if (i % 100 == 0) {
			if (i)
				linespan_span_end(&span);
			linespan_span_begin(&span, "hundred lines", LINESPAN_INTERNAL);
			name_of(&span.context, name);
		}
		int n = snprintf(line, sizeof(line), "p=%d t=%ld i=%ld of=%s %.*s\n", getpid(), me,
			i, name, (int)(i % 80),
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		if (me % 2 == 0)
			fputs(line, stream);
		else if (write(out, line, (size_t)n) != n)
			_exit(3);
	}
	linespan_span_end(&span);
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[1]);
	pthread_t thread[64];

	(void)argc;
	lines = atol(argv[2]);
	if (strcmp(argv[3], "file") == 0) {
		out = open("app.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
		stream = fopen("app.log", "a");
		setvbuf(stream, NULL, _IOLBF, 0);
	} else {
		out = STDERR_FILENO;
		stream = stderr;
	}
	/* Half of the writers are in another process. */
	pid_t child = fork();
	for (long t = 0; t < threads; t++)
		pthread_create(&thread[t], NULL, work, (void *)t);
	for (int t = 0; t < threads; t++)
		pthread_join(thread[t], NULL);
	fflush(stream);
	if (child == 0)
		_exit(0);
	return 0;
}
