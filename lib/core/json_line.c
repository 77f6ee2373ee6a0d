/* RFC 8259, with a stack of one bit a level instead of a tree. */
#include "json_line.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct scan {
	const unsigned char *at, *end;
};

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
		(*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != (unsigned char)c)
		return false;
	s->at++;
	return true;
}

static bool take_hex4(struct scan *s, unsigned *ret)
{
	unsigned value = 0;

	if (s->end - s->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = *s->at++, lower = c | 0x20;

		if (is_digit(c))
			value = value << 4 | (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (lower - 'a' + 10u);
		else
			return false;
	}
	*ret = value;
	return true;
}

/* Behind "\u". Surrogates come in pairs. */
static bool take_unicode(struct scan *s)
{
	unsigned high, low;

	if (!take_hex4(s, &high) || (high >= 0xdc00 && high <= 0xdfff))
		return false;
	if (high < 0xd800 || high > 0xdbff)
		return true;
	return take(s, '\\') && take(s, 'u') && take_hex4(s, &low) && low >= 0xdc00 &&
	       low <= 0xdfff;
}

/* A character of two to four bytes, as RFC 3629 allows them. */
static bool take_utf8(struct scan *s)
{
	unsigned char first = *s->at;
	size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

	if (first < 0xc2 || first > 0xf4 || (size_t)(s->end - s->at) < n)
		return false;
	if ((first == 0xe0 && s->at[1] < 0xa0) || (first == 0xed && s->at[1] > 0x9f) ||
		(first == 0xf0 && s->at[1] < 0x90) || (first == 0xf4 && s->at[1] > 0x8f))
		return false;
	for (size_t i = 1; i < n; i++)
		if ((s->at[i] & 0xc0) != 0x80)
			return false;
	s->at += n;
	return true;
}

/* Moves to the next byte that means something in a string: a quote, a backslash, a control, the
 * start of a longer character. */
static void skip_string_text(struct scan *s)
{
#ifdef __SSE2__
	const __m128i low = _mm_set1_epi8(0x1f), quote = _mm_set1_epi8('"'),
		      backslash = _mm_set1_epi8('\\');

	for (; s->end - s->at >= 16; s->at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s->at);
		__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, low), v);
		__m128i sign = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
		unsigned bits =
			(unsigned)_mm_movemask_epi8(_mm_or_si128(v, _mm_or_si128(control, sign)));

		if (bits) {
			s->at += __builtin_ctz(bits);
			return;
		}
	}
#endif
	while (s->at < s->end && *s->at >= 0x20 && *s->at < 0x80 && *s->at != '"' && *s->at != '\\')
		s->at++;
}

static bool take_escape(struct scan *s)
{
	if (s->at == s->end)
		return false;
	switch (*s->at++) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return true;
	case 'u':
		return take_unicode(s);
	default:
		return false;
	}
}

/* Behind the opening quote, up to and over the closing one. */
static bool take_string(struct scan *s)
{
	for (;;) {
		skip_string_text(s);
		if (take(s, '"'))
			return true;
		if (take(s, '\\')) {
			if (!take_escape(s))
				return false;
		} else if (s->at == s->end || *s->at < 0x20 || !take_utf8(s)) {
			return false;
		}
	}
}

static bool take_digits(struct scan *s)
{
	const unsigned char *from = s->at;

	while (s->at < s->end && is_digit(*s->at))
		s->at++;
	return s->at > from;
}

static bool take_number(struct scan *s)
{
	(void)take(s, '-');
	if (!take(s, '0') && !take_digits(s))
		return false;
	if (take(s, '.') && !take_digits(s))
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			(void)take(s, '-');
		return take_digits(s);
	}
	return true;
}

static bool take_word(struct scan *s, const char *word, size_t n)
{
	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

/* A value that holds no other values. */
static bool take_scalar(struct scan *s)
{
	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '"':
		s->at++;
		return take_string(s);
	case 't':
		return take_word(s, "true", 4);
	case 'f':
		return take_word(s, "false", 5);
	case 'n':
		return take_word(s, "null", 4);
	default:
		return take_number(s);
	}
}

static bool take_key(struct scan *s)
{
	skip_space(s);
	if (!take(s, '"') || !take_string(s))
		return false;
	skip_space(s);
	return take(s, ':');
}

/* After a value: closes what ends here, or moves on to the next value. Returns false when neither
 * fits. */
static bool after_value(struct scan *s, uint64_t is_object, unsigned *depth)
{
	for (;;) {
		bool object = is_object >> (*depth - 1) & 1;

		skip_space(s);
		if (take(s, ','))
			return !object || take_key(s);
		if (!take(s, object ? '}' : ']'))
			return false;
		if (--*depth == 0)
			return true;
	}
}

/* One object or array, from its bracket on. *ret_members of the outermost. */
static bool take_container(struct scan *s, bool *ret_empty)
{
	uint64_t is_object = 0;
	unsigned depth = 0;

	*ret_empty = false;
	do {
		bool object;

		skip_space(s);
		object = s->at < s->end && *s->at == '{';
		if (object || (s->at < s->end && *s->at == '[')) {
			if (depth == LSP_JSON_DEPTH_MAX)
				return false;
			s->at++;
			is_object = (is_object & ~(1ull << depth)) | (uint64_t)object << depth;
			depth++;
			skip_space(s);
			if (s->at == s->end || *s->at != (object ? '}' : ']')) {
				if (object && !take_key(s))
					return false;
				continue;
			}
			*ret_empty = depth == 1;
		} else if (!take_scalar(s)) {
			return false;
		}
		if (!after_value(s, is_object, &depth))
			return false;
	} while (depth > 0);
	return true;
}

int lsp_json_line(const char *line, size_t len, size_t *ret_close, bool *ret_empty)
{
	const unsigned char *begin = (const unsigned char *)line;
	struct scan s = { begin, begin + len };
	bool empty, object;
	size_t close;

	skip_space(&s);
	if (s.at == s.end || (*s.at != '{' && *s.at != '['))
		return 0;
	object = *s.at == '{';
	if (!take_container(&s, &empty))
		return -EINVAL;
	close = (size_t)(s.at - begin) - 1;
	skip_space(&s);
	if (s.at != s.end || !object)
		return -EINVAL;
	*ret_close = close;
	*ret_empty = empty;
	return 1;
}
