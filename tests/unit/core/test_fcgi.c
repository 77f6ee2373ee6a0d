#include "lib/core/fcgi.h"

#include <criterion/criterion.h>
#include <string.h>

struct stream {
	size_t n;
	char at[4096];
};

static void put(struct stream *s, const void *bytes, size_t n)
{
	cr_assert_leq(s->n + n, sizeof(s->at));
	memcpy(s->at + s->n, bytes, n);
	s->n += n;
}

static void record(struct stream *s, int type, const void *content, size_t n, size_t padding)
{
	uint8_t header[8] = { 1, (uint8_t)type, 0, 1, (uint8_t)(n >> 8), (uint8_t)n,
		(uint8_t)padding, 0 };

	put(s, header, sizeof(header));
	put(s, content, n);
	put(s, "\1\1\1\1\1\1\1\1", padding);
}

static void pair(struct stream *s, const char *name, const char *value, bool long_form)
{
	uint32_t n = (uint32_t)strlen(name), v = (uint32_t)strlen(value);
	uint8_t lengths[8] = { 0x80, 0, 0, (uint8_t)n, 0x80, 0, (uint8_t)(v >> 8), (uint8_t)v };

	if (long_form)
		put(s, lengths, 8);
	else
		put(s, (uint8_t[2]){ (uint8_t)n, (uint8_t)v }, 2);
	put(s, name, n);
	put(s, value, v);
}

static void request(struct stream *s, bool long_form)
{
	struct stream params = { 0 };

	pair(&params, "REQUEST_METHOD", "POST", long_form);
	pair(&params, "EMPTY", "", long_form);
	pair(&params, "REQUEST_URI", "/cart/7?x=1", long_form);
	pair(&params, "HTTP_TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		long_form);
	pair(&params, "HTTP_X_B3_TRACEID", "abc", long_form);
	pair(&params, "A_NAME_THAT_IS_LONGER_THAN_ALL_THAT_ANYBODY_ASKS_FOR", "x", long_form);
	pair(&params, "HTTP_HOST", "shop:80", long_form);
	record(s, 1, "\0\1\0\0\0\0\0\0", 8, 0);
	/* Pairs may lie across records. */
	record(s, 4, params.at, 30, 3);
	record(s, 4, params.at + 30, params.n - 30, 0);
	record(s, 4, "", 0, 0);
	record(s, 5, "body", 4, 4);
	record(s, 5, "", 0, 0);
}

static bool is(const char *at, size_t n, const char *text)
{
	return n == strlen(text) && memcmp(at, text, n) == 0;
}

static void expect_request(const struct lsp_http_head *h)
{
	cr_expect(is(h->method, h->method_bytes, "POST"));
	cr_expect(is(h->target, h->target_bytes, "/cart/7?x=1"));
	cr_expect(is(lsp_http_value(h, LSP_HTTP_TRACEPARENT), h->value_bytes[LSP_HTTP_TRACEPARENT],
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
	cr_expect(is(lsp_http_value(h, LSP_HTTP_HOST), h->value_bytes[LSP_HTTP_HOST], "shop:80"));
	cr_expect(
		is(lsp_http_value(h, LSP_HTTP_B3_TRACE), h->value_bytes[LSP_HTTP_B3_TRACE], "abc"));
}

Test(fcgi, reads_a_request_split_anywhere)
{
	for (int long_form = 0; long_form < 2; long_form++) {
		struct stream s = { 0 };

		request(&s, long_form);
		for (size_t step = 1; step <= s.n; step++) {
			struct lsp_fcgi f = { 0 };
			struct lsp_http_head h;

			lsp_http_head_reset(&h);
			for (size_t at = 0; at < s.n; at += step)
				lsp_fcgi_feed_request(
					&f, &h, s.at + at, s.n - at < step ? s.n - at : step);
			cr_assert(f.begun && f.params_done && !f.bad);
			expect_request(&h);
		}
	}
}

Test(fcgi, has_no_head_before_the_parameters_end)
{
	struct stream s = { 0 };
	struct lsp_fcgi f = { 0 };
	struct lsp_http_head h;

	request(&s, false);
	lsp_http_head_reset(&h);
	lsp_fcgi_feed_request(&f, &h, s.at, s.n - 8 - 16 - 8);
	cr_expect_not(f.params_done);
}

Test(fcgi, reads_the_status_and_the_end_of_an_answer)
{
	static const struct {
		const char *text;
		unsigned status;
	} cases[] = {
		{ "Content-Type: text/html\r\n\r\nStatus: 500 in the body\r\n", 200 },
		{ "Status: 404 Not Found\r\nContent-Type: text/html\r\n\r\nhm", 404 },
		{ "X: y\nStatus: 503\n\n", 503 },
		{ "Status: abc\r\n\r\n", 200 },
		{ "Status: 4:1\r\n\r\n", 200 },
		{ "", 200 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stream s = { 0 };
		struct lsp_fcgi f = { 0 };

		record(&s, 7, "a warning", 9, 7);
		record(&s, 6, cases[i].text, strlen(cases[i].text), 1);
		cr_expect_not(f.ended);
		record(&s, 3, "\0\0\0\0\0\0\0\0", 8, 0);
		for (size_t at = 0; at < s.n; at++) {
			cr_expect_not(f.ended && at < s.n - 8);
			lsp_fcgi_feed_answer(&f, s.at + at, 1);
		}
		cr_expect(f.ended);
		cr_expect_eq(f.status, cases[i].status, "%s", cases[i].text);
	}
}

Test(fcgi, gives_up_on_what_is_none)
{
	static const char *const none[] = { "GET / HTTP/1.1\r\n", "\2\1\0\1\0\0\0\0",
		"\1\77\0\1\0\0\0\0" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct lsp_fcgi f = { 0 };
		struct lsp_http_head h;

		lsp_http_head_reset(&h);
		lsp_fcgi_feed_request(&f, &h, none[i], 8);
		cr_expect(f.bad);
	}
}
