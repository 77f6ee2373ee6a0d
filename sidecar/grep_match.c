#include "grep_match.h"
#include "../lib/core/hex.h"
#include "../lib/wire/log_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LOWER           0x20
#define DECIMAL_SURE    17 /* shorter numbers are trace ids only where a line says so */
#define LINE_LOOK_BYTES 4096

static void put_half(char out[LSP_SPAN_ID_HEX], uint64_t half)
{
	uint8_t bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(half >> (56 - 8 * i));
	lsp_hex_encode(out, bytes, sizeof(bytes));
}

void lsp_needle_init(
	struct lsp_needle *ret, const struct lsp_trace_key *key, const uint8_t *span_id)
{
	*ret = (struct lsp_needle){ .key = *key };
	put_half(ret->low, key->low);
	put_half(ret->high, key->high);
	memcpy(ret->anchor, ret->low + LSP_SPAN_ID_HEX - LSP_ANCHOR_DIGITS, LSP_ANCHOR_DIGITS);
	ret->n_decimal = lsp_decimal_encode(ret->decimal, key->low);
	if (!span_id)
		return;
	uint64_t span = 0;
	for (int i = 0; i < 8; i++)
		span = span << 8 | span_id[i];
	ret->has_span = true;
	lsp_hex_encode(ret->span, span_id, LSP_SPAN_ID_BYTES);
	ret->n_span_decimal = lsp_decimal_encode(ret->span_decimal, span);
}

static bool is_hex(char c)
{
	char l = c | LOWER;
	return (c >= '0' && c <= '9') || (l >= 'a' && l <= 'f');
}

static bool same_digits(const char *text, const char *lower, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] | LOWER) : text[i];
		if (c != lower[i])
			return false;
	}
	return true;
}

/* n hexadecimal digits end at p, not more, not fewer. */
static bool run_ends_at(const char *from, const char *p, size_t n)
{
	if ((size_t)(p - from) < n)
		return false;
	for (size_t i = 1; i <= n; i++)
		if (!is_hex(p[-(ptrdiff_t)i]))
			return false;
	return (size_t)(p - from) == n || !is_hex(p[-(ptrdiff_t)n - 1]);
}

/* Halves match when they are equal or one of them is not known. */
static bool high_matches(const struct lsp_needle *n, const char *high)
{
	static const char zeros[LSP_SPAN_ID_HEX + 1] = "0000000000000000";
	return n->key.high == 0 || same_digits(high, n->high, LSP_SPAN_ID_HEX) ||
	       memcmp(high, zeros, LSP_SPAN_ID_HEX) == 0;
}

/* "8-4-4-4-12": `end` is behind the 12 digits. */
static const char *match_uuid(const struct lsp_needle *n, const char *from, const char *end)
{
	if (end - from < 36)
		return NULL;
	const char *p = end - 36;
	if (p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-' ||
		(p > from && is_hex(p[-1])))
		return NULL;
	char high[LSP_SPAN_ID_HEX];
	memcpy(high, p, 8);
	memcpy(high + 8, p + 9, 4);
	memcpy(high + 12, p + 14, 4);
	if (!same_digits(p + 19, n->low, 4) || !high_matches(n, high))
		return NULL;
	return p;
}

/* The anchor was seen before `end`; which form is around it? Returns its beginning or NULL. */
static const char *match_hex(
	const struct lsp_needle *n, const char *from, const char *end, const char *block_end)
{
	if (end < block_end && is_hex(*end))
		return NULL;
	const char *anchor = end - LSP_ANCHOR_DIGITS;
	if (!same_digits(anchor, n->anchor, LSP_ANCHOR_DIGITS))
		return NULL;
	if (anchor > from && anchor[-1] == '-')
		return match_uuid(n, from, end);
	if (end - from < LSP_SPAN_ID_HEX || !same_digits(end - 16, n->low, 16))
		return NULL;
	if (run_ends_at(from, end, 16))
		return end - 16;
	if (run_ends_at(from, end, 32) && high_matches(n, end - 32))
		return end - 32;
	/* X-Ray: eight digits of seconds, a dash, the other 24. */
	if (run_ends_at(from, end, 24) && end - 24 > from && end[-25] == '-' &&
		run_ends_at(from, end - 25, 8)) {
		char high[LSP_SPAN_ID_HEX];
		memcpy(high, end - 33, 8);
		memcpy(high + 8, end - 24, 8);
		return high_matches(n, high) ? end - 33 : NULL;
	}
	return NULL;
}

/* A short number is everywhere; then the line has to say that it is a trace id. */
static bool line_says_so(
	const struct lsp_needle *n, const char *from, const char *at, const char *end)
{
	const char *start = memrchr(from, '\n', (size_t)(at - from));
	const char *stop = memchr(at, '\n', (size_t)(end - at));
	start = start ? start + 1 : from;
	stop = stop ? stop : end;
	if (stop - start > LINE_LOOK_BYTES)
		return false;
	struct lsp_found found;
	struct lsp_slice line = { start, (size_t)(stop - start) };
	return lsp_log_text_find(line, &found) == 0 &&
	       lsp_trace_key_matches(&n->key, found.context.trace_id);
}

static bool match_number(
	const char *digits, size_t n, const char *from, const char *at, const char *end)
{
	return (size_t)(end - at) >= n && memcmp(at, digits, n) == 0 &&
	       (at == from || !is_hex(at[-1])) && (at + n == end || !is_hex(at[n]));
}

/* Is there a match of either form whose anchor begins at `at`? */
static const char *match_at(const struct lsp_needle *n, const char *from, const char *at,
	const char *end, const char **ret_end)
{
	if (end - at >= LSP_ANCHOR_DIGITS) {
		const char *start = match_hex(n, from, at + LSP_ANCHOR_DIGITS, end);
		if (start) {
			*ret_end = at + LSP_ANCHOR_DIGITS;
			return start;
		}
	}
	/* Sixteen digits are read as hexadecimal everywhere. */
	if (n->n_decimal == 16 || !match_number(n->decimal, n->n_decimal, from, at, end))
		return NULL;
	if (n->n_decimal < DECIMAL_SURE && !line_says_so(n, from, at, end))
		return NULL;
	*ret_end = at + n->n_decimal;
	return at;
}

static const char *find_slowly(const struct lsp_needle *n, const char *from, const char *at,
	const char *end, const char **ret_end)
{
	for (; at < end; at++) {
		if ((*at | LOWER) != n->anchor[0] && *at != n->decimal[0])
			continue;
		const char *found = match_at(n, from, at, end, ret_end);
		if (found)
			return found;
	}
	return NULL;
}

#if defined(__x86_64__)
/* Three bytes of each form are compared at 32 places at once: first, middle and last of the anchor
 * (case folded) and of the decimal number. That leaves a candidate every few kilobytes. */
#define WIDE 32

__attribute__((target("avx2"))) static const char *find_wide(const struct lsp_needle *n,
	const char *from, const char *at, const char *end, const char **ret_end)
{
	const size_t hex_mid = 5, hex_last = LSP_ANCHOR_DIGITS - 1;
	const size_t dec_mid = n->n_decimal / 2, dec_last = n->n_decimal - 1;
	const size_t reach = (dec_last > hex_last ? dec_last : hex_last) + WIDE;
	const __m256i fold = _mm256_set1_epi8(LOWER);
	const __m256i h0 = _mm256_set1_epi8(n->anchor[0]),
		      h1 = _mm256_set1_epi8(n->anchor[hex_mid]),
		      h2 = _mm256_set1_epi8(n->anchor[hex_last]);
	const __m256i d0 = _mm256_set1_epi8(n->decimal[0]),
		      d1 = _mm256_set1_epi8(n->decimal[dec_mid]),
		      d2 = _mm256_set1_epi8(n->decimal[dec_last]);
#define LOAD(offset)         _mm256_loadu_si256((const __m256i *)(const void *)(at + (offset)))
#define FOLDED(offset, with) _mm256_cmpeq_epi8(_mm256_or_si256(LOAD(offset), fold), with)
#define EXACT(offset, with)  _mm256_cmpeq_epi8(LOAD(offset), with)
	for (; (size_t)(end - at) >= reach; at += WIDE) {
		__m256i hex = _mm256_and_si256(
			FOLDED(0, h0), _mm256_and_si256(FOLDED(hex_mid, h1), FOLDED(hex_last, h2)));
		__m256i dec = _mm256_and_si256(
			EXACT(0, d0), _mm256_and_si256(EXACT(dec_mid, d1), EXACT(dec_last, d2)));
		unsigned hits = (unsigned)_mm256_movemask_epi8(_mm256_or_si256(hex, dec));
		for (; hits; hits &= hits - 1) {
			const char *found =
				match_at(n, from, at + __builtin_ctz(hits), end, ret_end);
			if (found)
				return found;
		}
	}
#undef LOAD
#undef FOLDED
#undef EXACT
	return find_slowly(n, from, at, end, ret_end);
}
#endif

const char *lsp_needle_find(const struct lsp_needle *n, const char *from, const char *at,
	const char *end, const char **ret_end)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return find_wide(n, from, at, end, ret_end);
#endif
	return find_slowly(n, from, at, end, ret_end);
}

bool lsp_needle_has_span(const struct lsp_needle *n, const char *line, const char *end)
{
	if (!n->has_span)
		return true;
	for (const char *at = line; at < end; at++) {
		if (match_number(n->span_decimal, n->n_span_decimal, line, at, end) &&
			n->n_span_decimal >= DECIMAL_SURE)
			return true;
		if (end - at >= LSP_SPAN_ID_HEX && same_digits(at, n->span, LSP_SPAN_ID_HEX) &&
			(at == line || !is_hex(at[-1])) &&
			(at + LSP_SPAN_ID_HEX == end || !is_hex(at[LSP_SPAN_ID_HEX])))
			return true;
	}
	return false;
}
