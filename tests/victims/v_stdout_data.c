/* Standard output is data in each way it can be written. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static const int modes[] = { _IOFBF, _IOLBF, _IONBF };
	for (int i = 0; i < 3; i++) {
		fflush(stdout);
		setvbuf(stdout, NULL, modes[i], modes[i] == _IONBF ? 0 : 1024);
		printf("printf %d\n", i);
		puts("puts");
		fputs("fputs\n", stdout);
		fwrite("fwrite\n", 1, 7, stdout);
		for (const char *c = "putchar\n"; *c; c++)
			putchar(*c);
		fflush(stdout);
		write(1, "write\n", 6);
		dprintf(1, "dprintf\n");
		fprintf(stdout, "{\"json\":%d}\n", i);
	}
	fprintf(stderr, "data was written\n");
	return 0;
}
