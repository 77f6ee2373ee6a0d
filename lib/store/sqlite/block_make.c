/* Rows into a block. */
#include "block.h"

#include "../../core/hex.h"
#include "../../wire/otlp_strip.h"

#include <errno.h>
#include <zlib.h>
#include <zstd.h>

#define DEFLATE_LEVEL 5
#define ZSTD_LEVEL    3

void lsp_block_maker_init(struct lsp_block_maker *m)
{
	*m = (struct lsp_block_maker){ .n = 0 };
	lsp_buf_init(&m->rows, LSP_BLOCK_BYTES_MAX);
	lsp_buf_init(&m->rest, LSP_BLOCK_BYTES_MAX);
	lsp_block_maker_clear(m);
}

void lsp_block_maker_release(struct lsp_block_maker *m)
{
	lsp_buf_release(&m->rows);
	lsp_buf_release(&m->rest);
}

void lsp_block_maker_clear(struct lsp_block_maker *m)
{
	lsp_buf_clear(&m->rows);
	lsp_buf_clear(&m->rest);
	m->n = 0;
	m->max_row = m->max_time = INT64_MIN;
	m->min_time = INT64_MAX;
}

static char *put_number(char *at, int64_t value)
{
	if (value < 0)
		*at++ = '-';
	return at + lsp_decimal_encode(at, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* A bit in each byte (of eight) that JSON has another form for, or that comes behind such a one. */
static uint64_t not_plain(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t quote = word ^ '"' * ones, slash = word ^ '\\' * ones;

	return (((word - 0x20 * ones) & ~word) | ((quote - ones) & ~quote) |
		       ((slash - ones) & ~slash)) &
	       high;
}

/* Six bytes of room for each byte of the text, and eight more. */
static char *put_text(char *at, struct lsp_slice text)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t word;

	for (size_t i = 0; i < text.len; i++) {
		while (i + sizeof(word) <= text.len) {
			memcpy(&word, text.at + i, sizeof(word));
			if (not_plain(word))
				break;
			memcpy(at, &word, sizeof(word));
			at += sizeof(word);
			i += sizeof(word);
		}
		if (i == text.len)
			break;
		unsigned char c = (unsigned char)text.at[i];

		if (c < 0x20) {
			memcpy(at, "\\u00", 4);
			at[4] = hex[c >> 4];
			at[5] = hex[c & 15];
			at += 6;
			continue;
		}
		if (c == '"' || c == '\\')
			*at++ = '\\';
		*at++ = (char)c;
	}
	return at;
}

static int add_row(struct lsp_buf *out, const int64_t *numbers, struct lsp_slice text)
{
	char *start = lsp_buf_reserve(out, 40 + LSP_ROWS_NUMBERS * 24 + 6 * text.len), *at = start;

	if (!start)
		return -ENOMEM;
	*at++ = out->len ? ',' : '[';
	*at++ = '\n';
	*at++ = '[';
	for (int i = 0; i < LSP_ROWS_NUMBERS; i++) {
		at = put_number(at, numbers[i]);
		*at++ = ',';
	}
	*at++ = '"';
	at = put_text(at, text);
	*at++ = '"';
	*at++ = ']';
	out->len += (size_t)(at - start);
	return 0;
}

int lsp_block_maker_add(struct lsp_block_maker *m, enum lsp_rows_kind kind,
	const int64_t numbers[LSP_ROWS_NUMBERS], struct lsp_slice text, struct lsp_slice encoded)
{
	int64_t time = numbers[lsp_rows_layouts[kind].time];
	size_t start = m->rest.len;
	uint32_t size = 0;
	int r = add_row(&m->rows, numbers, text);

	if (r == 0)
		r = lsp_buf_add(&m->rest, &size, sizeof(size));
	if (r == 0)
		r = kind == LSP_ROWS_SPAN ? lsp_otlp_strip_span(&m->rest, encoded)
					  : lsp_otlp_strip_log(&m->rest, encoded, text);
	if (r)
		return r;
	size = (uint32_t)(m->rest.len - start - sizeof(size));
	memcpy(m->rest.at + start, &size, sizeof(size));
	m->n++;
	m->max_row = numbers[0] > m->max_row ? numbers[0] : m->max_row;
	m->max_time = time > m->max_time ? time : m->max_time;
	m->min_time = time < m->min_time ? time : m->min_time;
	return 0;
}

/* sqlar_uncompress() takes a piece that is as large as it was as one that is not compressed. */
static int deflate_rows(struct lsp_buf *out, const struct lsp_buf *rows)
{
	uLongf n = compressBound(rows->len);
	char *at = lsp_buf_reserve(out, n);

	if (!at || compress2((Bytef *)at, &n, (const Bytef *)rows->at, rows->len, DEFLATE_LEVEL))
		return -ENOMEM;
	if (n == rows->len)
		memcpy(at, rows->at, rows->len);
	out->len += n;
	return 0;
}

int lsp_block_maker_close(struct lsp_block_maker *m)
{
	return lsp_buf_add_text(&m->rows, "\n]\n");
}

int lsp_block_maker_finish(struct lsp_block_maker *m, struct lsp_buf *rows, struct lsp_buf *rest,
	size_t *ret_raw_bytes)
{
	int r = lsp_block_maker_close(m);
	size_t n = ZSTD_compressBound(m->rest.len);
	char *at = lsp_buf_reserve(rest, n);

	if (r || !at)
		return r ? r : -ENOMEM;
	r = deflate_rows(rows, &m->rows);
	n = ZSTD_compress(at, n, m->rest.at, m->rest.len, ZSTD_LEVEL);
	if (r || ZSTD_isError(n))
		return r ? r : -ENOMEM;
	rest->len += n;
	*ret_raw_bytes = m->rows.len;
	return 0;
}
