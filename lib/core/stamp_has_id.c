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

static const char *skip_spaces(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* A quote, escaped or not: JSON in a JSON string has the former. */
static const char *skip_quote(const char *at, const char *end)
{
	if (at < end && *at == '\\')
		at++;
	if (at < end && (*at == '"' || *at == '\''))
		at++;
	return at;
}

/* Console writers colour names: ESC [ 36 m trace_id= ESC [ 0 m. */
static const char *skip_colour(const char *at, const char *end)
{
	const char *from = at;

	if (end - at < 3 || at[0] != 0x1b || at[1] != '[')
		return from;
	for (at += 2; at < end && ((*at >= '0' && *at <= '9') || *at == ';'); at++)
		;
	return at < end && *at == 'm' ? at + 1 : from;
}

/* True when a colour ends right before `at`: its "m" is no letter of the name. */
static bool behind_colour(const char *begin, const char *at)
{
	if (at == begin || *--at != 'm')
		return false;
	while (at > begin && ((at[-1] >= '0' && at[-1] <= '9') || at[-1] == ';'))
		at--;
	return at - begin >= 2 && at[-1] == '[' && at[-2] == 0x1b;
}

/* Behind the name: what may stand there, and = or : */
static bool has_value(const char *at, const char *end)
{
	at = skip_spaces(skip_quote(skip_colour(at, end), end), end);
	return at < end && (*at == '=' || *at == ':');
}

/* "logging.googleapis.com/" stands before `at`; some JSON writers escape the slash. */
static bool behind_google(const char *begin, const char *at)
{
	static const char google[] = "logging.googleapis.com";
	const size_t n = sizeof(google) - 1;

	if (at == begin || *--at != '/')
		return false;
	if (at > begin && at[-1] == '\\')
		at--;
	return (size_t)(at - begin) >= n && memcmp(at - n, google, n) == 0;
}

/* ECS, nested: "trace" was just read of `"trace":{"id":…`. */
static bool is_nested(const char *at, const char *end)
{
	const char *quote = skip_quote(at, end);

	if (quote == at)
		return false;
	at = skip_spaces(quote, end);
	if (at == end || *at != ':')
		return false;
	at = skip_spaces(at + 1, end);
	if (at == end || *at != '{')
		return false;
	for (; at < end && *at != '}'; at++)
		if ((*at == '"' || *at == '\'') && matches(at + 1, end, "id", 2)) {
			quote = skip_quote(at + 3, end);
			if (quote > at + 3 && has_value(quote, end))
				return true;
		}
	return false;
}

/* "…trace" at `at`: trace_id, traceId, trace.id, trace-id, traceparent, Google Cloud's
 * "logging.googleapis.com/trace", ECS' {"trace":{"id":…}}. A small letter right before it makes
 * another word of it, as "backtrace", unless a capital begins a new one, as "otelTraceID". */
static bool names_trace(const char *begin, const char *at, const char *end)
{
	const char *rest = at + 5;

	if (behind_google(begin, at))
		return (rest == end || !is_word_char(*rest)) && has_value(rest, end);
	if (at > begin && at[-1] >= 'a' && at[-1] <= 'z' && *at == 't' && !behind_colour(begin, at))
		return false;
	if (matches(rest, end, "parent", 6))
		return has_value(rest + 6, end);
	if (is_nested(rest, end))
		return true;
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

#ifdef __SSE2__
static inline __m128i is_letter(const char *at, char letter)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);

	return _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8(letter));
}

#define BLOCK 19 /* sixteen places, and the three bytes behind the last that "trac" needs */

/* Any name that begins at one of sixteen places. */
static inline bool block_has_id(const char *begin, const char *at, const char *end)
{
	__m128i t = is_letter(at, 't'), r = is_letter(at + 1, 'r'), c = is_letter(at + 3, 'c');
	unsigned found = (unsigned)_mm_movemask_epi8(_mm_and_si128(t, _mm_and_si128(r, c)));

	for (; found; found &= found - 1)
		if (candidate(begin, at + __builtin_ctz(found), end))
			return true;
	return false;
}
#endif

bool lsp_stamp_line_has_id(const char *line, size_t len)
{
	const char *end = line + len;
	size_t i = 0;

#ifdef __SSE2__
	for (; i + BLOCK <= len; i += 16)
		if (block_has_id(line, line + i, end))
			return true;
	if (len >= BLOCK) /* the last places, some for the second time */
		return block_has_id(line, end - BLOCK, end);
#endif
	for (; i + 5 <= len; i++)
		if (lower(line[i]) == 't' && candidate(line, line + i, end))
			return true;
	return false;
}
