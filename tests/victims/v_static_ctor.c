/* Logs before main and after it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor(101))) static void early(void)
{
	fprintf(stderr, "constructor: logs\n");
	printf("constructor: data\n");
}

__attribute__((destructor)) static void late(void)
{
	fprintf(stderr, "destructor: logs\n");
	printf("destructor: data\n");
}

static void at_exit(void)
{
	write(2, "atexit: logs\n", 13);
}

int main(void)
{
	atexit(at_exit);
	fprintf(stderr, "main: logs\n");
	return 0;
}
