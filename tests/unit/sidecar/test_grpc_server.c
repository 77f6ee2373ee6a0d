/* The gRPC server against a client that sends frames by hand: what the specifications of HTTP/2 and
 * gRPC demand, and what hostile peers try. */
#include "h2_client.h"
#include "sidecar/grpc.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#define MAX_BODY (4u << 20)

static struct lsp_serve_counters counters;
static struct lsp_grpc_config config;
static struct lsp_grpc_server *server;
static struct h2_frame frame;
static sem_t held; /* a call is in its handler */
static struct lsp_grpc_call *later[8];
static atomic_uint n_later;

static enum lsp_grpc_result echo(struct lsp_grpc_call *c)
{
	if (c->message.len < 60000)
		(void)lsp_buf_add(&c->answer, c->message.at, c->message.len);
	return LSP_GRPC_ANSWERED;
}

static enum lsp_grpc_result busy(struct lsp_grpc_call *c)
{
	lsp_grpc_fail(c, LSP_GRPC_UNAVAILABLE, 1, "100% full");
	return LSP_GRPC_ANSWERED;
}

static enum lsp_grpc_result hold(struct lsp_grpc_call *c)
{
	later[atomic_fetch_add(&n_later, 1)] = c;
	sem_post(&held);
	return LSP_GRPC_LATER;
}

static const struct lsp_grpc_method method_table[] = {
	{ "/t.T/Echo", echo, 0, false },
	{ "/t.T/Busy", busy, 0, false },
	{ "/t.T/Hold", hold, 0, false },
};
static const struct lsp_grpc_methods methods = { method_table, 3 };

static void begin(void)
{
	sem_init(&held, 0, 0);
	config = (struct lsp_grpc_config){
		.methods = &methods, .max_body_bytes = MAX_BODY, .counters = &counters
	};
	cr_assert_eq(lsp_address_parse(&config.address, "127.0.0.1:0"), 0);
	cr_assert_eq(lsp_grpc_server_new(&server, &config), 0);
}

static void end(void)
{
	server = lsp_grpc_server_free(server, 0);
}

TestSuite(grpc_server, .init = begin, .fini = end);

static struct h2 client(void)
{
	return h2_connect(&config.address, NULL, 0);
}

/* A call that must be answered by one HEADERS frame that ends the stream and has this line. */
static void refused(struct h2 *c, const char *line, const char *what)
{
	cr_assert(h2_await(c, HEADERS, &frame), "%s", what);
	cr_expect(frame.flags & END_STREAM, "%s", what);
	cr_expect(h2_has(&frame, line), "%s: %s", what, frame.text);
}

/* A call that must be answered by this message. */
static void answered(struct h2 *c, const char *message, size_t n, const char *what)
{
	cr_assert(h2_await(c, HEADERS, &frame), "%s", what);
	cr_expect(h2_has(&frame, ":status: 200"), "%s", what);
	cr_expect(h2_has(&frame, "content-type: application/grpc"), "%s", what);
	cr_expect_not(frame.flags & END_STREAM, "%s: %s", what, frame.text);
	cr_assert(h2_await(c, DATA, &frame), "%s", what);
	cr_expect_eq(frame.len, n, "%s", what);
	cr_expect_eq(memcmp(frame.payload, message, n), 0, "%s", what);
	refused(c, "grpc-status: 0", what);
}

/* Whatever was done to another connection, the server still answers. */
static void still_answers(void)
{
	struct h2 c = client();
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_body(&c, 1, "\0\0\0\0\2ok", 7);
	answered(&c, "\0\0\0\0\2ok", 7, "the next one");
	h2_close(&c);
}

Test(grpc_server, takes_a_message_in_any_pieces)
{
	static const char body[] = "\0\0\0\0\5hello";
	for (size_t step = 1; step <= 10; step++) {
		struct h2 c = client();
		h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
		for (size_t at = 0; at < 10; at += step) {
			h2_send(&c, DATA, 0, 1, "", 0);
			h2_send(&c, DATA, 0, 1, body + at, 10 - at < step ? 10 - at : step);
		}
		h2_body(&c, 1, "", 0);
		answered(&c, body, 10, "in pieces");
		h2_close(&c);
	}
}

Test(grpc_server, ends_a_call_at_trailers_too)
{
	struct h2 c = client();
	const char *trailer[] = { "x-more", "1", NULL };
	uint8_t block[64];
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_send(&c, DATA, 0, 1, "\0\0\0\0\1x", 6);
	h2_send(&c, HEADERS, END_HEADERS | END_STREAM, 1, block, h2_fields(block, trailer));
	answered(&c, "\0\0\0\0\1x", 6, "trailers");
	h2_close(&c);
}

Test(grpc_server, says_what_is_wrong_with_a_call)
{
	static const struct {
		const char *what, *path, *name, *value, *body;
		size_t n;
		const char *line;
	} rows[] = {
		{ "no message", "/t.T/Echo", NULL, NULL, "", 0, "grpc-status: 12" },
		{ "two", "/t.T/Echo", NULL, NULL, "\0\0\0\0\0\0\0\0\0\0", 10, "grpc-status: 12" },
		{ "a cut one", "/t.T/Echo", NULL, NULL, "\0\0\0\0\5hell", 9, "grpc-status: 13" },
		{ "a bad flag", "/t.T/Echo", NULL, NULL, "\7\0\0\0\0", 5, "grpc-status: 13" },
		{ "too large", "/t.T/Echo", NULL, NULL, "\0\0\x40\0\1", 5, "grpc-status: 8" },
		{ "packed by nothing", "/t.T/Echo", NULL, NULL, "\1\0\0\0\1x", 6,
			"grpc-status: 13" },
		{ "no gzip", "/t.T/Echo", "grpc-encoding", "gzip", "\1\0\0\0\1x", 6,
			"grpc-status: 13" },
		{ "another packing", "/t.T/Echo", "grpc-encoding", "snappy", "\0\0\0\0\0", 5,
			"grpc-status: 12" },
		{ "what is taken", "/t.T/Echo", "grpc-encoding", "snappy", "\0\0\0\0\0", 5,
			"grpc-accept-encoding: identity,gzip,zstd" },
		{ "another path", "/t.T/Other", NULL, NULL, "\0\0\0\0\0", 5, "grpc-status: 12" },
		{ "a query", "/t.T/Echo?x", NULL, NULL, "\0\0\0\0\0", 5, "grpc-status: 12" },
		{ "a full queue", "/t.T/Busy", NULL, NULL, "\0\0\0\0\0", 5, "grpc-status: 14" },
		{ "its words", "/t.T/Busy", NULL, NULL, "\0\0\0\0\0", 5,
			"grpc-message: 100%25 full" },
		{ "when again", "/t.T/Busy", NULL, NULL, "\0\0\0\0\0", 5,
			"grpc-status-details-bin: CA4SCTEwMCUgZnVsbBowCih0eXBlLmdvb2dsZWFwaXMuY29t"
			"L2dvb2dsZS5ycGMuUmV0cnlJbmZvEgQKAggB" },
	};
	struct h2 c = client();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t id = (uint32_t)(2 * i + 1);
		h2_call(&c, id, 0, rows[i].path, rows[i].name, rows[i].value);
		h2_body(&c, id, rows[i].body, rows[i].n);
		refused(&c, rows[i].line, rows[i].what);
		cr_expect_eq(frame.id, id);
	}
	h2_close(&c);
}

Test(grpc_server, tells_a_sender_to_stop_what_is_refused)
{
	struct h2 c = client();
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_send(&c, DATA, 0, 1, "\0\377\377\377\377", 5);
	refused(&c, "grpc-status: 8", "by its prefix");
	cr_expect_not(strstr(frame.text, "grpc-status-details-bin"));
	cr_assert(h2_await(&c, RST, &frame));
	cr_expect_eq(h2_number(frame.payload), NGHTTP2_NO_ERROR);
	h2_close(&c);
}

Test(grpc_server, answers_http_when_it_is_no_grpc)
{
	static const char *const rows[][4] = {
		{ "GET", "application/grpc", ":status: 405", "another method" },
		{ "POST", "application/json", ":status: 415", "another type" },
		{ "POST", "application/grpc-web", ":status: 415", "nearly" },
		{ "POST", "application/grpc+json", ":status: 415", "another encoding" },
	};
	struct h2 c = client();
	for (uint32_t i = 0; i < 4; i++) {
		const char *fields[] = { ":method", rows[i][0], ":scheme", "http", ":path",
			"/t.T/Echo", ":authority", "localhost", "content-type", rows[i][1], NULL };
		uint8_t block[256];
		h2_send(&c, HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, block,
			h2_fields(block, fields));
		refused(&c, rows[i][2], rows[i][3]);
	}
	h2_close(&c);
}

Test(grpc_server, tells_http1_where_it_is)
{
	struct h2 c = h2_connect_raw(&config.address);
	static const char request[] = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char said[1024];
	size_t n = 0;
	h2_write(&c, request, sizeof(request) - 1);
	while (n < sizeof(said) - 1 && h2_read(&c, said + n, 1))
		n++;
	said[n] = 0;
	cr_expect(strstr(said, "HTTP/1.1 400") && strstr(said, "--otlp-http"), "%s", said);
	h2_close(&c);
}

Test(grpc_server, keeps_to_the_windows_of_the_client)
{
	/* SETTINGS_INITIAL_WINDOW_SIZE 0: nothing of an answer may come before it is asked for. */
	struct h2 c = h2_connect(&config.address, "\0\4\0\0\0\0", 6);
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_body(&c, 1, "\0\0\0\0\2ok", 7);
	cr_assert(h2_await(&c, HEADERS, &frame));
	h2_send(&c, PING, 0, 0, "12345678", 8);
	while (h2_next(&c, &frame) && frame.type != PING)
		cr_expect_neq(frame.type, DATA);
	for (int i = 0; i < 7; i++) {
		h2_send(&c, WINDOW, 0, 1, "\0\0\0\1", 4);
		cr_assert(h2_await(&c, DATA, &frame));
		cr_expect_eq(frame.len, 1);
	}
	refused(&c, "grpc-status: 0", "after the last byte");
	h2_close(&c);
}

Test(grpc_server, opens_its_windows_for_large_messages)
{
	struct h2 c = client();
	static char piece[16384];
	size_t left = MAX_BODY;
	long window = 65535; /* of the connection; the stream's is larger at once */
	const uint8_t head[5] = { 0, MAX_BODY >> 24, MAX_BODY >> 16 & 255, 0, 0 };
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_send(&c, DATA, 0, 1, head, 5);
	for (window -= 5; left;) {
		while (window < (long)sizeof(piece)) {
			cr_assert(h2_await(&c, WINDOW, &frame));
			if (frame.id == 0)
				window += (long)h2_number(frame.payload);
		}
		cr_assert(h2_send(&c, DATA, left == sizeof(piece), 1, piece, sizeof(piece)));
		window -= (long)sizeof(piece);
		left -= sizeof(piece);
	}
	answered(&c, "\0\0\0\0\0", 5, "4 MiB");
	h2_close(&c);
}

static const char large_frame[16385];

Test(grpc_server, ends_connections_that_break_the_rules)
{
	static const struct {
		const char *what;
		int type, flags;
		uint32_t id;
		const char *payload;
		size_t n;
		uint32_t error;
	} rows[] = {
		{ "DATA of no stream", DATA, 0, 0, "x", 1, NGHTTP2_PROTOCOL_ERROR },
		{ "HEADERS of no stream", HEADERS, END_HEADERS, 0, "", 0, NGHTTP2_PROTOCOL_ERROR },
		{ "an even stream", HEADERS, END_HEADERS, 2, "\x83", 1, NGHTTP2_PROTOCOL_ERROR },
		{ "a short PING", PING, 0, 0, "1234", 4, NGHTTP2_FRAME_SIZE_ERROR },
		{ "PING of a stream", PING, 0, 1, "12345678", 8, NGHTTP2_PROTOCOL_ERROR },
		{ "bad SETTINGS", SETTINGS, 0, 0, "\0\4\377\377\377\377", 6,
			NGHTTP2_FLOW_CONTROL_ERROR },
		{ "cut SETTINGS", SETTINGS, 0, 0, "\0\4\0", 3, NGHTTP2_FRAME_SIZE_ERROR },
		{ "a window of 0", WINDOW, 0, 0, "\0\0\0\0", 4, NGHTTP2_PROTOCOL_ERROR },
		{ "a window over 2^31", WINDOW, 0, 0, "\177\377\377\377", 4,
			NGHTTP2_FLOW_CONTROL_ERROR },
		{ "bad HPACK", HEADERS, END_HEADERS, 1, "\377\377\377\377\377", 5,
			NGHTTP2_COMPRESSION_ERROR },
		{ "RST of an idle stream", RST, 0, 9, "\0\0\0\0", 4, NGHTTP2_PROTOCOL_ERROR },
		{ "CONTINUATION alone", 9, END_HEADERS, 1, "", 0, NGHTTP2_PROTOCOL_ERROR },
		{ "a frame that is too large", DATA, 0, 1, large_frame, sizeof(large_frame),
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "a promise of a client", 5, END_HEADERS, 1, "\0\0\0\2", 4,
			NGHTTP2_PROTOCOL_ERROR },
		{ "ENABLE_PUSH of 2", SETTINGS, 0, 0, "\0\2\0\0\0\2", 6, NGHTTP2_PROTOCOL_ERROR },
		{ "MAX_FRAME_SIZE of 1", SETTINGS, 0, 0, "\0\5\0\0\0\1", 6,
			NGHTTP2_PROTOCOL_ERROR },
		{ "an ACK with content", SETTINGS, ACK, 0, "\0\4\0\0\0\1", 6,
			NGHTTP2_FRAME_SIZE_ERROR },
		{ "a stream that hangs on itself", 2, 0, 1, "\0\0\0\1\0", 5,
			NGHTTP2_PROTOCOL_ERROR },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h2 c = client();
		h2_send(&c, rows[i].type, rows[i].flags, rows[i].id, rows[i].payload, rows[i].n);
		cr_assert(h2_await(&c, GOAWAY, &frame), "%s", rows[i].what);
		cr_expect_eq(h2_number(frame.payload + 4), rows[i].error, "%s: %u", rows[i].what,
			h2_number(frame.payload + 4));
		h2_close(&c);
	}
	still_answers();
}

Test(grpc_server, has_ceilings)
{
	struct h2 c = client();
	static char large[20000];
	memset(large, 'x', sizeof(large) - 1);
	uint8_t block[16384];
	/* HPACK makes much of little: a value that is said once and named again and again. */
	const char *head[] = { ":method", "POST", ":scheme", "http", ":path", "/t.T/Echo",
		":authority", "localhost", "content-type", "application/grpc", NULL };
	size_t n = h2_fields(block, head);
	block[n++] = 0x40; /* into the table */
	memcpy(block + n, "\1x\177\241\36", 5); /* "x", a value of 4000 bytes */
	memset(block + n + 5, 'y', 4000);
	n += 4005;
	memset(block + n, 0xbe, 100); /* the newest entry, 100 times: 400 KB */
	h2_send(&c, HEADERS, END_HEADERS, 1, block, n + 100);
	cr_assert(h2_next(&c, &frame));
	while (frame.type != HEADERS && frame.type != RST && frame.type != GOAWAY)
		cr_assert(h2_next(&c, &frame));
	cr_expect(frame.type != HEADERS || h2_has(&frame, "grpc-status: 8"), "%s", frame.text);
	h2_close(&c);

	/* A client that has not seen the limit may send it again; one that has breaks the rules. */
	for (int knows = 0; knows < 2; knows++) {
		c = client();
		cr_assert(h2_await(&c, SETTINGS, &frame));
		if (knows)
			h2_send(&c, SETTINGS, ACK, 0, "", 0);
		for (uint32_t i = 0; i <= LSP_GRPC_STREAMS_MAX; i++)
			h2_call(&c, 2 * i + 1, 0, "/t.T/Echo", NULL, NULL);
		cr_assert(h2_await(&c, knows ? GOAWAY : RST, &frame), "one stream too many");
		cr_expect_eq(h2_number(frame.payload + (knows ? 4 : 0)),
			knows ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_REFUSED_STREAM);
		h2_close(&c);
	}
	still_answers();
}

/* Frames that cost the sender nothing and never end. Who sends them does not read. */
Test(grpc_server, ends_floods)
{
	static const struct {
		const char *what;
		int type;
		uint32_t id;
		size_t n;
	} rows[] = {
		{ "CONTINUATION without end", 9, 1, 1 },
		{ "empty CONTINUATION without end", 9, 1, 0 },
		{ "PING without end", PING, 0, 8 },
		{ "SETTINGS without end", SETTINGS, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h2 c = client();
		bool is_open = true;
		if (rows[i].type == 9) /* headers that go on */
			h2_send(&c, HEADERS, 0, 1, "\x83", 1);
		for (int k = 0; k < 300000 && is_open; k++) {
			is_open =
				h2_send(&c, rows[i].type, 0, rows[i].id, "\x86zzzzzzz", rows[i].n);
			if (k == 100)
				still_answers();
		}
		cr_expect_not(is_open, "%s: goes on", rows[i].what);
		h2_close(&c);
		still_answers();
	}
}

Test(grpc_server, outlives_streams_that_are_taken_back)
{
	struct h2 c = client();
	uint32_t id = 1;
	for (; id < 20000; id += 2) {
		h2_call(&c, id, 0, "/t.T/Echo", NULL, NULL);
		if (!h2_send(&c, RST, 0, id, "\0\0\0\10", 4))
			break;
	}
	while (h2_next(&c, &frame) && frame.type != GOAWAY)
		continue;
	cr_expect(id < 20000 || frame.type == GOAWAY, "nobody stopped it");
	h2_close(&c);
	still_answers();
}

Test(grpc_server, does_not_listen_to_who_does_not_listen)
{
	struct h2 c = client();
	size_t sent = 0;
	/* Each PING asks for an answer, and none is read. */
	static char pings[17 * 1000];
	for (size_t i = 0; i < sizeof(pings); i += 17)
		memcpy(pings + i, "\0\0\10\6\0\0\0\0\00012345678", 17);
	for (int i = 0; i < 20000; i++) {
		struct pollfd p = { .fd = c.fd, .events = POLLOUT };
		if (poll(&p, 1, 200) != 1)
			break;
		ssize_t n = send(c.fd, pings, sizeof(pings), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	cr_expect_lt(sent, (size_t)20000 * sizeof(pings));
	still_answers();
	h2_close(&c);
}

/* Puts a call on hold; the sender still waits for it. */
static struct h2 held_call(void)
{
	struct h2 c = client();
	h2_call(&c, 1, 0, "/t.T/Hold", NULL, NULL);
	h2_body(&c, 1, "\0\0\0\0\0", 5);
	sem_wait(&held);
	return c;
}

static void *finish_soon(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	lsp_grpc_finish(arg);
	return NULL;
}

Test(grpc_server, takes_back_calls_of_senders_that_are_gone)
{
	struct h2 a = held_call();
	h2_send(&a, RST, 0, 1, "\0\0\0\10", 4);
	struct h2 b = held_call();
	h2_close(&b);
	still_answers();
	lsp_grpc_finish(later[0]);
	lsp_grpc_finish(later[1]);
	still_answers();
	h2_close(&a);
}

Test(grpc_server, answers_what_it_took_before_it_ends)
{
	struct h2 idle = client(), c = held_call();
	pthread_t thread;
	lsp_grpc_server_quiesce(server);
	cr_assert(h2_await(&idle, GOAWAY, &frame), "those that wait are told");
	cr_assert(h2_await(&c, GOAWAY, &frame));
	pthread_create(&thread, NULL, finish_soon, later[0]);
	server = lsp_grpc_server_free(server, 5000);
	pthread_join(thread, NULL);
	answered(&c, "\0\0\0\0\0", 5, "at the end");
	cr_expect_not(h2_await(&c, SETTINGS, &frame), "and the connection is closed");
	h2_close(&c);
	h2_close(&idle);
}

Test(grpc_server, waits_for_handlers_but_not_for_senders)
{
	struct h2 c = client();
	pthread_t thread;
	h2_call(&c, 1, 0, "/t.T/Echo", NULL, NULL);
	h2_send(&c, DATA, 0, 1, "\0\0\0\0\5he", 7); /* and never the rest */
	struct h2 d = held_call();
	pthread_create(&thread, NULL, finish_soon, later[0]);
	server = lsp_grpc_server_free(server, 50);
	pthread_join(thread, NULL);
	answered(&d, "\0\0\0\0\0", 5, "the handler's");
	h2_close(&c);
	h2_close(&d);
}
