/* One JSON object a line, and lines that only look so. */
#include <stdio.h>

int main(void)
{
	fputs("{\"level\":\"info\",\"msg\":\"hello\"}\n", stderr);
	fputs("{\"level\":\"error\",\"nested\":{\"a\":[1,2,{}]},\"text\":\"a \\\" } {\"}\n",
		stderr);
	fputs("{}\n", stderr);
	fputs("plain text with {braces}\n", stderr);
	return 0;
}
