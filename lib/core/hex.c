#include "hex.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define UPPER 0x40
#define NONE  0x80
#define U(d)  ((d) | UPPER)
#define X8    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
#define X32   X8, X8, X8, X8

/* The value of a digit; NONE for what is none. */
static const uint8_t values[256] = { X32, X8, X8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NONE, NONE, NONE,
	NONE, NONE, NONE, NONE, U(10), U(11), U(12), U(13), U(14), U(15), NONE, X8, X8, X8, NONE,
	10, 11, 12, 13, 14, 15, NONE, X8, X8, X8, X32, X32, X32, X32 };

#ifdef __SSE2__
/* Sixteen lower-case digits into eight bytes; false, with ret untouched, when they are not. */
static bool decode16(uint8_t *ret, const char *hex)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)hex);
	__m128i digit = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('0' - 1)),
		_mm_cmplt_epi8(v, _mm_set1_epi8('9' + 1)));
	__m128i letter = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('a' - 1)),
		_mm_cmplt_epi8(v, _mm_set1_epi8('f' + 1)));
	__m128i value = _mm_sub_epi8(v, _mm_or_si128(_mm_and_si128(digit, _mm_set1_epi8('0')),
						_mm_and_si128(letter, _mm_set1_epi8('a' - 10))));
	__m128i bytes;

	if (_mm_movemask_epi8(_mm_or_si128(digit, letter)) != 0xffff)
		return false;
	/* Of each pair the first is the high half. */
	bytes = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(value, 4), _mm_srli_epi16(value, 8)),
		_mm_set1_epi16(0xff));
	_mm_storel_epi64((__m128i *)(void *)ret, _mm_packus_epi16(bytes, bytes));
	return true;
}
#endif

static int decode(uint8_t *ret, const char *hex, size_t n, unsigned refused)
{
	const uint8_t *at = (const uint8_t *)hex;
	unsigned seen = 0;

#ifdef __SSE2__
	uint8_t low[8];

	if (n == 8 && decode16(ret, hex))
		return 0;
	if (n == 16 && decode16(low, hex + 16) && decode16(ret, hex)) {
		for (size_t i = 0; i < sizeof(low); i++)
			ret[i + 8] = low[i];
		return 0;
	}
#endif
	for (size_t i = 0; i < 2 * n; i++)
		seen |= values[at[i]];
	if (seen & refused)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(values[at[2 * i]] << 4 | (values[at[2 * i + 1]] & 15));
	return 0;
}

int lsp_hex_decode_lower(uint8_t *ret, const char *hex, size_t n)
{
	return decode(ret, hex, n, UPPER | NONE);
}

int lsp_hex_decode(uint8_t *ret, const char *hex, size_t n)
{
	return decode(ret, hex, n, NONE);
}

#ifdef __SSE2__
/* Eight bytes at once: nibbles side by side, then '0' + n, and 39 more for a to f. */
static void encode8(char *out, const uint8_t *bytes)
{
	__m128i v = _mm_loadl_epi64((const __m128i *)(const void *)bytes);
	__m128i high = _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(15));
	__m128i low = _mm_and_si128(v, _mm_set1_epi8(15));
	__m128i nibbles = _mm_unpacklo_epi8(high, low);
	__m128i letters = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));
	__m128i text = _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')),
		_mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10)));

	_mm_storeu_si128((__m128i *)(void *)out, text);
}
#endif

void lsp_hex_encode(char *out, const uint8_t *bytes, size_t n)
{
	static const char digits[16] = "0123456789abcdef";
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 8 <= n; i += 8)
		encode8(out + 2 * i, bytes + i);
#endif
	for (; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

size_t lsp_decimal_encode(char *out, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	for (; value >= 100; value /= 100)
		memcpy(digits + (at -= 2), pairs + value % 100 * 2, 2);
	if (value >= 10)
		memcpy(digits + (at -= 2), pairs + value * 2, 2);
	else
		digits[--at] = (char)('0' + value);
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}
