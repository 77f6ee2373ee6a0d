/* Ends by abort(). */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	fprintf(stderr, "about to abort\n");
	printf("data that is never flushed");
	abort();
}
