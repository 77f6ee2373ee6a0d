/* One connection of the gRPC server. Private to grpc_*.c; the network thread only. */
#ifndef LSP_SIDECAR_GRPC_SESSION_H
#define LSP_SIDECAR_GRPC_SESSION_H

#include "grpc.h"
#include "tls.h"
#include "unpack.h"

#include <nghttp2/nghttp2.h>

struct lsp_grpc_session;

/* What sessions share; of the server. */
struct lsp_grpc_shared {
	const struct lsp_grpc_config *config;
	struct lsp_grpc_server *server;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *options;
	size_t held_bytes; /* of bodies that are still arriving */
	size_t in_handlers; /* calls that somebody will finish */
	bool ending; /* handlers are not called any more */
};

/* One request. */
struct lsp_grpc_stream {
	struct lsp_grpc_session *session;
	struct lsp_grpc_stream *next, **link; /* all of the session */
	int32_t id;
	struct lsp_grpc_call *call;
	struct lsp_grpc_frame frame;
	size_t header_bytes, held_bytes;
	enum lsp_encoding encoding;
	char path[96];
	bool is_post, is_grpc, is_path_cut, is_encoding_unknown, has_token;
	bool is_decided; /* answered, or in its handler: what still comes is dropped */
	uint8_t prefix[LSP_GRPC_PREFIX_BYTES]; /* of the answer */
	size_t n_sent; /* of prefix and answer */
};

struct lsp_grpc_session {
	struct lsp_grpc_shared *shared;
	struct lsp_grpc_session *next, **link; /* all of the server */
	int fd;
	nghttp2_session *h2;
	struct lsp_grpc_stream *streams;
	struct lsp_buf out; /* bytes that the peer has not taken yet */
	size_t n_out; /* of them are sent */
	uint64_t began_ms, active_ms; /* active: when bytes came last */
	gnutls_session_t tls; /* NULL: none */
	bool is_shaking, has_begun_shaking; /* TLS hands; nothing is sent meanwhile */
	bool is_greeted; /* the connection preface was right */
	bool is_dead;
};

/* ---- grpc_session.c: bytes in and out -------------------------------------------------------- */

/* Sets callbacks and options. Returns 0 or -ENOMEM. */
int lsp_grpc_shared_init(struct lsp_grpc_shared *shared);
void lsp_grpc_shared_release(struct lsp_grpc_shared *shared);
/* Takes the descriptor over, except on failure. Returns 0 or -ENOMEM. */
int lsp_grpc_session_new(
	struct lsp_grpc_session **ret, struct lsp_grpc_shared *shared, int fd, uint64_t now_ms);
/* Closes the connection; calls in their handlers lose their stream. */
void lsp_grpc_session_free(struct lsp_grpc_session *s);
/* Reads what is there, and answers. Sets is_dead when the connection is at its end. */
void lsp_grpc_session_read(struct lsp_grpc_session *s, uint64_t now_ms);
/* Sends what it can. Sets is_dead when the connection is at its end. */
void lsp_grpc_session_flush(struct lsp_grpc_session *s);
/* GOAWAY: first that no new streams are welcome, then (last) that no more will be taken. */
void lsp_grpc_session_go_away(struct lsp_grpc_session *s, bool last);

/* ---- grpc_transport.c: with TLS or without --------------------------------------------------- */

/* Returns 0 or -ENOMEM. */
int lsp_grpc_transport_init(struct lsp_grpc_session *s);
void lsp_grpc_transport_release(struct lsp_grpc_session *s);
/* As recv() and send() that never wait, with -errno for an error. After -EAGAIN write() is to be
 * called with the same bytes again. Only reads lead through the handshake. */
ssize_t lsp_grpc_transport_read(struct lsp_grpc_session *s, void *to, size_t n);
ssize_t lsp_grpc_transport_write(struct lsp_grpc_session *s, const void *from, size_t n);
/* True when a read waits for room to send. */
bool lsp_grpc_transport_wants_room(const struct lsp_grpc_session *s);

/* ---- grpc_call.c: from headers and bodies to a handler, and back ----------------------------- */

/* NULL without memory. */
struct lsp_grpc_stream *lsp_grpc_stream_new(struct lsp_grpc_session *s, int32_t id);
void lsp_grpc_stream_free(struct lsp_grpc_stream *st);
/* One header field; the whole head; a piece of the body; the end of the body. */
void lsp_grpc_stream_header(
	struct lsp_grpc_stream *st, struct lsp_slice name, struct lsp_slice value);
void lsp_grpc_stream_head(struct lsp_grpc_stream *st);
void lsp_grpc_stream_body(struct lsp_grpc_stream *st, const uint8_t *at, size_t n);
void lsp_grpc_stream_end(struct lsp_grpc_stream *st);
/* Submits the answer that the call holds. */
void lsp_grpc_stream_answer(struct lsp_grpc_stream *st);
void lsp_grpc_call_free(struct lsp_grpc_call *c);

#endif
