/* HTTP/1.x heads and bodies: the same answer however the bytes are split. */
#include "guard_page.h"
#include "lib/core/http_message.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Feeds text in pieces of `step` bytes, each of which ends at an unmapped page. Returns the bytes
 * that the head took. */
static size_t feed(struct lsp_http_head *h, const char *text, size_t n, size_t step)
{
	size_t taken = 0;

	memset(h, 0, sizeof(*h));
	while (taken < n && h->state == LSP_HTTP_MORE) {
		size_t piece = n - taken < step ? n - taken : step;

		taken += lsp_http_head_feed(h, guard_page_copy(text + taken, piece), piece);
	}
	return taken;
}

static bool value_is(const struct lsp_http_head *h, enum lsp_http_header which, const char *text)
{
	return h->value_bytes[which] == strlen(text) &&
	       memcmp(lsp_http_value(h, which), text, strlen(text)) == 0;
}

#define TP "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static const struct {
	const char *text;
	enum lsp_http_state state;
	bool request;
	unsigned status;
	const char *traceparent;
} heads[] = {
	{ "GET / HTTP/1.1\r\n\r\n", LSP_HTTP_DONE, true, 0, "" },
	{ "GET / HTTP/1.0\r\nHost: a\r\n\r\n", LSP_HTTP_DONE, true, 0, "" },
	{ "\r\n\r\nGET / HTTP/1.1\r\n\r\n", LSP_HTTP_DONE, true, 0, "" },
	{ "GET / HTTP/1.1\n\n", LSP_HTTP_DONE, true, 0, "" },
	{ "POST /a?b=c HTTP/1.1\r\ntraceparent: " TP "\r\n\r\n", LSP_HTTP_DONE, true, 0, TP },
	{ "POST /a HTTP/1.1\r\nTraceParent:" TP "  \r\n\r\n", LSP_HTTP_DONE, true, 0, TP },
	{ "GET / HTTP/1.1\r\nX-Traceparent: no\r\nTraceparentX: no\r\n\r\n", LSP_HTTP_DONE, true, 0,
		"" },
	{ "GET / HTTP/1.1\r\nX: a\r\n traceparent: folded\r\n\r\n", LSP_HTTP_DONE, true, 0, "" },
	{ "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", LSP_HTTP_DONE, false, 200, "" },
	{ "HTTP/1.1 404\r\n\r\n", LSP_HTTP_DONE, false, 404, "" },
	{ "HTTP/1.0 500 Very Bad\r\n\r\n", LSP_HTTP_DONE, false, 500, "" },
	{ "GET / HTTP/2.0\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "GET /\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "\x16\x03\x01\x02 tls", LSP_HTTP_BAD, false, 0, "" },
	{ "*3\r\n$5\r\nLPUSH\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "GET / HTTP/1.1\r\nno colon\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\rx", LSP_HTTP_BAD, false, 0, "" },
	{ "GET / HTTP/1.1\r\nHost: a\r\n", LSP_HTTP_MORE, false, 0, "" },
	{ "HTTP/1.1 20 OK\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
	{ "ATOOLONGMETHODNAME / HTTP/1.1\r\n\r\n", LSP_HTTP_BAD, false, 0, "" },
};

Test(http_head, reads_heads_however_they_are_split)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		for (size_t step = 1; step <= 64; step *= 2) {
			struct lsp_http_head h;

			feed(&h, heads[i].text, strlen(heads[i].text), step);
			cr_expect_eq(h.state, heads[i].state, "case %zu step %zu: state %d", i,
				step, h.state);
			if (h.state != LSP_HTTP_DONE)
				continue;
			cr_expect_eq(lsp_http_is_request(&h), heads[i].request, "case %zu", i);
			cr_expect_eq(lsp_http_status(&h), heads[i].status, "case %zu", i);
			cr_expect(value_is(&h, LSP_HTTP_TRACEPARENT, heads[i].traceparent),
				"case %zu step %zu", i, step);
		}
}

Test(http_head, leaves_the_body_alone)
{
	static const char text[] = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
	struct lsp_http_head h;

	cr_expect_eq(feed(&h, text, sizeof(text) - 1, 1000), sizeof(text) - 1 - 4);
}

Test(http_head, does_not_believe_a_header_that_comes_twice)
{
	struct lsp_http_head h;
	static const char text[] = "GET / HTTP/1.1\r\ntraceparent: a\r\ntraceparent: b\r\n\r\n";

	feed(&h, text, sizeof(text) - 1, 3);
	cr_expect(h.too_long & 1u << LSP_HTTP_TRACEPARENT);
}

Test(http_head, has_limits)
{
	struct lsp_http_head h;
	size_t n = 200 * 1024;
	char *text = malloc(n);

	memset(text, 'a', n);
	memcpy(text, "GET /", 5);
	feed(&h, text, n, 4096);
	cr_expect_eq(h.state, LSP_HTTP_BAD, "a target without end");
	memcpy(text, "GET / HTTP/1.1\r\nHost: ", 22);
	feed(&h, text, n, 4096);
	cr_expect_eq(h.state, LSP_HTTP_BAD, "a value without end");
	free(text);
}

Test(http_head, survives_random_bytes)
{
	struct lsp_http_head h;
	unsigned char bytes[512];

	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand() % sizeof(bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = "GET /HTP1.\r\n: x\0\xff\x80"[rand() % 18];
		memset(&h, 0, sizeof(h));
		cr_assert_leq(lsp_http_head_feed(&h, (char *)bytes, n), n);
		cr_assert_leq(h.target_bytes, LSP_HTTP_TARGET_BYTES);
		cr_assert_leq(h.method_bytes, LSP_HTTP_METHOD_BYTES);
	}
}

static void expect_same(const struct lsp_http_head *a, const struct lsp_http_head *b, size_t round)
{
	cr_assert_eq(a->state, b->state, "round %zu: %d and %d", round, a->state, b->state);
	cr_assert_eq(a->seen, b->seen, "round %zu", round);
	cr_assert_eq(a->too_long, b->too_long, "round %zu", round);
	cr_assert_eq(a->target_bytes, b->target_bytes, "round %zu", round);
	for (int i = 0; i < LSP_HTTP_HEADER_N; i++) {
		cr_assert_eq(a->value_bytes[i], b->value_bytes[i], "round %zu: %d", round, i);
		cr_assert_eq(memcmp(lsp_http_value(a, i), lsp_http_value(b, i), a->value_bytes[i]),
			0, "round %zu: %d", round, i);
	}
}

/* Lines that are there as a whole are read by another way than pieces. */
Test(http_head, is_the_same_in_one_piece_and_byte_by_byte)
{
	static const char *const lines[] = { "GET /a HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n",
		"Host: a.example\r\n", "host:\tb  \r\n", "traceparent: " TP "\r\n", "Date: Mon\r\n",
		"Content-Length: 12\r\n", "X-B3-TraceId:\r\n", "b3: 0\n",
		"x-datadog-tags: a\rb\r\n", "Connection: keep-alive\r\n", ": x\r\n", "bad\r\n",
		" folded\r\n", "uber-trace-id : 1\r\n", "tra\xc3\xa9: 1\r\n", "\r\n", "\n",
		"x-amzn-trace-id: Root=1-"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" };
	static struct lsp_http_head whole, bytes;

	srand(2);
	for (size_t round = 0; round < 20000; round++) {
		char text[2048] = "";

		for (int n = rand() % 9, i = 0; i < n; i++)
			strcat(text, lines[i == 0 ? (size_t)rand() % 2
						  : (size_t)rand() %
							     (sizeof(lines) / sizeof(lines[0]))]);
		size_t n = strlen(text);
		if (n && rand() % 4 == 0)
			text[(size_t)rand() % n] = (char)rand();
		memset(&whole, 0, sizeof(whole));
		memset(&bytes, 0, sizeof(bytes));
		(void)lsp_http_head_feed(&whole, text, n);
		for (size_t i = 0; i < n; i++)
			(void)lsp_http_head_feed(&bytes, text + i, 1);
		expect_same(&whole, &bytes, round);
	}
}

/* ---- bodies
 * -------------------------------------------------------------------------------------- */

static const struct {
	const char *head, *body;
	bool response, after_head, known, done;
	size_t took; /* of the body, before what follows it */
} bodies[] = {
	{ "GET / HTTP/1.1\r\n\r\n", "NEXT", false, false, true, true, 0 },
	{ "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", "bodyNEXT", false, false, true, true, 4 },
	{ "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n", "body", false, false, true, false, 4 },
	{ "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "", false, false, false, false, 0 },
	{ "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "", false, false,
		false, false, 0 },
	{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nbody\r\n0\r\n\r\nNEXT",
		false, false, true, true, 14 },
	{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nNEXT", false, false, true, true,
		36 },
	{ "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "", false, false, false, false, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "okNEXT", true, false, true, true, 2 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "NEXT", true, true, true, true, 0 },
	{ "HTTP/1.1 204 No\r\n\r\n", "NEXT", true, false, true, true, 0 },
	{ "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "NEXT", true, false, true, true, 0 },
	{ "HTTP/1.0 200 OK\r\n\r\n", "until the end", true, false, true, false, 13 },
};

Test(http_body, ends_where_it_ends)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (size_t step = 1; step <= 64; step *= 4) {
			size_t n = strlen(bodies[i].body), took = 0;
			struct lsp_http_head h;
			struct lsp_http_body b;
			bool known;

			feed(&h, bodies[i].head, strlen(bodies[i].head), 7);
			cr_assert_eq(h.state, LSP_HTTP_DONE, "case %zu", i);
			known = bodies[i].response
					? lsp_http_body_of_response(&b, &h, bodies[i].after_head)
					: lsp_http_body_of_request(&b, &h);
			cr_expect_eq(known, bodies[i].known, "case %zu", i);
			if (!known)
				continue;
			while (took < n && !b.done) {
				size_t piece = n - took < step ? n - took : step;

				took += lsp_http_body_feed(
					&b, guard_page_copy(bodies[i].body + took, piece), piece);
			}
			cr_expect_eq(took, bodies[i].took, "case %zu step %zu: %zu", i, step, took);
			cr_expect_eq(b.done, bodies[i].done, "case %zu step %zu", i, step);
		}
}

Test(http_body, counts_bytes_that_it_does_not_see)
{
	struct lsp_http_body b = { .kind = LSP_HTTP_BODY_LENGTH, .left = 100 };

	cr_expect_eq(lsp_http_body_feed(&b, NULL, 60), 60);
	cr_expect_not(b.done);
	cr_expect_eq(lsp_http_body_feed(&b, NULL, 60), 40);
	cr_expect(b.done);
}
