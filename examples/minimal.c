/* The smallest use of linespan.h: one span, and a line inside it.
 *
 *	cc minimal.c $(pkg-config --cflags --libs linespan) -o minimal
 *	linespan run --stdout on ./minimal 4711 | cat
 *
 * Under the shim the line between begin and end carries the span's ids; the others do not. */
#include <linespan.h>
#include <stdio.h>
#include <stdlib.h>

static int charge(const char *order)
{
	if (atoi(order) <= 0)
		return -1;
	printf("charged order %s\n", order);
	return 0;
}

int main(int argc, char **argv)
{
	struct linespan_span span;
	char traceparent[LINESPAN_TRACEPARENT_CHARS + 1];
	const char *order = argc > 1 ? argv[1] : "4711";
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("starting\n");

	linespan_span_begin(&span, "charge card", LINESPAN_INTERNAL);
	linespan_span_set_string(&span, "order.id", order);
	linespan_traceparent_format(&span.context, traceparent, sizeof(traceparent));
	failed = charge(order);
	if (failed)
		linespan_record_error(&span, "BadOrder", "an order's number is positive");
	linespan_span_end(&span);

	printf("done: %s\n", traceparent);
	return failed ? 1 : 0;
}
