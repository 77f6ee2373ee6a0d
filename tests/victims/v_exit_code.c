/* Ends with a code of its own. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	fprintf(stderr, "no such order\n");
	exit(3);
}
