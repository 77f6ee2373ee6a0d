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
#define WIDE 32

/* Three bytes of each form are compared: first, one in the middle, last. */
#define HEX_MIDDLE 5
#define HEX_LAST   (LSP_ANCHOR_DIGITS - 1)

struct probes {
	__m256i hex0, hex1, hex2, decimal0, decimal1, decimal2, fold;
	size_t middle, last; /* of the decimal form */
};

__attribute__((target("avx2"))) static void probes_init(
	struct probes *p, const struct lsp_needle *n)
{
	p->last = n->n_decimal - 1;
	p->middle = p->last / 2;
	p->hex0 = _mm256_set1_epi8(n->anchor[0]);
	p->hex1 = _mm256_set1_epi8(n->anchor[HEX_MIDDLE]);
	p->hex2 = _mm256_set1_epi8(n->anchor[HEX_LAST]);
	p->decimal0 = _mm256_set1_epi8(n->decimal[0]);
	p->decimal1 = _mm256_set1_epi8(n->decimal[p->middle]);
	p->decimal2 = _mm256_set1_epi8(n->decimal[p->last]);
	p->fold = _mm256_set1_epi8(LOWER);
}

/* All ones at the places, of 32 from `at` on, where the three bytes fit. */
#define LOAD(at)         _mm256_loadu_si256((const __m256i *)(const void *)(at))
#define EXACT(at, with)  _mm256_cmpeq_epi8(LOAD(at), with)
#define FOLDED(at, with) _mm256_cmpeq_epi8(_mm256_or_si256(LOAD(at), p.fold), with)
#define ALL(a, b, c)     _mm256_and_si256(_mm256_and_si256(a, b), c)
#define PROBE(at)                                                                                  \
	_mm256_or_si256(ALL(FOLDED((at), p.hex0), FOLDED((at) + HEX_MIDDLE, p.hex1),               \
				FOLDED((at) + HEX_LAST, p.hex2)),                                  \
		ALL(EXACT((at), p.decimal0), EXACT((at) + p.middle, p.decimal1),                   \
			EXACT((at) + p.last, p.decimal2)))

/* The first 64 places from `at` on where a form may begin; their bits in *ret_hits. Returns a place
 * at or behind `stop` when there is none. Reads 2 * WIDE and the length of a form from each place.
 * Nothing is called in the loop, so that all constants stay in registers. */
__attribute__((target("avx2"), noinline)) static const char *next_places(
	const struct probes *probes, const char *at, const char *stop, uint64_t *ret_hits)
{
	const struct probes p = *probes;
	for (; at < stop; at += 2 * WIDE) {
		__m256i low = PROBE(at), high = PROBE(at + WIDE);
		__m256i any = _mm256_or_si256(low, high);
		if (__builtin_expect(!_mm256_testz_si256(any, any), 0)) {
			*ret_hits = (uint32_t)_mm256_movemask_epi8(low) |
				    (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
			return at;
		}
	}
	return at;
}

static const char *find_wide(const struct lsp_needle *n, const char *from, const char *at,
	const char *end, const char **ret_end)
{
	struct probes probes;
	const ptrdiff_t reach = 2 * WIDE + sizeof(n->decimal) + LSP_ANCHOR_DIGITS;
	if (end - at < 2 * reach)
		return find_slowly(n, from, at, end, ret_end);
	probes_init(&probes, n);
	const char *stop = end - reach;
	uint64_t hits;
	for (; (at = next_places(&probes, at, stop, &hits)) < stop; at += 2 * WIDE) {
		for (; hits; hits &= hits - 1) {
			const char *place = at + __builtin_ctzll(hits);
			const char *found = match_at(n, from, place, end, ret_end);
			if (found)
				return found;
		}
	}
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
