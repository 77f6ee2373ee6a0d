#include "line_look.h"

#include <stdint.h>
#ifdef __SSE2__
#include <cpuid.h>
#include <immintrin.h>
#endif

static bool begins_like_prose(char c)
{
	/* One bit a character: tab and \r; space, ", % and <; @, B, [ and ]; { and }. "%PDF-" and
	 * "BZh9" are printable and yet no text. */
	static const uint32_t others[8] = { 1u << '\t' | 1u << '\r',
		1u << 0 | 1u << 2 | 1u << 5 | 1u << 28, 1u << 0 | 1u << 2 | 1u << 27 | 1u << 29,
		1u << 27 | 1u << 29 };
	unsigned char u = (unsigned char)c;

	return !(others[u >> 5] >> (u & 31) & 1);
}

static bool is_plain_byte(char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t';
}

/* Byte by byte: [0, n) holds no newline here. */
static bool plain_tail(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_plain_byte(text[i]))
			return false;
		if ((text[i] | 0x20) == 't' && i + 1 < n && (text[i + 1] | 0x20) == 'r')
			return false;
	}
	return true;
}

#ifdef __SSE2__
/* The bytes of v that are not plain (negative ones are above ASCII), and "tr" across v and w. */
static inline __m128i not_plain(__m128i v, __m128i w)
{
	const __m128i space = _mm_set1_epi8(0x20), tab = _mm_set1_epi8('\t');
	__m128i odd = _mm_andnot_si128(_mm_cmpeq_epi8(v, tab), _mm_cmplt_epi8(v, space));
	__m128i t = _mm_cmpeq_epi8(_mm_or_si128(v, space), _mm_set1_epi8('t'));
	__m128i r = _mm_cmpeq_epi8(_mm_or_si128(w, space), _mm_set1_epi8('r'));

	return _mm_or_si128(odd, _mm_and_si128(t, r));
}

static inline __m128i look16(const char *at)
{
	return not_plain(_mm_loadu_si128((const __m128i *)(const void *)at),
		_mm_loadu_si128((const __m128i *)(const void *)(at + 1)));
}

/* [0, end) with text[end] readable: the newline. end >= 16. */
static bool plain16(const char *text, size_t end)
{
	__m128i odd = look16(text + end - 16); /* the last ones, some for the second time */

	for (size_t i = 0; i + 16 <= end; i += 16)
		odd = _mm_or_si128(odd, look16(text + i));
	return _mm_movemask_epi8(odd) == 0;
}

/* The same by 32, where the processor can. end >= 32. */
__attribute__((target("avx2"))) static inline __m256i look32(const char *at)
{
	const __m256i space = _mm256_set1_epi8(0x20), tab = _mm256_set1_epi8('\t');
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)at);
	__m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(at + 1));
	__m256i odd = _mm256_andnot_si256(_mm256_cmpeq_epi8(v, tab), _mm256_cmpgt_epi8(space, v));
	__m256i t = _mm256_cmpeq_epi8(_mm256_or_si256(v, space), _mm256_set1_epi8('t'));
	__m256i r = _mm256_cmpeq_epi8(_mm256_or_si256(w, space), _mm256_set1_epi8('r'));

	return _mm256_or_si256(odd, _mm256_and_si256(t, r));
}

__attribute__((target("avx2"))) static bool plain32(const char *text, size_t end)
{
	__m256i odd = look32(text + end - 32);

	for (size_t i = 0; i + 32 <= end; i += 32)
		odd = _mm256_or_si256(odd, look32(text + i));
	return _mm256_testz_si256(odd, odd);
}

/* CPUID leaf 7 and what the system saves of a thread's registers; asked once. 0: not asked. */
static bool has_avx2(void)
{
	static uint8_t known;
	unsigned a, b, c, d, low, high;

	if (known)
		return known == 2;
	known = 1;
	if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) &&
		__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2)) {
		__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
		if ((low & 6) == 6)
			known = 2;
	}
	return known == 2;
}
#endif

bool lsp_line_is_plain(const char *text, size_t n)
{
	size_t end = n - 1; /* of the line, without its newline */

	/* A lone value of a document has a comma behind it ("1,"). */
	if (n < 2 || text[end] != '\n' || text[end - 1] == ',' || !begins_like_prose(text[0]))
		return false;
#ifdef __SSE2__
	if (end >= 32 && has_avx2())
		return plain32(text, end);
	if (end >= 16)
		return plain16(text, end);
#endif
	return plain_tail(text, end);
}
