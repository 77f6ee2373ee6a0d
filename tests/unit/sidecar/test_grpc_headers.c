/* The gRPC server by the book: header fields as HTTP/2 (RFC 9113, 8), HPACK (RFC 7541) and gRPC
 * allow them. */
#include "h2_cases.h"

TestSuite(grpc_headers, .init = h2_begin, .fini = h2_end);

#define METHOD    ":method", "POST"
#define SCHEME    ":scheme", "http"
#define PATH      ":path", "/t.T/Echo"
#define AUTHORITY ":authority", "localhost"
#define TYPE      "content-type", "application/grpc"
#define FIELDS(...)                                                                                \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* A call with these fields: the head, and a body. */
#define WITH(...)                                                                                  \
	{                                                                                          \
		H(END_HEADERS, 1, FIELDS(__VA_ARGS__)), BODY(1)                                    \
	}

Test(grpc_headers, refuses_malformed_requests_8)
{
	const struct h2_case cases[] = {
		{ "a name in upper case",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "X-Name", "1"), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a pseudo-header that nobody knows",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, ":x", "1", TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a pseudo-header of answers",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, ":status", "200", TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a pseudo-header after others", WITH(AUTHORITY, METHOD, SCHEME, TYPE, PATH),
			RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "Connection", WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "connection", "close"),
			RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "Transfer-Encoding",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "transfer-encoding", "chunked"),
			RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "TE that is not trailers",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "te", "gzip"), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "an empty path", WITH(AUTHORITY, METHOD, SCHEME, ":path", "", TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "no method", WITH(AUTHORITY, SCHEME, PATH, TYPE), RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "no scheme", WITH(AUTHORITY, METHOD, PATH, TYPE), RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "no path", WITH(AUTHORITY, METHOD, SCHEME, TYPE), RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "no authority", WITH(METHOD, SCHEME, PATH, TYPE), RESET, NGHTTP2_PROTOCOL_ERROR },
		{ "two methods", WITH(AUTHORITY, METHOD, METHOD, SCHEME, PATH, TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "two schemes", WITH(AUTHORITY, METHOD, SCHEME, SCHEME, PATH, TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "two paths", WITH(AUTHORITY, METHOD, SCHEME, PATH, PATH, TYPE), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a length that is not the body's",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "content-length", "7"), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a length that is none",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "content-length", "-6"), RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "trailers that do not end the stream",
			{ CALL(1), H(END_HEADERS, 1, FIELDS("x", "1")), BODY(1) }, RESET,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a pseudo-header in trailers",
			{ CALL(1), H(END_HEADERS | END_STREAM, 1, FIELDS(METHOD)) }, RESET,
			NGHTTP2_PROTOCOL_ERROR },
	};
	H2_RUN(cases);
}

Test(grpc_headers, takes_what_calls_may_have)
{
	const struct h2_case cases[] = {
		{ "Host for the authority", WITH(METHOD, SCHEME, PATH, TYPE, "host", "localhost"),
			ANSWERED, 0 },
		{ "another order", WITH(AUTHORITY, PATH, SCHEME, METHOD, "x", "1", TYPE), ANSWERED,
			0 },
		{ "https", WITH(AUTHORITY, METHOD, ":scheme", "https", PATH, TYPE), ANSWERED, 0 },
		{ "+proto",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, "content-type",
				"application/grpc+proto"),
			ANSWERED, 0 },
		{ "parameters",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, "content-type",
				"application/grpc; x=1"),
			ANSWERED, 0 },
		{ "upper case",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, "content-type", "Application/gRPC"),
			ANSWERED, 0 },
		{ "the right length",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "content-length", "6"),
			ANSWERED, 0 },
		{ "a deadline", WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "grpc-timeout", "10S"),
			ANSWERED, 0 },
		{ "one that is none",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "grpc-timeout", "soon"),
			ANSWERED, 0 },
		{ "metadata",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "x-bin", "AAEC", "x-bin",
				"AA=="),
			ANSWERED, 0 },
		{ "an encoding of its messages",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "grpc-encoding", "identity"),
			ANSWERED, 0 },
		{ "cookies in pieces",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, TYPE, "cookie", "a", "cookie", "b"),
			ANSWERED, 0 },
		{ "trailers",
			{ CALL(1), F(DATA, 0, 1, "\0\0\0\0\1x"),
				H(END_HEADERS | END_STREAM, 1, FIELDS("x", "1")) },
			ANSWERED, 0 },
	};
	H2_RUN(cases);
}

Test(grpc_headers, answers_what_is_no_call_of_ours)
{
	const struct h2_case cases[] = {
		{ "GET", WITH(AUTHORITY, ":method", "GET", SCHEME, PATH, TYPE), REFUSED, 0 },
		{ "no type", WITH(AUTHORITY, METHOD, SCHEME, PATH), REFUSED, 0 },
		{ "JSON", WITH(AUTHORITY, METHOD, SCHEME, PATH, "content-type", "application/json"),
			REFUSED, 0 },
		{ "gRPC-Web",
			WITH(AUTHORITY, METHOD, SCHEME, PATH, "content-type",
				"application/grpc-web"),
			REFUSED, 0 },
		{ "another path", WITH(AUTHORITY, METHOD, SCHEME, ":path", "/t.T/echo", TYPE),
			REFUSED, 0 },
		{ "no message", { CALL(1), F(DATA, END_STREAM, 1, "") }, REFUSED, 0 },
		{ "half a prefix", { CALL(1), F(DATA, END_STREAM, 1, "\0\0\0") }, REFUSED, 0 },
		{ "a flag of 2", { CALL(1), F(DATA, END_STREAM, 1, "\2\0\0\0\1x") }, REFUSED, 0 },
		{ "compressed without an encoding",
			{ CALL(1), F(DATA, END_STREAM, 1, "\1\0\0\0\1x") }, REFUSED, 0 },
	};
	H2_RUN(cases);
}

/* One more header block to a call that is good: literal bytes of HPACK. */
#define HPACK(bytes)                                                                               \
	{                                                                                          \
		CALL(1), BODY(1), F(HEADERS, END_HEADERS | END_STREAM, 3, bytes)                   \
	}

Test(grpc_headers, refuses_what_is_no_hpack)
{
	static const struct h2_case cases[] = {
		{ "index 0", HPACK("\x80"), ENDED, NGHTTP2_COMPRESSION_ERROR },
		{ "an index that is not there", HPACK("\xff\x7f"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "a name of an index that is not there", HPACK("\x7f\x7f\1x"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "an index without end", HPACK("\xff\xff\xff\xff\xff\xff\xff\xff\xff"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "a cut value", HPACK("\x44\x05/t"), ENDED, NGHTTP2_COMPRESSION_ERROR },
		{ "Huffman with eight bits of padding", HPACK("\x44\x82\xff\xff"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "Huffman padded by zeros", HPACK("\x44\x81\x00"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "Huffman with an end in it", HPACK("\x44\x84\xff\xff\xff\xff"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "a table that grows after a field", HPACK("\x83\x3f\xe1\x1f"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
		{ "a table over the limit", HPACK("\x3f\xff\xff\x7f\x83"), ENDED,
			NGHTTP2_COMPRESSION_ERROR },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2 c = h2_connect(&h2_config.address, NULL, 0);
		h2_send_case(&c, &cases[i]);
		while (h2_await_fate(&c) && h2_got.type == HEADERS)
			continue; /* of the good call */
		h2_expect_end(&c, &cases[i]);
		h2_close(&c);
	}
}

/* Every form of a header field, and the table that both sides keep. */
Test(grpc_headers, takes_every_form_of_hpack)
{
	static const char *const blocks[] = {
		/* indexed; literal with indexing, never indexed, without indexing */
		"\x83\x86\x41\x09localhost\x44\x09/t.T/Echo\x5f\x10"
		"application/grpc",
		"\x83\x86\x11\x09localhost\x14\x09/t.T/Echo\x1f\x10\x10"
		"application/grpc",
		"\x83\x86\x01\x09localhost\x04\x09/t.T/Echo\x0f\x10\x10"
		"application/grpc",
		/* what was put into the table is named by its number: the last field first */
		"\x83\x86\xc0\xbf\xbe",
		/* the table emptied and opened again, then a field by its own name; Huffman */
		"\x20\x3f\xe1\x1f\x83\x86\x41\x86\xa0\xe4\x1d\x13\x9d\x09\x04\x09/t.T/Echo"
		"\x40\x0c"
		"content-type\x10"
		"application/grpc",
	};
	struct h2 c = h2_connect(&h2_config.address, NULL, 0);
	for (uint32_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		h2_send(&c, HEADERS, END_HEADERS, 2 * i + 1, blocks[i], strlen(blocks[i]));
		h2_body(&c, 2 * i + 1, "\0\0\0\0\1x", 6);
		do
			cr_assert(h2_await(&c, HEADERS, &h2_got), "block %u", i);
		while (!(h2_got.flags & END_STREAM));
		cr_expect(h2_has(&h2_got, "grpc-status: 0"), "block %u: %s", i, h2_got.text);
	}
	h2_close(&c);
}
