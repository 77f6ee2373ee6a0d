/* Does a line name a trace? Every known name has "trace" in it, in some case; that is looked for
 * sixteen bytes at a time, and what stands around it decides. */
#include "stamp.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' ||
	       c == '-';
}

static bool matches(const char *at, const char *end, const char *word, size_t n)
{
	if ((size_t)(end - at) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(at[i]) != word[i])
			return false;
	return true;
}

/* Behind the name: a quote (escaped or not), spaces, and = or : */
static bool has_value(const char *at, const char *end)
{
	if (at < end && *at == '\\')
		at++;
	if (at < end && (*at == '"' || *at == '\''))
		at++;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at < end && (*at == '=' || *at == ':');
}

/* "…trace" at `at`: trace_id, traceId, trace.id, trace-id, traceparent, and Google Cloud's
 * "logging.googleapis.com/trace". A small letter right before it makes another word of it, as
 * "backtrace", unless a capital begins a new one, as "otelTraceID". */
static bool names_trace(const char *begin, const char *at, const char *end)
{
	static const char google[] = "logging.googleapis.com/";
	size_t before = (size_t)(at - begin);
	const char *rest = at + 5;

	if (before >= sizeof(google) - 1 &&
		memcmp(at - (sizeof(google) - 1), google, sizeof(google) - 1) == 0)
		return rest < end && !is_word_char(*rest) && has_value(rest, end);
	if (before > 0 && at[-1] >= 'a' && at[-1] <= 'z' && *at == 't')
		return false;
	if (matches(rest, end, "parent", 6))
		return has_value(rest + 6, end);
	if (rest < end && (*rest == '_' || *rest == '.' || *rest == '-'))
		rest++;
	if (!matches(rest, end, "id", 2))
		return false;
	rest += 2;
	return (rest == end || !is_word_char(*rest)) && has_value(rest, end);
}

static bool candidate(const char *begin, const char *at, const char *end)
{
	return matches(at, end, "trace", 5) && names_trace(begin, at, end);
}

bool lsp_stamp_line_has_id(const char *line, size_t len)
{
	const char *end = line + len;
	size_t i = 0;

#ifdef __SSE2__
	const __m128i fold = _mm_set1_epi8(0x20), t = _mm_set1_epi8('t'), r = _mm_set1_epi8('r');

	for (; i + 17 <= len; i += 16) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)(line + i));
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(line + i + 1));
		unsigned found = (unsigned)_mm_movemask_epi8(
			_mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(a, fold), t),
				_mm_cmpeq_epi8(_mm_or_si128(b, fold), r)));

		for (; found; found &= found - 1)
			if (candidate(line, line + i + __builtin_ctz(found), end))
				return true;
	}
#endif
	for (; i + 5 <= len; i++)
		if (lower(line[i]) == 't' && candidate(line, line + i, end))
			return true;
	return false;
}
