#include "log_look.h"
#include "log_value.h"

#define LANES 16
typedef uint8_t lanes __attribute__((vector_size(LANES)));
typedef uint64_t halves __attribute__((vector_size(LANES)));

static inline lanes all(uint8_t byte)
{
	return (lanes){ 0 } + byte;
}

static inline bool any(lanes v)
{
	halves h = (halves)v;
	return (h[0] | h[1]) != 0;
}

/* Which signs begin in the first n bytes of at; more bytes follow. */
static unsigned look_closely(const char *at, size_t n, const char *end)
{
	unsigned seen = 0;

	for (; n > 0; n--, at++) {
		if (*at == '[')
			seen |= LSP_LOG_SEES_BRACKET;
		else if (lower(*at) == 'b' && at + 1 < end && at[1] == '3')
			seen |= LSP_LOG_SEES_NAME;
		else if (lower(*at) == 't' && end - at >= 5 && lower(at[1]) == 'r' &&
			 lower(at[2]) == 'a' && lower(at[3]) == 'c' && lower(at[4]) == 'e')
			seen |= LSP_LOG_SEES_NAME;
	}
	return seen;
}

/* Where a sign may begin in the bytes at `at`; one more is read. */
static inline lanes signs_at(const char *at)
{
	lanes first, second, low;

	memcpy(&first, at, LANES);
	memcpy(&second, at + 1, LANES);
	low = first | 0x20;
	return (lanes)(first == all('[')) |
	       ((lanes)(low == all('b')) & (lanes)(second == all('3'))) |
	       ((lanes)(low == all('t')) & (lanes)((second | 0x20) == all('r')));
}

unsigned lsp_log_look(struct lsp_slice line)
{
	const char *at = line.at, *end = line.at + line.len;
	unsigned seen = 0;

	/* Sixteen bytes at a time, and the answer asked for once in four. */
	for (; end - at > 4 * LANES; at += 4 * LANES) {
		if (any(signs_at(at) | signs_at(at + LANES) | signs_at(at + 2 * LANES) |
			    signs_at(at + 3 * LANES)))
			seen |= look_closely(at, 4 * LANES, end);
		if (seen & LSP_LOG_SEES_NAME)
			return seen | LSP_LOG_SEES_BRACKET; /* the rest may have one */
	}
	for (; end - at > LANES; at += LANES)
		if (any(signs_at(at)))
			seen |= look_closely(at, LANES, end);
	if (line.len > LANES && !any(signs_at(end - LANES - 1)) && end[-1] != '[')
		return seen;
	return seen | look_closely(at, (size_t)(end - at), end);
}
