/* Prints lines by putc_unlocked(), which is inlined: to standard output, and to a log that is not
 * only appended to. usage: prints env|tls|late: where the context comes from, and when */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) __thread void *otel_thread_ctx_v1;
static unsigned char record[640] __attribute__((aligned(2)));

static void put(FILE *file, const char *who, int i)
{
	char line[100];

	snprintf(line, sizeof(line), "%s line %04d\n", who, i);
	for (const char *c = line; *c; c++)
		putc_unlocked(*c, file);
}

static void publish(void)
{
	memset(record, 0xab, 24);
	record[24] = 1;
	otel_thread_ctx_v1 = record;
}

int main(int argc, char **argv)
{
	FILE *written = fopen("written.log", "w");
	const char *how = argc > 1 ? argv[1] : "env";

	if (!written)
		return 2;
	if (!strcmp(how, "tls"))
		publish();
	for (int i = 0; i < 1000; i++) {
		put(stdout, "out", i);
		put(written, "written", i);
		if (i == 500)
			printf("out by printf\n");
	}
	if (!strcmp(how, "late"))
		publish();
	put(stdout, "out", 1000);
	return fclose(written) != 0;
}
