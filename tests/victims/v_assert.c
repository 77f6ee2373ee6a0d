/* Ends by a failed assertion, whose message libc writes.
 * STAMPED: some */
#include <assert.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	fprintf(stderr, "about to assert\n");
	assert(argc == 42);
	return 0;
}
