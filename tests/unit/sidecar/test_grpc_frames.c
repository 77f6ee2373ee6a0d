/* The gRPC server by the book: RFC 9113 section by section, what a peer may send and what it must
 * not, as conformance suites of HTTP/2 ask it. */
#include "h2_cases.h"

TestSuite(grpc_frames, .init = h2_begin, .fini = h2_end);

#define EIGHT   "12345678"
#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS256                                                                                   \
	ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16    \
		ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16
#define ZEROS4K                                                                                    \
	ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256  \
		ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256 ZEROS256
#define ZEROS16K ZEROS4K ZEROS4K ZEROS4K ZEROS4K

Test(grpc_frames, takes_what_4_and_5_5_allow)
{
	static const struct h2_case cases[] = {
		{ "an unknown type of frame", { F(0x16, 0, 0, EIGHT) }, ALIVE, 0 },
		{ "of a stream", { F(0x16, 255, 1, EIGHT), CALL(1), BODY(1) }, ANSWERED, 0 },
		{ "unknown flags", { F(PING, 0x16, 0, EIGHT) }, ALIVE, 0 },
		{ "the reserved bit", { F(PING, 0, 0x80000000, EIGHT) }, ALIVE, 0 },
		/* Many empty messages, where the call takes one. */
		{ "the largest frame", { CALL(1), F(DATA, END_STREAM, 1, ZEROS16K) }, REFUSED, 0 },
	};
	H2_RUN(cases);
}

Test(grpc_frames, ends_connections_whose_frames_break_4)
{
	static const struct h2_case cases[] = {
		{ "DATA that is too large", { CALL(1), F(DATA, END_STREAM, 1, ZEROS16K "x") },
			ENDED, NGHTTP2_FRAME_SIZE_ERROR },
		{ "HEADERS that are too large", { F(HEADERS, END_HEADERS, 1, ZEROS16K "x") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "PRIORITY among headers",
			{ F(HEADERS, 0, 1, "\x83"), F(PRIORITY, 0, 1, "\0\0\0\0\1") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "another stream's headers among headers",
			{ F(HEADERS, 0, 1, "\x83"), F(HEADERS, END_HEADERS, 3, "\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "DATA among headers", { F(HEADERS, 0, 1, "\x83"), F(DATA, 0, 1, "x") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "an unknown frame among headers",
			{ F(HEADERS, 0, 1, "\x83"), F(0x16, 0, 0, EIGHT) }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
	};
	H2_RUN(cases);
}

Test(grpc_frames, keeps_to_the_states_of_a_stream_5_1)
{
	static const struct h2_case cases[] = {
		{ "DATA of an idle stream", { F(DATA, 0, 1, "x") }, ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "RST_STREAM of an idle stream", { F(RST, 0, 1, "\0\0\0\0") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "WINDOW_UPDATE of an idle stream", { F(WINDOW, 0, 1, "\0\0\0\1") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "CONTINUATION of an idle stream", { F(CONTINUATION, END_HEADERS, 1, "") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "PRIORITY of an idle stream",
			{ F(PRIORITY, 0, 1, "\0\0\0\0\1"), CALL(1), BODY(1) }, ANSWERED, 0 },
		{ "PRIORITY of a stream that is done",
			{ CALL(1), BODY(1), F(PRIORITY, 0, 1, "\0\0\0\0\1") }, ANSWERED, 0 },
		{ "WINDOW_UPDATE of a stream that is done",
			{ CALL(1), BODY(1), F(WINDOW, 0, 1, "\0\0\0\1") }, ANSWERED, 0 },
		{ "RST_STREAM of a stream that is done",
			{ CALL(1), BODY(1), F(RST, 0, 1, "\0\0\0\10") }, ALIVE, 0 },
		{ "DATA after RST_STREAM",
			{ CALL(1), F(RST, 0, 1, "\0\0\0\10"), F(DATA, END_STREAM, 1, "x") }, ALIVE,
			0 },
		/* nghttp2 cannot tell these from what comes late, and does not look at them. */
		{ "a smaller stream than before", { CALL(3), BODY(3), CALL(1), BODY(1) }, ALIVE,
			0 },
		{ "the same stream again", { CALL(1), F(RST, 0, 1, "\0\0\0\10"), CALL(1) }, ALIVE,
			0 },
		{ "an even stream", { CALL(2) }, ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "a stream that depends on itself", { F(PRIORITY, 0, 1, "\0\0\0\1\1") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
	};
	H2_RUN(cases);
}

/* The second half of a stream that is not yet answered: the server waits for its DATA. */
Test(grpc_frames, takes_nothing_after_the_end_of_a_stream_5_1)
{
	static const struct h2_case cases[] = {
		{ "DATA after the end", { CALL(1), BODY(1), F(DATA, 0, 1, "x") }, ENDED,
			NGHTTP2_STREAM_CLOSED },
		{ "HEADERS after the end", { CALL(1), BODY(1), CALL(1) }, ENDED,
			NGHTTP2_STREAM_CLOSED },
		{ "CONTINUATION after the end",
			{ CALL(1), BODY(1), F(CONTINUATION, END_HEADERS, 1, "\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2 c = h2_connect(&h2_config.address, NULL, 0);
		h2_send_case(&c, &cases[i]);
		h2_send(&c, PING, 0, 0, "are you?", 8);
		/* The answer may be on its way before what comes after it was read. */
		size_t answers = 0;
		while (h2_await_fate(&c) && h2_got.type == HEADERS)
			answers++;
		cr_expect_leq(answers, 1, "%s: %zu answers", cases[i].what, answers);
		if (h2_got.type == RST)
			cr_expect_eq(
				h2_number(h2_got.payload), cases[i].error, "%s", cases[i].what);
		/* A stream that is closed on both sides is forgotten; what comes for it then is
		 * dropped. */
		else if (h2_got.type != PING)
			h2_expect_end(&c, &cases[i]);
		h2_close(&c);
	}
}

Test(grpc_frames, takes_padding_and_priorities_6_1_and_6_2)
{
	static const struct h2_case cases[] = {
		{ "padded DATA",
			{ CALL(1), F(DATA, PADDED | END_STREAM, 1, "\5\0\0\0\0\1x\0\0\0\0\0") },
			ANSWERED, 0 },
		{ "DATA with padding of nothing",
			{ CALL(1), F(DATA, PADDED | END_STREAM, 1, "\0\0\0\0\0\1x") }, ANSWERED,
			0 },
		{ "DATA that is padding only", { CALL(1), F(DATA, PADDED, 1, "\3\0\0\0"), BODY(1) },
			ANSWERED, 0 },
		{ "DATA of the connection", { F(DATA, 0, 0, "x") }, ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "padding as long as the frame", { CALL(1), F(DATA, PADDED, 1, "\6hello") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "padding without its length", { CALL(1), F(DATA, PADDED, 1, "") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "padded HEADERS that are all padding",
			{ F(HEADERS, PADDED | END_HEADERS, 1, "\6hello") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "HEADERS of the connection", { F(HEADERS, END_HEADERS, 0, "\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "HEADERS that depend on themselves",
			{ F(HEADERS, END_HEADERS | WITH_PRIORITY, 1, "\0\0\0\1\1\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "HEADERS with a cut priority",
			{ F(HEADERS, END_HEADERS | WITH_PRIORITY, 1, "\0\0\0") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
	};
	H2_RUN(cases);
}

Test(grpc_frames, checks_small_frames_6_3_to_6_5)
{
	static const struct h2_case cases[] = {
		{ "PRIORITY of the connection", { F(PRIORITY, 0, 0, "\0\0\0\1\1") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "PRIORITY of four bytes", { F(PRIORITY, 0, 1, "\0\0\0\1") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "RST_STREAM of the connection", { F(RST, 0, 0, "\0\0\0\0") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "RST_STREAM of three bytes", { CALL(1), F(RST, 0, 1, "\0\0\0") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "RST_STREAM with an unknown error", { CALL(1), F(RST, 0, 1, "\0\0\0\377") },
			ALIVE, 0 },
		{ "an ACK of SETTINGS with content", { F(SETTINGS, ACK, 0, "\0\4\0\0\0\1") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "SETTINGS of a stream", { F(SETTINGS, 0, 1, "") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "SETTINGS of five bytes", { F(SETTINGS, 0, 0, "\0\4\0\0\0") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "ENABLE_PUSH of 2", { F(SETTINGS, 0, 0, "\0\2\0\0\0\2") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a window over 2^31-1", { F(SETTINGS, 0, 0, "\0\4\200\0\0\0") }, ENDED,
			NGHTTP2_FLOW_CONTROL_ERROR },
		{ "frames of at most 16383", { F(SETTINGS, 0, 0, "\0\5\0\0\x3f\xff") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "frames of at most 2^24", { F(SETTINGS, 0, 0, "\0\5\1\0\0\0") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "an unknown setting", { F(SETTINGS, 0, 0, "\0\377\0\0\0\1") }, ALIVE, 0 },
		{ "the same setting twice",
			{ F(SETTINGS, 0, 0, "\0\4\0\0\0\0\0\4\0\0\377\377"), CALL(1), BODY(1) },
			ANSWERED, 0 },
	};
	H2_RUN(cases);
}

Test(grpc_frames, checks_small_frames_6_6_to_6_9)
{
	static const struct h2_case cases[] = {
		{ "PUSH_PROMISE of a client",
			{ CALL(1), F(PUSH_PROMISE, END_HEADERS, 1, "\0\0\0\2\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "PING of a stream", { F(PING, 0, 1, EIGHT) }, ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "PING of six bytes", { F(PING, 0, 0, "123456") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "an ACK of a PING that nobody sent", { F(PING, ACK, 0, EIGHT) }, ALIVE, 0 },
		{ "GOAWAY of a stream", { F(GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "a short GOAWAY", { F(GOAWAY, 0, 0, "\0\0\0\0\0\0\0") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "GOAWAY with an unknown error does not hurt a call",
			{ CALL(1), F(GOAWAY, 0, 0, "\0\0\0\0\0\0\0\377"), BODY(1) }, ANSWERED_LAST,
			0 },
		{ "WINDOW_UPDATE of 0", { F(WINDOW, 0, 0, "\0\0\0\0") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "WINDOW_UPDATE of 0 for a stream", { CALL(1), F(WINDOW, 0, 1, "\0\0\0\0") },
			ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "WINDOW_UPDATE of three bytes", { F(WINDOW, 0, 0, "\0\0\1") }, ENDED,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "windows over 2^31-1", { F(WINDOW, 0, 0, "\177\377\377\377") }, ENDED,
			NGHTTP2_FLOW_CONTROL_ERROR },
		{ "a stream's window over 2^31-1", { CALL(1), F(WINDOW, 0, 1, "\177\377\377\377") },
			RESET, NGHTTP2_FLOW_CONTROL_ERROR },
		{ "a stream's window over 2^31-1 by SETTINGS",
			{ CALL(1), F(WINDOW, 0, 1, "\0\0\377\377"),
				F(SETTINGS, 0, 0, "\0\4\177\377\377\377") },
			RESET, NGHTTP2_FLOW_CONTROL_ERROR },
	};
	H2_RUN(cases);
}

Test(grpc_frames, takes_headers_in_pieces_6_10)
{
	static const struct h2_case cases[] = {
		{ "CONTINUATION of the connection",
			{ F(HEADERS, 0, 1, "\x83"), F(CONTINUATION, END_HEADERS, 0, "\x86") },
			ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "CONTINUATION of another stream",
			{ F(HEADERS, 0, 1, "\x83"), F(CONTINUATION, END_HEADERS, 3, "\x86") },
			ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "CONTINUATION after headers that are whole",
			{ CALL(1), F(CONTINUATION, END_HEADERS, 1, "\x83") }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
		{ "CONTINUATION after DATA",
			{ CALL(1), F(DATA, 0, 1, "\0"), F(CONTINUATION, END_HEADERS, 1, "\x83") },
			ENDED, NGHTTP2_PROTOCOL_ERROR },
		{ "PING among headers", { F(HEADERS, 0, 1, "\x83"), F(PING, 0, 0, EIGHT) }, ENDED,
			NGHTTP2_PROTOCOL_ERROR },
	};
	uint8_t block[1024];
	size_t n = h2_fields(block, h2_good_head);
	H2_RUN(cases);
	/* The head of a call in one to nine pieces: eight CONTINUATION at most. */
	for (size_t pieces = 1; pieces <= 9; pieces++) {
		struct h2 c = h2_connect(&h2_config.address, NULL, 0);
		for (size_t i = 0; i < pieces; i++) {
			size_t from = n * i / pieces, to = n * (i + 1) / pieces;
			h2_send(&c, i ? CONTINUATION : HEADERS, i + 1 == pieces ? END_HEADERS : 0,
				1, block + from, to - from);
		}
		h2_body(&c, 1, "\0\0\0\0\1x", 6);
		cr_assert(h2_await_fate(&c), "%zu pieces", pieces);
		cr_expect(h2_has(&h2_got, "grpc-status: 0"), "%zu pieces: frame %d", pieces,
			h2_got.type);
		h2_close(&c);
	}
}

static void expect_no_data(struct h2 *c, const char *what)
{
	h2_send(c, PING, 0, 0, EIGHT, 8);
	while (h2_next(c, &h2_got) && h2_got.type != PING)
		cr_expect_neq(h2_got.type, DATA, "%s", what);
}

/* An answer of 7 bytes, of which 3 may come; then the window shrinks below what was sent. */
Test(grpc_frames, follows_the_window_when_it_shrinks_6_9_2)
{
	struct h2 c = h2_connect(&h2_config.address, "\0\4\0\0\0\3", 6);
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_body(&c, 1, "\0\0\0\0\2ok", 7);
	cr_assert(h2_await(&c, DATA, &h2_got));
	cr_expect_eq(h2_got.len, 3);
	h2_send(&c, SETTINGS, 0, 0, "\0\4\0\0\0\1", 6);
	expect_no_data(&c, "the window is -2");
	h2_send(&c, WINDOW, 0, 1, "\0\0\0\2", 4);
	expect_no_data(&c, "the window is 0");
	h2_send(&c, SETTINGS, 0, 0, "\0\4\0\0\0\3", 6);
	cr_assert(h2_await(&c, DATA, &h2_got));
	cr_expect_eq(h2_got.len, 2, "the window is 2");
	h2_send(&c, WINDOW, 0, 1, "\0\0\0\144", 4);
	cr_assert(h2_await(&c, DATA, &h2_got));
	cr_expect_eq(h2_got.len, 2, "what was left");
	cr_assert(h2_await(&c, HEADERS, &h2_got));
	cr_expect(h2_has(&h2_got, "grpc-status: 0"));
	h2_close(&c);
}

Test(grpc_frames, acknowledges_settings_and_pings)
{
	struct h2 c = h2_connect(&h2_config.address, NULL, 0);
	bool acknowledged = false;
	while (!acknowledged && h2_next(&c, &h2_got))
		acknowledged = h2_got.type == SETTINGS && h2_got.flags & ACK && h2_got.len == 0;
	cr_expect(acknowledged);
	h2_send(&c, PING, ACK, 0, "not this", 8);
	h2_send(&c, PING, 0, 0, EIGHT, 8);
	cr_assert(h2_await(&c, PING, &h2_got));
	cr_expect_eq(h2_got.flags, ACK);
	cr_expect_arr_eq(h2_got.payload, EIGHT, 8);
	h2_close(&c);
}

/* RFC 9113, 3.4: what a connection begins with. */
Test(grpc_frames, wants_the_preface)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
	} rows[] = {
		{ "another preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 24 },
		{ "HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35 },
		{ "TLS", "\x16\3\1\2\0\1\0\1\xfc\3\3abcdefghijklm", 24 },
		{ "zeros", ZEROS16 ZEROS16, 32 },
		{ "no SETTINGS first",
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\10\6\0\0\0\0\00012345678", 41 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h2 c = h2_connect_raw(&h2_config.address);
		char byte;
		h2_write(&c, rows[i].bytes, rows[i].n);
		while (h2_read(&c, &byte, 1))
			continue;
		struct pollfd p = { .fd = c.fd, .events = POLLIN };
		cr_expect_eq(poll(&p, 1, 0), 1, "%s: is not closed", rows[i].what);
		h2_close(&c);
	}
}
