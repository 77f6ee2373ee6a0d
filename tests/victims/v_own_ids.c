/* Lines that have a trace id keep it.
 * STAMPED: none */
#include <stdio.h>

int main(void)
{
	fputs("text trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331\n", stderr);
	fputs("dd.trace_id=2764983456238456 dd.span_id=9238475 hello\n", stderr);
	fputs("[trace.id=0af7651916cd43dd8448eb211c80319c] elastic\n", stderr);
	return 0;
}
