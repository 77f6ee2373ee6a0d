#include "line_look.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool begins_like_prose(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '{':
	case '}':
	case '[':
	case ']':
	case '"':
	case '<':
	case '@':
		return false;
	default:
		return true;
	}
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

static inline __m128i load(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}
#endif

bool lsp_line_is_plain(const char *text, size_t n)
{
	size_t end = n - 1, i = 0; /* of the line, without its newline */

	if (n < 2 || text[end] != '\n' || !begins_like_prose(text[0]))
		return false;
#ifdef __SSE2__
	if (end >= 16) {
		__m128i odd = _mm_setzero_si128();

		/* w may read the newline: it is there. */
		for (; i + 16 <= end; i += 16)
			odd = _mm_or_si128(odd, not_plain(load(text + i), load(text + i + 1)));
		i = end - 16; /* the last sixteen, some for the second time */
		odd = _mm_or_si128(odd, not_plain(load(text + i), load(text + i + 1)));
		return _mm_movemask_epi8(odd) == 0;
	}
#endif
	return plain_tail(text + i, end - i);
}
