#include "lib/core/carriers.h"
#include "lib/core/hex.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define T32 "0af7651916cd43dd8448eb211c80319c"
#define T16 "8448eb211c80319c"
#define S16 "b7ad6b7169203331"
#define LOW "00000000000000008448eb211c80319c"
#define P16 "00f067aa0ba902b7"

/* Headers of a request, and "trace span flags" of its context; a word begins a failure. */
static const struct {
	const char *headers, *context;
} cases[] = {
	{ "", "none" },
	{ "Traceparent: 00-" T32 "-" S16 "-01\r\n", T32 " " S16 " 1" },
	{ "Traceparent: 00-" T32 "-" S16 "-01\r\nb3: " T16 "-" P16 "-0\r\n", T32 " " S16 " 1" },
	{ "Traceparent: nonsense\r\n", "bad" },
	{ "Traceparent: nonsense\r\nb3: " T32 "-" S16 "-1\r\n", T32 " " S16 " 1" },
	/* b3 in one header */
	{ "b3: " T32 "-" S16 "\r\n", T32 " " S16 " 0" },
	{ "B3: " T32 "-" S16 "-1\r\n", T32 " " S16 " 1" },
	{ "b3: " T32 "-" S16 "-d\r\n", T32 " " S16 " 1" },
	{ "b3: " T32 "-" S16 "-0-" P16 "\r\n", T32 " " S16 " 0" },
	{ "b3: " T16 "-" S16 "-1\r\n", LOW " " S16 " 1" },
	{ "b3: 0\r\n", "none" },
	{ "b3: d\r\n", "none" },
	{ "b3: " T32 "\r\n", "bad" },
	{ "b3: " T32 "-" S16 "-x\r\n", "bad" },
	{ "b3: " T32 "-123\r\n", "bad" },
	{ "b3: 00000000000000000000000000000000-" S16 "\r\n", "bad" },
	{ "b3: " T32 "-0000000000000000-1\r\n", "bad" },
	/* … in several */
	{ "X-B3-TraceId: " T32 "\r\nX-B3-SpanId: " S16 "\r\nX-B3-Sampled: 1\r\n",
		T32 " " S16 " 1" },
	{ "X-B3-TraceId: " T16 "\r\nX-B3-SpanId: " S16 "\r\nX-B3-Sampled: false\r\n",
		LOW " " S16 " 0" },
	{ "X-B3-TraceId: " T32 "\r\nX-B3-SpanId: " S16 "\r\nX-B3-Flags: 1\r\n", T32 " " S16 " 1" },
	{ "X-B3-TraceId: " T32 "\r\n", "bad" },
	{ "X-B3-SpanId: " S16 "\r\n", "bad" },
	{ "X-B3-TraceId: 123\r\nX-B3-SpanId: " S16 "\r\n", "bad" },
	{ "X-B3-Sampled: 0\r\n", "none" },
	{ "X-B3-TraceId: " T32 "\r\nX-B3-TraceId: " T32 "\r\nX-B3-SpanId: " S16 "\r\n", "bad" },
	/* Jaeger */
	{ "uber-trace-id: " T32 ":" S16 ":0:1\r\n", T32 " " S16 " 1" },
	{ "uber-trace-id: " T16 ":b7:0:0\r\n", LOW " 00000000000000b7 0" },
	{ "uber-trace-id: " T32 "%3A" S16 "%3a0%3A3\r\n", T32 " " S16 " 1" },
	{ "uber-trace-id: 0:1:0:1\r\n", "bad" },
	{ "uber-trace-id: " T32 ":" S16 ":0\r\n", "bad" },
	{ "uber-trace-id: " T32 "0:" S16 ":0:1\r\n", "bad" },
	{ "uber-trace-id: " T32 ":" S16 ":0:x\r\n", "bad" },
	/* Datadog: 9532127138774266268 is the low half of T32, 13235353014750950193 is S16 */
	{ "x-datadog-trace-id: 9532127138774266268\r\nx-datadog-parent-id: 13235353014750950193\r\n"
	  "x-datadog-sampling-priority: 1\r\n",
		LOW " " S16 " 1" },
	{ "x-datadog-trace-id: 9532127138774266268\r\nx-datadog-parent-id: 13235353014750950193\r\n"
	  "x-datadog-tags: _dd.p.dm=-1,_dd.p.tid=0af7651916cd43dd\r\n",
		T32 " " S16 " 0" },
	{ "x-datadog-trace-id: 9532127138774266268\r\nx-datadog-parent-id: 13235353014750950193\r\n"
	  "x-datadog-tags: _dd.p.tid=0af765\r\nx-datadog-sampling-priority: -1\r\n",
		LOW " " S16 " 0" },
	{ "x-datadog-trace-id: 9532127138774266268\r\n", LOW " 0000000000000000 0" },
	{ "x-datadog-trace-id: 0\r\nx-datadog-parent-id: 1\r\n", "bad" },
	{ "x-datadog-trace-id: 99999999999999999999\r\nx-datadog-parent-id: 1\r\n", "bad" },
	{ "x-datadog-trace-id: 12a\r\nx-datadog-parent-id: 1\r\n", "bad" },
	{ "x-datadog-trace-id: 1\r\nx-datadog-parent-id: -1\r\n", "bad" },
	/* X-Ray */
	{ "X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" S16 ";Sampled=1\r\n",
		T32 " " S16 " 1" },
	{ "X-Amzn-Trace-Id: Self=1-1-1; Sampled=?; Root=1-0af76519-16cd43dd8448eb211c80319c\r\n",
		T32 " 0000000000000000 0" },
	{ "X-Amzn-Trace-Id: Parent=" S16 "\r\n", "bad" },
	{ "X-Amzn-Trace-Id: Root=2-0af76519-16cd43dd8448eb211c80319c\r\n", "bad" },
	{ "X-Amzn-Trace-Id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=1\r\n", "bad" },
	{ "X-Amzn-Trace-Id: Root=1-00000000-000000000000000000000000\r\n", "bad" },
};

static void read_case(const char *headers, char *got, size_t cap)
{
	char request[1024], trace[33] = "", span[17] = "";
	struct lsp_context c, before;
	struct lsp_http_head h;
	int n, r;

	n = snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n%s\r\n", headers);
	lsp_http_head_reset(&h);
	cr_assert_eq(lsp_http_head_feed(&h, request, (size_t)n), (size_t)n);
	cr_assert_eq(h.state, LSP_HTTP_DONE);
	memset(&c, 'x', sizeof(c));
	before = c;
	r = lsp_carriers_read(&h, &c);
	if (r) {
		snprintf(got, cap, "%s", r == -ENOENT ? "none" : r == -EINVAL ? "bad" : "?");
		cr_expect_eq(memcmp(&before, &c, sizeof(c)), 0);
		return;
	}
	lsp_hex_encode(trace, c.trace_id, 16);
	lsp_hex_encode(span, c.span_id, 8);
	snprintf(got, cap, "%s %s %u", trace, span, c.flags);
}

Test(carriers, reads_every_form_and_refuses_what_is_none)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[128];

		read_case(cases[i].headers, got, sizeof(got));
		cr_expect_str_eq(got, cases[i].context, "%s: %s", cases[i].headers, got);
	}
}
