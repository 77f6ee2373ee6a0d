/* Its last line has no newline. */
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "a whole line\n");
	fprintf(stderr, "a line that never ends");
	printf("data that never ends");
	return 0;
}
