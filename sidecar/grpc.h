/* The gRPC server of `linespan serve`: unary calls over HTTP/2 (nghttp2), with TLS or without, one
 * thread with one epoll for all connections. A handler that waits for the disk never holds that
 * thread. All that a peer can make the server keep has a ceiling: connections, streams, headers,
 * bodies, answers that are not read. */
#ifndef LSP_SIDECAR_GRPC_H
#define LSP_SIDECAR_GRPC_H

#include "address.h"
#include "serve_counters.h"
#include "tls.h"
#include "tokens.h"
#include "../lib/model/buf.h"
#include "../lib/wire/grpc.h"

#define LSP_GRPC_CONNECTIONS_MAX 256
#define LSP_GRPC_STREAMS_MAX     128 /* of a connection, at once */
#define LSP_GRPC_HEADER_BYTES    (16u * 1024) /* of a request, as HTTP/2 counts them */
#define LSP_GRPC_HELD_BYTES_MAX  (256u * 1024 * 1024) /* bodies that arrive, all together */
#define LSP_GRPC_IDLE_SECONDS    30 /* of a connection that owes us bytes */

struct lsp_grpc_call;
struct lsp_grpc_server;

enum lsp_grpc_result {
	LSP_GRPC_ANSWERED, /* the answer is complete */
	LSP_GRPC_LATER, /* somebody will call lsp_grpc_finish() */
};

struct lsp_grpc_method {
	const char *path; /* "/package.Service/Method" */
	enum lsp_grpc_result (*handle)(struct lsp_grpc_call *call);
	int argument; /* for the handler */
	bool is_open; /* needs no token */
};

struct lsp_grpc_methods {
	const struct lsp_grpc_method *at;
	size_t n;
};

struct lsp_grpc_call {
	void *app; /* of the server */
	const struct lsp_grpc_method *method;
	struct lsp_buf message; /* of the request, unpacked; the handler may take it over */
	struct lsp_buf answer; /* a message, or what was not said because of the error */
	struct {
		enum lsp_grpc_code code;
		unsigned retry_s; /* 0: no RetryInfo */
		char message[256];
	} error;
	struct lsp_grpc_server *server;
	struct lsp_grpc_call *next; /* among those that are finished */
	void *stream; /* the server's own; NULL: nobody waits for the answer any more */
};

struct lsp_grpc_config {
	struct lsp_address address; /* the chosen port is put in */
	const struct lsp_grpc_methods *methods;
	void *app;
	size_t max_body_bytes;
	struct lsp_tls *tls; /* NULL: none */
	struct lsp_tokens *tokens; /* NULL: everybody is welcome */
	struct lsp_serve_counters *counters;
};

/* Listens and starts the thread. The methods must outlive the server. Returns 0 or -errno. */
int lsp_grpc_server_new(struct lsp_grpc_server **ret, struct lsp_grpc_config *config);
/* Takes no new connections, tells clients to go elsewhere (GOAWAY); calls in flight go on. */
void lsp_grpc_server_quiesce(struct lsp_grpc_server *s);
/* Waits for calls in flight (for those still being sent at most wait_ms) and ends the server.
 * Whatever finishes calls must still run. NULL is fine; returns NULL. */
struct lsp_grpc_server *lsp_grpc_server_free(struct lsp_grpc_server *s, unsigned wait_ms);

/* Any thread: how long ago the server's thread began its last round; each second has one. */
uint64_t lsp_grpc_server_silent_ms(struct lsp_grpc_server *s);

/* Any thread: the answer of a call whose handler said LATER is complete. It is gone afterwards. */
void lsp_grpc_finish(struct lsp_grpc_call *call);

/* Sets the error of a call; retry_s 0: not to be sent again as it is. */
void lsp_grpc_fail(
	struct lsp_grpc_call *call, enum lsp_grpc_code code, unsigned retry_s, const char *message);

#endif
