/* The unlocked calls, under the program's own lock. */
#include <stdio.h>
#include <string.h>

int main(void)
{
	for (int i = 0; i < 100; i++) {
		flockfile(stderr);
		fputs_unlocked("fputs_unlocked ", stderr);
		fwrite_unlocked("fwrite_unlocked ", 1, 16, stderr);
		fprintf(stderr, "fprintf inside the lock %d\n", i);
		fflush_unlocked(stderr);
		funlockfile(stderr);
	}
	printf("%d %d\n", ferror_unlocked(stderr), feof_unlocked(stderr));
	return 0;
}
