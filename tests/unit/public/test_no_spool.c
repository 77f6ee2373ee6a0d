/* A process whose spool is not there: everything works, nothing is recorded. */
#include "ring_look.h"

#include <errno.h>

__attribute__((constructor(102))) static void lose_spool(void)
{
	setenv("LINESPAN_DIR", "/nonexistent/spool", 1);
}

Test(no_spool, spans_nest_and_say_that_they_are_dropped)
{
	struct linespan_span outer, inner;
	struct linespan_context c;

	cr_assert_eq(linespan_span_begin(&outer, "outer", LINESPAN_SERVER), 0);
	cr_assert_eq(linespan_span_begin(&inner, "inner", LINESPAN_CLIENT), 0);
	cr_expect_eq(linespan_record_error(&inner, "kind", "message"), -ENOENT);
	cr_expect_eq(linespan_span_end(&inner), -ENOENT);
	cr_assert_eq(linespan_current(&c), 0);
	cr_expect_arr_eq(&c, &outer.context, sizeof(c));
	cr_expect_eq(linespan_span_end(&outer), -ENOENT);
	cr_expect_eq(linespan_current(&c), -ENOENT);
}
