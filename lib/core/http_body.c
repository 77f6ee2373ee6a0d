/* Where a body ends. */
#include "http_message.h"

#include <string.h>
#include <strings.h>

enum chunk_step {
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_DATA,
	CHUNK_DATA_END,
	CHUNK_TRAILER,
	CHUNK_TRAILER_LINE
};

static bool is_chunked(const struct lsp_http_head *h)
{
	static const char word[] = "chunked";
	size_t n = h->value_bytes[LSP_HTTP_TRANSFER_ENCODING], len = sizeof(word) - 1;
	const char *value = lsp_http_value(h, LSP_HTTP_TRANSFER_ENCODING);

	return n >= len && strncasecmp(value + n - len, word, len) == 0;
}

static bool read_length(const struct lsp_http_head *h, uint64_t *ret)
{
	const char *value = lsp_http_value(h, LSP_HTTP_CONTENT_LENGTH);
	uint64_t length = 0;

	if (h->too_long & 1u << LSP_HTTP_CONTENT_LENGTH)
		return false;
	for (size_t i = 0; i < h->value_bytes[LSP_HTTP_CONTENT_LENGTH]; i++)
		if (value[i] < '0' || value[i] > '9' || i > 18)
			return false;
		else
			length = length * 10 + (uint64_t)(value[i] - '0');
	*ret = length;
	return true;
}

static bool by_headers(struct lsp_http_body *b, const struct lsp_http_head *h, uint8_t otherwise)
{
	memset(b, 0, sizeof(*b));
	if (h->value_bytes[LSP_HTTP_TRANSFER_ENCODING]) {
		b->kind = LSP_HTTP_BODY_CHUNKED;
		return is_chunked(h) && !(h->too_long & 1u << LSP_HTTP_TRANSFER_ENCODING);
	}
	if (h->value_bytes[LSP_HTTP_CONTENT_LENGTH]) {
		b->kind = LSP_HTTP_BODY_LENGTH;
		if (!read_length(h, &b->left))
			return false;
		b->done = b->left == 0;
		return true;
	}
	b->kind = otherwise;
	b->done = otherwise == LSP_HTTP_BODY_NONE;
	return true;
}

bool lsp_http_body_of_request(struct lsp_http_body *b, const struct lsp_http_head *h)
{
	return by_headers(b, h, LSP_HTTP_BODY_NONE);
}

bool lsp_http_body_of_response(
	struct lsp_http_body *b, const struct lsp_http_head *h, bool request_was_head)
{
	unsigned status = lsp_http_status(h);

	if (request_was_head || status < 200 || status == 204 || status == 304) {
		memset(b, 0, sizeof(*b));
		b->done = true;
		return true;
	}
	return by_headers(b, h, LSP_HTTP_BODY_UNTIL_CLOSE);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void malformed(struct lsp_http_body *b)
{
	b->kind = LSP_HTTP_BODY_UNTIL_CLOSE;
}

static void chunk_line_end(struct lsp_http_body *b)
{
	b->step = b->left ? CHUNK_DATA : CHUNK_TRAILER;
}

/* One byte outside of a chunk's data. */
static void chunk_byte(struct lsp_http_body *b, char c)
{
	int digit;

	switch (b->step) {
	case CHUNK_SIZE:
		digit = hex_value(c);
		if (digit >= 0 && b->left < 1ull << 58)
			b->left = b->left << 4 | (unsigned)digit;
		else if (c == '\n')
			chunk_line_end(b);
		else if (c == ';' || c == '\r' || c == ' ')
			b->step = CHUNK_EXTENSION;
		else
			malformed(b);
		return;
	case CHUNK_EXTENSION:
		if (c == '\n')
			chunk_line_end(b);
		return;
	case CHUNK_DATA_END:
		if (c == '\n') {
			b->step = CHUNK_SIZE;
			b->left = 0;
		} else if (c != '\r') {
			malformed(b);
		}
		return;
	case CHUNK_TRAILER:
		if (c == '\n')
			b->done = true;
		else if (c != '\r')
			b->step = CHUNK_TRAILER_LINE;
		return;
	default:
		if (c == '\n')
			b->step = CHUNK_TRAILER;
	}
}

static size_t feed_chunked(struct lsp_http_body *b, const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && !b->done && b->kind == LSP_HTTP_BODY_CHUNKED) {
		if (b->step == CHUNK_DATA) {
			size_t take = n - i < b->left ? n - i : (size_t)b->left;

			b->left -= take;
			i += take;
			if (b->left == 0)
				b->step = CHUNK_DATA_END;
		} else if (bytes) {
			chunk_byte(b, bytes[i++]);
		} else {
			malformed(b);
		}
	}
	return b->kind == LSP_HTTP_BODY_CHUNKED ? i : n;
}

size_t lsp_http_body_feed(struct lsp_http_body *b, const char *bytes, size_t n)
{
	size_t take;

	if (b->done)
		return 0;
	switch (b->kind) {
	case LSP_HTTP_BODY_LENGTH:
		take = n < b->left ? n : (size_t)b->left;
		b->left -= take;
		b->done = b->left == 0;
		return take;
	case LSP_HTTP_BODY_CHUNKED:
		return feed_chunked(b, bytes, n);
	case LSP_HTTP_BODY_UNTIL_CLOSE:
		return n;
	default:
		b->done = true;
		return 0;
	}
}
