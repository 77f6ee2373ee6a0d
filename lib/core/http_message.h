/* HTTP/1.x messages as they go by: one parser for request and response heads, split anywhere, down
 * to single bytes, and one for bodies, which only finds their end. Fixed memory, nothing is kept of
 * what is not asked for. RFC 9112; bare LF is accepted as a line's end, as RFC 9112 2.2 allows.
 *
 * core: libc only; no malloc; async-signal-safe. */
#ifndef LSP_CORE_HTTP_MESSAGE_H
#define LSP_CORE_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LSP_HTTP_METHOD_BYTES 16
#define LSP_HTTP_TARGET_BYTES 256
#define LSP_HTTP_VALUE_BYTES  128
#define LSP_HTTP_TEXT_BYTES   1024 /* of all values together */
#define LSP_HTTP_NAME_BYTES   32
#define LSP_HTTP_HEAD_MAX     (64u * 1024) /* a longer head is not one */

/* The headers that are kept. A new carrier is a line or more here, and one in carriers.c. */
#define LSP_HTTP_HEADER_TABLE(X)                                                                   \
	X(CONTENT_LENGTH, "content-length")                                                        \
	X(TRANSFER_ENCODING, "transfer-encoding")                                                  \
	X(HOST, "host")                                                                            \
	X(TRACEPARENT, "traceparent")                                                              \
	X(B3, "b3")                                                                                \
	X(B3_TRACE, "x-b3-traceid")                                                                \
	X(B3_SPAN, "x-b3-spanid")                                                                  \
	X(B3_SAMPLED, "x-b3-sampled")                                                              \
	X(B3_FLAGS, "x-b3-flags")                                                                  \
	X(UBER, "uber-trace-id")                                                                   \
	X(DATADOG_TRACE, "x-datadog-trace-id")                                                     \
	X(DATADOG_PARENT, "x-datadog-parent-id")                                                   \
	X(DATADOG_PRIORITY, "x-datadog-sampling-priority")                                         \
	X(DATADOG_TAGS, "x-datadog-tags")                                                          \
	X(XRAY, "x-amzn-trace-id")
enum lsp_http_header {
#define X(id, name) LSP_HTTP_##id,
	LSP_HTTP_HEADER_TABLE(X)
#undef X
	LSP_HTTP_HEADER_N
};

enum lsp_http_state {
	LSP_HTTP_MORE, /* the head goes on */
	LSP_HTTP_DONE,
	LSP_HTTP_BAD, /* not HTTP/1.x, or not understood; final */
};

struct lsp_http_head {
	uint8_t state;    /* enum lsp_http_state */
	uint8_t step;     /* private */
	uint8_t header;   /* private: which one is being read; LSP_HTTP_HEADER_N: none */
	uint8_t name_at;  /* private */
	uint16_t method_bytes, target_bytes;
	uint32_t too_long; /* bit per header: its value did not fit, or it came twice */
	uint32_t seen;     /* bytes of the head */
	uint16_t text_bytes;
	uint16_t value_bytes[LSP_HTTP_HEADER_N]; /* 0: not there */
	/* What is up to here is what a new head has to be zero in. */
	uint16_t value_at[LSP_HTTP_HEADER_N]; /* in text */
	char name[LSP_HTTP_NAME_BYTES]; /* private */
	char method[LSP_HTTP_METHOD_BYTES]; /* of a response: its version */
	char target[LSP_HTTP_TARGET_BYTES]; /* cut; of a response: its status */
	char text[LSP_HTTP_TEXT_BYTES];
};

/* The value of a header, value_bytes[which] of it; no NUL. */
static inline const char *lsp_http_value(const struct lsp_http_head *h, enum lsp_http_header which)
{
	return h->text + h->value_at[which];
}

/* Zeroed memory is a head that begins. */
void lsp_http_head_reset(struct lsp_http_head *h);

/* Feeds bytes until the head is done or bad. Returns how many were taken; what is behind them is
 * the body's. */
size_t lsp_http_head_feed(struct lsp_http_head *h, const char *bytes, size_t n);

/* True when a done head is a request's (METHOD SP target SP HTTP/1.x). */
bool lsp_http_is_request(const struct lsp_http_head *h);
/* The status of a response's head, 0 when it is none. */
unsigned lsp_http_status(const struct lsp_http_head *h);

enum lsp_http_body_kind {
	LSP_HTTP_BODY_NONE,
	LSP_HTTP_BODY_LENGTH,
	LSP_HTTP_BODY_CHUNKED,
	LSP_HTTP_BODY_UNTIL_CLOSE,
};

struct lsp_http_body {
	uint8_t kind;
	uint8_t step; /* private, of chunked */
	bool done;
	uint64_t left; /* of the body, or of the chunk */
};

/* The body that follows a head. Returns false when its length cannot be told. */
bool lsp_http_body_of_request(struct lsp_http_body *b, const struct lsp_http_head *h);
bool lsp_http_body_of_response(struct lsp_http_body *b, const struct lsp_http_head *h,
	bool request_was_head);

/* Takes body bytes; returns how many belong to it. bytes NULL: they were not seen (sendfile), and
 * are taken for content. b->done when it ends there. A malformed chunk makes it end at close. */
size_t lsp_http_body_feed(struct lsp_http_body *b, const char *bytes, size_t n);

#endif
