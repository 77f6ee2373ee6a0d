#include "id.h"
#include "../core/hex.h"
#include "../core/traceparent.h"

#include <errno.h>

#define ID_CHARS_MAX 80

static uint64_t big_endian(const uint8_t *b)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | b[i];
	return value;
}

void lsp_trace_key_of(struct lsp_trace_key *ret, const uint8_t trace_id[LSP_TRACE_ID_BYTES])
{
	ret->high = big_endian(trace_id);
	ret->low = big_endian(trace_id + 8);
}

bool lsp_trace_key_matches(
	const struct lsp_trace_key *k, const uint8_t trace_id[LSP_TRACE_ID_BYTES])
{
	struct lsp_trace_key other;

	lsp_trace_key_of(&other, trace_id);
	return k->low == other.low && (k->high == other.high || k->high == 0 || other.high == 0);
}

void lsp_trace_key_format(const struct lsp_trace_key *k, char out[LSP_TRACE_ID_HEX + 1])
{
	uint8_t bytes[LSP_TRACE_ID_BYTES];

	for (int i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(k->high >> (56 - 8 * i));
		bytes[8 + i] = (uint8_t)(k->low >> (56 - 8 * i));
	}
	lsp_hex_encode(out, bytes, sizeof(bytes));
	out[LSP_TRACE_ID_HEX] = 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct lsp_slice trim(struct lsp_slice s)
{
	while (s.len > 0 && is_space(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Drops a name or "0x" before an id, as people copy them. */
static struct lsp_slice without_name(struct lsp_slice s)
{
	const char *equals = s.len ? memchr(s.at, '=', s.len) : NULL;

	if (equals) {
		s.len -= (size_t)(equals + 1 - s.at);
		s.at = equals + 1;
	}
	if (s.len > 1 && (s.at[0] == '"' || s.at[0] == '\'')) {
		s.at++;
		s.len -= s.at[s.len - 2] == s.at[-1] ? 2 : 1;
	}
	if (s.len > 2 && s.at[0] == '0' && (s.at[1] == 'x' || s.at[1] == 'X')) {
		s.at += 2;
		s.len -= 2;
	}
	return s;
}

static int parse_decimal(struct lsp_slice s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.len == 0 || s.len > 20)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.at[i] - '0');

		if (s.at[i] < '0' || s.at[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

/* The hex digits of a UUID or an X-Ray id, dashes left out. Returns their number. */
static size_t without_dashes(struct lsp_slice s, char out[ID_CHARS_MAX])
{
	size_t n = 0;

	if (s.len == 35 && s.at[0] == '1' && s.at[1] == '-') {
		s.at += 2; /* X-Ray's version */
		s.len -= 2;
	}
	for (size_t i = 0; i < s.len && n < ID_CHARS_MAX; i++)
		if (s.at[i] != '-')
			out[n++] = s.at[i];
	return n;
}

int lsp_trace_key_parse(struct lsp_trace_key *ret, struct lsp_slice text)
{
	struct lsp_slice s = without_name(trim(text));
	struct lsp_trace_key key = { 0, 0 };
	uint8_t bytes[LSP_TRACE_ID_BYTES];
	struct lsp_context c;
	char hex[ID_CHARS_MAX];
	size_t n;

	if (s.len == 0 || s.len > 256)
		return -EINVAL;
	if (s.len >= LSP_TRACEPARENT_CHARS && lsp_traceparent_parse(s.at, s.len, &c) == 0) {
		lsp_trace_key_of(ret, c.trace_id);
		return 0;
	}
	if (s.len >= ID_CHARS_MAX)
		return -EINVAL;
	n = without_dashes(s, hex);
	if (n == LSP_TRACE_ID_HEX && lsp_hex_decode(bytes, hex, 16) == 0) {
		lsp_trace_key_of(&key, bytes);
	} else if (n == 16 && n == s.len && lsp_hex_decode(bytes, hex, 8) == 0) {
		key.low = big_endian(bytes);
	} else if (n != s.len || parse_decimal(s, &key.low)) {
		return -EINVAL;
	}
	if (key.high == 0 && key.low == 0)
		return -EINVAL;
	*ret = key;
	return 0;
}

int lsp_span_id_parse(uint8_t ret[LSP_SPAN_ID_BYTES], struct lsp_slice text)
{
	struct lsp_slice s = without_name(trim(text));
	uint8_t bytes[LSP_SPAN_ID_BYTES];
	uint64_t value;

	if (s.len == LSP_SPAN_ID_HEX && lsp_hex_decode(bytes, s.at, LSP_SPAN_ID_BYTES) == 0) {
		value = big_endian(bytes);
	} else if (parse_decimal(s, &value)) {
		return -EINVAL;
	}
	if (value == 0)
		return -EINVAL;
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	return 0;
}
