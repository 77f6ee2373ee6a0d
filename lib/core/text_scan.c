#include "text_scan.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool is_plain(unsigned char c)
{
	return (c >= 0x20 && c < 0x80) || c == '\n' || c == '\t' || c == '\r';
}

/* How many bytes the character that begins with c has; 0 for what cannot begin one. */
static size_t utf8_bytes(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* RFC 3629's limits of the second byte: no overlong forms, no surrogates, nothing over U+10FFFF. */
static bool second_byte_ok(unsigned char first, unsigned char second)
{
	if (first == 0xe0)
		return second >= 0xa0;
	if (first == 0xed)
		return second <= 0x9f;
	if (first == 0xf0)
		return second >= 0x90;
	return first != 0xf4 || second <= 0x8f;
}

/* The bytes of the character at i that is not plain, 0 when it is not text. */
static size_t special(const unsigned char *buf, size_t i, size_t len)
{
	size_t n = utf8_bytes(buf[i]);

	if (buf[i] == 0x1b)
		return i + 1 == len || buf[i + 1] == '[' ? 1 : 0;
	if (n == 0)
		return 0;
	if (i + 1 < len && !second_byte_ok(buf[i], buf[i + 1]))
		return 0;
	for (size_t k = 1; k < n; k++) {
		if (i + k == len)
			return k; /* cut by the end */
		if ((buf[i + k] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

#ifdef __SSE2__
/* One bit for each of sixteen bytes that is not plain. */
static inline unsigned special_bits(const unsigned char *at)
{
	const __m128i low = _mm_set1_epi8(0x1f);
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, low), v);
	__m128i fine = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
		_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(v, _mm_andnot_si128(fine, control)));
}
#endif

/* The offset of the first byte from i on that is not plain, len when there is none. */
static size_t skip_plain(const unsigned char *buf, size_t i, size_t len)
{
#ifdef __SSE2__
	unsigned bits;

	for (; i + 16 <= len; i += 16) {
		bits = special_bits(buf + i);
		if (bits)
			return i + (size_t)__builtin_ctz(bits);
	}
	if (len >= 16) { /* the last sixteen, without those that were seen */
		bits = special_bits(buf + len - 16) >> (16 - (len - i));
		return bits ? i + (size_t)__builtin_ctz(bits) : len;
	}
#endif
	while (i < len && is_plain(buf[i]))
		i++;
	return i;
}

/* Formats whose first bytes could pass as text, and those that could not but are quick to name. */
static bool has_magic(const unsigned char *buf, size_t len)
{
	static const struct {
		const char *bytes;
		size_t n;
	} magics[] = { { "\x1f\x8b", 2 }, { "PK\x03\x04", 4 }, { "\x89PNG", 4 },
		{ "\x7f"
		  "ELF",
			4 },
		{ "\x28\xb5\x2f\xfd", 4 },
		{ "\xfd"
		  "7zXZ",
			5 },
		{ "BZh9", 4 }, { "%PDF-", 5 } };

	if (len < 2 || !memchr("\x1fP\x89\x7f(\xfd"
			       "B%",
			       buf[0], 8))
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= magics[i].n && memcmp(buf, magics[i].bytes, magics[i].n) == 0)
			return true;
	return false;
}

bool lsp_text_scan(const char *text, size_t len)
{
	const unsigned char *buf = (const unsigned char *)text;
	size_t i = 0;

	if (has_magic(buf, len))
		return false;
	while (i < 3 && i < len && (buf[i] & 0xc0) == 0x80)
		i++; /* the rest of a character that an earlier write began */
	for (;;) {
		size_t n;

		i = skip_plain(buf, i, len);
		if (i == len)
			return true;
		n = special(buf, i, len);
		if (n == 0)
			return false;
		i += n;
	}
}
