/* Lines up to 200 kB, at once and in pieces.
 * STAMPED: any */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char line[200001];

int main(void)
{
	static const int sizes[] = { 100, 4000, 4095, 4096, 4097, 65535, 65536, 65537, 200000 };
	memset(line, 'x', sizeof(line));
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fprintf(stderr, "%d: %.*s\n", sizes[i], sizes[i], line);
		fputs("short\n", stderr);
		line[sizes[i] - 1] = '\n';
		for (int done = 0; done < sizes[i];)
			done += write(2, line + done, sizes[i] - done);
		line[sizes[i] - 1] = 'x';
		printf("%d: %.*s\n", sizes[i], sizes[i], line);
	}
	return 0;
}
