/* The list behind the traceparent: other vendors' words, kept or cut, never understood. */
#include "traceparent.h"

#include <errno.h>

#define KEY_CHARS_MAX   256
#define VALUE_CHARS_MAX 256
#define LONG_MEMBER     128 /* members longer than this leave first */

struct member {
	const char *at;
	size_t len;
};

/* The next member without the spaces around it, empty ones included. Returns false at the end. */
static bool next_member(const char *text, size_t len, size_t *at, struct member *ret)
{
	size_t end = *at;

	if (*at > len)
		return false;
	while (end < len && text[end] != ',')
		end++;
	ret->at = text + *at;
	ret->len = end - *at;
	*at = end + 1;
	while (ret->len > 0 && (ret->at[0] == ' ' || ret->at[0] == '\t')) {
		ret->at++;
		ret->len--;
	}
	while (ret->len > 0 && (ret->at[ret->len - 1] == ' ' || ret->at[ret->len - 1] == '\t'))
		ret->len--;
	return true;
}

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_key(const char *at, size_t len)
{
	if (len == 0 || len > KEY_CHARS_MAX || !is_lower_or_digit(at[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_lower_or_digit(at[i]) && !memchr("_-*/@", at[i], 5))
			return false;
	return true;
}

static bool is_value(const char *at, size_t len)
{
	if (len == 0 || len > VALUE_CHARS_MAX || at[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if (at[i] < 0x20 || at[i] > 0x7e || at[i] == '=')
			return false;
	return true;
}

static bool is_member(const struct member *m)
{
	const char *equals = memchr(m->at, '=', m->len);
	size_t key;

	if (!equals)
		return false;
	key = (size_t)(equals - m->at);
	return is_key(m->at, key) && is_value(equals + 1, m->len - key - 1);
}

int lsp_tracestate_check(const char *text, size_t len)
{
	struct member m;
	int n = 0;

	for (size_t at = 0; next_member(text, len, &at, &m);) {
		if (m.len == 0)
			continue;
		if (!is_member(&m) || ++n > LSP_TRACESTATE_MEMBERS_MAX)
			return -EINVAL;
	}
	return n;
}

/* Bytes that the members need, without the long ones when `short_only`. */
static size_t needed(const char *text, size_t len, bool short_only)
{
	struct member m;
	size_t sum = 0;

	for (size_t at = 0; next_member(text, len, &at, &m);)
		if (m.len > 0 && !(short_only && m.len > LONG_MEMBER))
			sum += m.len + (sum ? 1 : 0);
	return sum;
}

size_t lsp_tracestate_copy(char *out, size_t cap, const char *text, size_t len)
{
	bool short_only = needed(text, len, false) > cap;
	struct member m;
	size_t used = 0;

	for (size_t at = 0; next_member(text, len, &at, &m);) {
		size_t comma = used ? 1 : 0;

		if (m.len == 0 || (short_only && m.len > LONG_MEMBER))
			continue;
		if (used + comma + m.len > cap)
			break;
		if (comma)
			out[used++] = ',';
		memcpy(out + used, m.at, m.len);
		used += m.len;
	}
	return used;
}
