/* Overwrites its arguments and its environment, as programs that set their title do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv)
{
	fprintf(stderr, "before\n");
	char *end = argv[0];
	for (char **each = environ; *each; each++)
		end = *each + strlen(*each);
	memset(argv[0], 'X', end - argv[0]);
	fprintf(stderr, "after the memory was used\n");
	clearenv();
	fprintf(stderr, "after clearenv\n");
	return 0;
}
