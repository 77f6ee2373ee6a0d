/* Cases of a client that sends a few frames and then looks what becomes of it: a stream, the
 * connection, or nothing at all. For the tests of the gRPC server. */
#ifndef TEST_H2_CASES_H
#define TEST_H2_CASES_H

#include "h2_client.h"
#include "sidecar/grpc.h"

#include <time.h>

enum { PRIORITY = 2, PUSH_PROMISE = 5, CONTINUATION = 9 };
enum { PADDED = 8, WITH_PRIORITY = 32 };

enum fate {
	ANSWERED, /* the call on stream 1 is, with grpc-status 0 */
	ANSWERED_LAST, /* and then the connection may end */
	REFUSED, /* the call on stream 1 has an answer of another kind */
	ALIVE, /* a PING is answered */
	RESET, /* stream 1 gets RST_STREAM with the error; the connection lives */
	ENDED, /* GOAWAY with the error, and the connection is closed */
};

struct h2_case_frame {
	bool is_set;
	int type, flags;
	uint32_t id;
	const char *payload;
	size_t n;
	const char *const *fields; /* "name", "value", …: the payload is made of them */
};

/* A frame of these bytes; the head of a call; other header fields. */
#define F(type, flags, id, payload)                                                                \
	{                                                                                          \
		true, type, flags, id, payload, sizeof(payload) - 1, NULL                          \
	}
#define H(flags, id, fields)                                                                       \
	{                                                                                          \
		true, HEADERS, flags, id, NULL, 0, fields                                          \
	}
#define CALL(id)                                                                                   \
	{                                                                                          \
		true, HEADERS, END_HEADERS, id, NULL, 0, h2_good_head                              \
	}
#define BODY(id) F(DATA, END_STREAM, id, "\0\0\0\0\1x")
#define FRAMES_MAX 7

struct h2_case {
	const char *what;
	struct h2_case_frame frames[FRAMES_MAX];
	enum fate fate;
	uint32_t error; /* of HTTP/2 */
};

static const char *const h2_good_head[] = { ":method", "POST", ":scheme", "http", ":path",
	"/t.T/Echo", ":authority", "localhost", "content-type", "application/grpc", "te",
	"trailers", NULL };

static struct lsp_serve_counters h2_counters;
static struct lsp_grpc_config h2_config;
static struct lsp_grpc_server *h2_server;
static struct h2_frame h2_got;

static enum lsp_grpc_result h2_echo(struct lsp_grpc_call *c)
{
	(void)lsp_buf_add(&c->answer, c->message.at, c->message.len);
	return LSP_GRPC_ANSWERED;
}

static void h2_begin(void)
{
	static const struct lsp_grpc_method method = { "/t.T/Echo", h2_echo, 0, false };
	static const struct lsp_grpc_methods methods = { &method, 1 };
	h2_config = (struct lsp_grpc_config){
		.methods = &methods, .max_body_bytes = 1 << 20, .counters = &h2_counters
	};
	cr_assert_eq(lsp_address_parse(&h2_config.address, "127.0.0.1:0"), 0);
	cr_assert_eq(lsp_grpc_server_new(&h2_server, &h2_config), 0);
}

static void h2_end(void)
{
	h2_server = lsp_grpc_server_free(h2_server, 0);
}

static void h2_send_case(struct h2 *c, const struct h2_case *k)
{
	uint8_t block[8192];
	for (size_t i = 0; i < FRAMES_MAX && k->frames[i].is_set; i++) {
		const struct h2_case_frame *f = &k->frames[i];
		size_t n = f->fields ? h2_fields(block, f->fields) : f->n;
		h2_send(c, f->type, f->flags, f->id, f->fields ? (const char *)block : f->payload,
			n);
	}
}

/* The next frame of stream 1, or of the connection, that says how it ends. */
static bool h2_await_fate(struct h2 *c)
{
	while (h2_next(c, &h2_got)) {
		bool ends = h2_got.type == HEADERS && h2_got.flags & END_STREAM;
		bool mine = h2_got.id == 1 && (ends || h2_got.type == RST);
		bool pong = h2_got.type == PING && h2_got.flags & ACK &&
			    memcmp(h2_got.payload, "are you?", 8) == 0;
		if (mine || pong || h2_got.type == GOAWAY)
			return true;
	}
	return false;
}

static void h2_expect_alive(struct h2 *c, const char *what)
{
	h2_send(c, PING, 0, 0, "are you?", 8);
	while (h2_await_fate(c) && h2_got.type != PING)
		cr_expect_neq(h2_got.type, GOAWAY, "%s: the connection ends: %u", what,
			h2_number(h2_got.payload + 4));
	cr_expect_eq(h2_got.type, PING, "%s: is not alive", what);
}

static void h2_expect_end(struct h2 *c, const struct h2_case *k)
{
	cr_expect_eq(h2_got.type, GOAWAY, "%s: frame %d comes", k->what, h2_got.type);
	cr_expect_eq(h2_number(h2_got.payload + 4), k->error, "%s: error %u", k->what,
		h2_number(h2_got.payload + 4));
	cr_expect_not(h2_await(c, PING, &h2_got), "%s: goes on", k->what);
}

static void h2_run_case(const struct h2_case *k)
{
	struct h2 c = h2_connect(&h2_config.address, NULL, 0);
	h2_send_case(&c, k);
	if (k->fate == ALIVE) {
		h2_expect_alive(&c, k->what);
		h2_close(&c);
		return;
	}
	cr_assert(h2_await_fate(&c), "%s: nothing comes", k->what);
	if (k->fate == ENDED) {
		h2_expect_end(&c, k);
	} else if (k->fate == RESET) {
		cr_expect_eq(h2_got.type, RST, "%s: frame %d", k->what, h2_got.type);
		cr_expect_eq(h2_number(h2_got.payload), k->error, "%s: error %u", k->what,
			h2_number(h2_got.payload));
		h2_expect_alive(&c, k->what);
	} else {
		cr_expect_eq(h2_got.type, HEADERS, "%s: frame %d", k->what, h2_got.type);
		cr_expect_eq(h2_has(&h2_got, "grpc-status: 0"), k->fate != REFUSED, "%s: %s",
			k->what, h2_got.text);
		if (k->fate != ANSWERED_LAST)
			h2_expect_alive(&c, k->what);
	}
	h2_close(&c);
}

static void h2_run_cases(const struct h2_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h2_run_case(&cases[i]);
	/* Whatever was done to other connections. */
	static const struct h2_case good = { "the next one", { CALL(1), BODY(1) }, ANSWERED, 0 };
	h2_run_case(&good);
}

#define H2_RUN(cases) h2_run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
