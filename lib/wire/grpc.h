/* gRPC over HTTP/2, the parts that are bytes only: messages in the body of a request (one flag,
 * four bytes of length, the message), and errors in headers. grpc/doc/PROTOCOL-HTTP2.md. */
#ifndef LSP_WIRE_GRPC_H
#define LSP_WIRE_GRPC_H

#include "../model/buf.h"

/* Numbers of google.rpc.Code. */
enum lsp_grpc_code {
	LSP_GRPC_OK = 0,
	LSP_GRPC_INVALID_ARGUMENT = 3,
	LSP_GRPC_NOT_FOUND = 5,
	LSP_GRPC_PERMISSION_DENIED = 7,
	LSP_GRPC_RESOURCE_EXHAUSTED = 8,
	LSP_GRPC_UNIMPLEMENTED = 12,
	LSP_GRPC_INTERNAL = 13,
	LSP_GRPC_UNAVAILABLE = 14,
	LSP_GRPC_UNAUTHENTICATED = 16
};

#define LSP_GRPC_PREFIX_BYTES 5

/* Collects the one message of a unary request, however it is cut into pieces. */
struct lsp_grpc_frame {
	uint8_t prefix[LSP_GRPC_PREFIX_BYTES];
	uint8_t n_prefix;
	uint32_t len; /* of the message, once the prefix is there */
	struct lsp_buf message;
};

/* Messages larger than max_bytes are refused by their prefix. */
void lsp_grpc_frame_init(struct lsp_grpc_frame *f, size_t max_bytes);
void lsp_grpc_frame_release(struct lsp_grpc_frame *f);
/* True when the sender says that the message is compressed. */
bool lsp_grpc_frame_is_packed(const struct lsp_grpc_frame *f);
/* The next bytes of the body. Returns 0, -E2BIG for a message over the ceiling, -EBADMSG for a
 * prefix that is none, -EEXIST for bytes behind the message, -ENOMEM. */
int lsp_grpc_frame_add(struct lsp_grpc_frame *f, const void *bytes, size_t n);
/* The body is at its end. Returns 0 when the message is whole, -ENOENT when there was none,
 * -EBADMSG when it is cut. */
int lsp_grpc_frame_end(const struct lsp_grpc_frame *f);

/* The prefix of an uncompressed message of n bytes. */
void lsp_grpc_prefix(uint8_t out[LSP_GRPC_PREFIX_BYTES], uint32_t n);

/* Append the value of grpc-message: printable ASCII but "%" as it is, all else percent-encoded.
 * Returns 0, -E2BIG, -ENOMEM. */
int lsp_grpc_add_message(struct lsp_buf *out, const char *text);
/* Append the value of grpc-status-details-bin: google.rpc.Status with a RetryInfo, in base64
 * without padding. Returns 0, -E2BIG, -ENOMEM. */
int lsp_grpc_add_retry(
	struct lsp_buf *out, enum lsp_grpc_code code, const char *message, unsigned retry_s);

#endif
