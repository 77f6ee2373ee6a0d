/* Ends by a failed assertion.
 * RECORD: assert */
#include <assert.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	fprintf(stderr, "about to assert\n");
	assert(argc == 42);
	return 0;
}
