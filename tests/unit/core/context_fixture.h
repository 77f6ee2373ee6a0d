/* The ids that tests of lib/core use, as bytes and as text. */
#ifndef LSP_TESTS_CONTEXT_FIXTURE_H
#define LSP_TESTS_CONTEXT_FIXTURE_H

#include "lib/core/context.h"

#define TRACE_HEX   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN_HEX    "00f067aa0ba902b7"
#define TRACEPARENT "00-" TRACE_HEX "-" SPAN_HEX "-01"

static const struct lsp_context known = {
	.trace_id = { 0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e,
		0x0e, 0x47, 0x36 },
	.span_id = { 0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7 },
	.flags = LSP_FLAG_SAMPLED,
	.source = LSP_SOURCE_OTEL,
};

/* A small generator of its own, so that a failing case can be made again from its number. */
static inline unsigned test_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(*state >> 33);
}

#endif
