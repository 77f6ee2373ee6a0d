/* Threads that print lines to one log, character by character and otherwise, each line in a span
 * of its own or in none, and flush it now and then in every way. usage: chars LOG SEED */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, LINES = 3000 };

__attribute__((visibility("default"))) __thread void *otel_thread_ctx_v1;
static __thread unsigned char record[640] __attribute__((aligned(2)));
static FILE *file;
static unsigned seed;

static void publish(unsigned char n)
{
	volatile unsigned char *valid = &record[24];

	*valid = 0;
	otel_thread_ctx_v1 = n ? record : NULL;
	memset(record, n, 16);
	memset(record + 16, (unsigned char)(n + 0x80), 8);
	record[25] = 1;
	*valid = n != 0;
}

static void put(const char *line)
{
	flockfile(file);
	while (*line)
		putc_unlocked(*line++, file);
	funlockfile(file);
}

static void say(const char *line, unsigned how)
{
	switch (how % 8) {
	case 0:
		fputs(line, file);
		break;
	case 1:
		fprintf(file, "%s", line);
		break;
	case 2:
		put(line);
		fflush(file);
		break;
	default:
		put(line);
	}
}

static void *work(void *number)
{
	unsigned state = seed * 31 + (unsigned)(uintptr_t)number;
	char line[400];

	for (int i = 0; i < LINES; i++) {
		unsigned n = (unsigned)rand_r(&state) % 4 ? 1 + (unsigned)rand_r(&state) % 127 : 0;
		int pad = rand_r(&state) % 20 ? rand_r(&state) % 60 : 300;

		publish((unsigned char)n);
		memset(line, 't', (size_t)pad + 1);
		snprintf(line + pad + 1, sizeof(line) - (size_t)pad - 1, " %02x\n", n);
		say(line, (unsigned)rand_r(&state));
		publish(0);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	file = argc == 3 ? fopen(argv[1], "a") : NULL;
	if (!file)
		return 2;
	seed = (unsigned)atoi(argv[2]);
	put("begins 00\n");
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return fclose(file) != 0;
}
