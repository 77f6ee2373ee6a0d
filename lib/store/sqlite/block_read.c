/* A block into rows. What comes from disk may be damaged: nothing is read past its end. */
#include "block.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

void lsp_block_release(struct lsp_block *b)
{
	lsp_buf_release(&b->rows);
	lsp_buf_release(&b->packed_rest);
	lsp_buf_release(&b->rest);
	free(b->starts);
	free(b->rest_starts);
	memset(b, 0, sizeof(*b));
}

static int inflate_rows(struct lsp_buf *out, struct lsp_slice rows, size_t raw_bytes)
{
	uLongf n = raw_bytes;
	char *at;

	if (raw_bytes == 0 || raw_bytes > LSP_BLOCK_BYTES_MAX)
		return -EUCLEAN;
	at = lsp_buf_reserve(out, raw_bytes);
	if (!at)
		return -ENOMEM;
	if (rows.len == raw_bytes)
		memcpy(at, rows.at, rows.len);
	else if (uncompress((Bytef *)at, &n, (const Bytef *)rows.at, rows.len) || n != raw_bytes)
		return -EUCLEAN;
	out->len = raw_bytes;
	return 0;
}

/* Reads a number and what follows it. NULL when there is none. */
static const char *take_number(const char *at, const char *end, char after, int64_t *ret)
{
	bool negative = at < end && *at == '-';
	const char *first = at += negative;
	uint64_t value = 0;

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	if (at == first || at == end || *at != after)
		return NULL;
	*ret = (int64_t)(negative ? 0 - value : value);
	return at + 1;
}

/* Reads a row from its '['; returns what is behind its ']', NULL when it is no row. */
static const char *take_row(const char *at, const char *end, struct lsp_block_row *ret)
{
	if (at == end || *at++ != '[')
		return NULL;
	for (int i = 0; at && i < LSP_ROWS_NUMBERS; i++)
		at = take_number(at, end, ',', &ret->numbers[i]);
	if (!at || at == end || *at++ != '"')
		return NULL;
	ret->text.at = at;
	while (at < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	if (end - at < 2 || at[1] != ']')
		return NULL;
	ret->text.len = (size_t)(at - ret->text.at);
	return at + 2;
}

static int find_rows(struct lsp_block *b)
{
	const char *at = b->rows.at, *end = at + b->rows.len;
	size_t cap = 0;

	while (end - at > 3 && at[1] == '\n' && at[2] == '[') {
		if (b->n == cap) {
			size_t more = cap ? cap * 2 : 256;
			uint32_t *grown = reallocarray(b->starts, more, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			b->starts = grown;
			cap = more;
		}
		b->starts[b->n++] = (uint32_t)(at + 2 - b->rows.at);
		/* A row is a line: texts have no newline, but its escape. */
		at = memchr(at + 2, '\n', (size_t)(end - at - 2));
		if (!at)
			return -EUCLEAN;
		at--;
	}
	return 0;
}

int lsp_block_open(
	struct lsp_block *b, struct lsp_slice rows, size_t raw_bytes, struct lsp_slice rest)
{
	int r;

	memset(b, 0, sizeof(*b));
	lsp_buf_init(&b->rows, LSP_BLOCK_BYTES_MAX);
	lsp_buf_init(&b->packed_rest, LSP_BLOCK_BYTES_MAX);
	lsp_buf_init(&b->rest, LSP_BLOCK_BYTES_MAX);
	r = inflate_rows(&b->rows, rows, raw_bytes);
	if (r == 0)
		r = find_rows(b);
	if (r == 0)
		r = lsp_buf_add_slice(&b->packed_rest, rest);
	if (r)
		lsp_block_release(b);
	return r;
}

int lsp_block_row(const struct lsp_block *b, size_t i, struct lsp_block_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	return take_row(b->rows.at + b->starts[i], b->rows.at + b->rows.len, ret) ? 0 : -EUCLEAN;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

size_t lsp_block_text(struct lsp_slice text, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '\\' || i + 1 == text.len) {
			out[n++] = text.at[i];
		} else if (text.at[i + 1] == 'u' && text.len - i >= 6) {
			out[n++] =
				(char)(hex_digit(text.at[i + 4]) << 4 | hex_digit(text.at[i + 5]));
			i += 5;
		} else {
			out[n++] = text.at[++i];
		}
	}
	return n;
}

static bool is_packed(const struct lsp_buf *b)
{
	uint32_t number = 0;

	if (b->len >= sizeof(number))
		memcpy(&number, b->at, sizeof(number));
	return number == ZSTD_MAGICNUMBER;
}

static int inflate_rest(struct lsp_block *b)
{
	unsigned long long size;
	char *room;

	if (!is_packed(&b->packed_rest))
		return lsp_buf_add(&b->rest, b->packed_rest.at, b->packed_rest.len);
	size = ZSTD_getFrameContentSize(b->packed_rest.at, b->packed_rest.len);
	if (size > LSP_BLOCK_BYTES_MAX)
		return -EUCLEAN;
	room = lsp_buf_reserve(&b->rest, size);
	if (!room)
		return -ENOMEM;
	if (ZSTD_decompress(room, size, b->packed_rest.at, b->packed_rest.len) != size)
		return -EUCLEAN;
	b->rest.len = size;
	return 0;
}

static int unpack_rest(struct lsp_block *b)
{
	size_t at = 0, size;
	int r = inflate_rest(b);

	if (r)
		return r;
	size = b->rest.len;
	b->rest_starts = calloc(b->n + 1, sizeof(*b->rest_starts));
	if (!b->rest_starts)
		return -ENOMEM;
	for (size_t i = 0; i < b->n; i++) {
		uint32_t n;

		if (size - at < sizeof(n))
			return -EUCLEAN;
		memcpy(&n, b->rest.at + at, sizeof(n));
		b->rest_starts[i] = (uint32_t)at;
		at += sizeof(n);
		if (size - at < n)
			return -EUCLEAN;
		at += n;
	}
	return 0;
}

int lsp_block_rest(struct lsp_block *b, size_t i, struct lsp_slice *ret)
{
	uint32_t n;
	int r = b->rest_starts ? 0 : unpack_rest(b);

	if (r) {
		free(b->rest_starts);
		b->rest_starts = NULL;
		lsp_buf_clear(&b->rest);
		return r;
	}
	memcpy(&n, b->rest.at + b->rest_starts[i], sizeof(n));
	*ret = (struct lsp_slice){ b->rest.at + b->rest_starts[i] + sizeof(n), n };
	return 0;
}
