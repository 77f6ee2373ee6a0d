/* Text of JSON that is not one object a line stays as it is.
 * STAMPED: none */
#include <stdio.h>

int main(void)
{
	fputs("{\n  \"pretty\": true,\n  \"list\": [\n    1\n  ]\n}\n", stderr);
	fputs("[1,2,3]\n", stderr);
	fputs("{\"a\":1}{\"b\":2}\n", stderr);
	fputs("{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"msg\":\"has its own\"}\n",
		stderr);
	fputs("{\"dd.trace_id\":\"123456789\",\"msg\":\"has its own\"}\n", stderr);
	return 0;
}
