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

unsigned lsp_log_look(struct lsp_slice line)
{
	const char *at = line.at, *end = line.at + line.len;
	unsigned seen = 0;

	/* Sixteen bytes at a time: a letter, and the one behind it. */
	for (; end - at > LANES && !(seen & LSP_LOG_SEES_NAME); at += LANES) {
		lanes first, second, hit;

		memcpy(&first, at, LANES);
		memcpy(&second, at + 1, LANES);
		hit = (lanes)(first == all('['));
		first |= 0x20;
		hit |= (lanes)(first == all('b')) & (lanes)(second == all('3'));
		second |= 0x20;
		hit |= (lanes)(first == all('t')) & (lanes)(second == all('r'));
		if (any(hit))
			seen |= look_closely(at, LANES, end);
	}
	if (seen & LSP_LOG_SEES_NAME)
		return seen | LSP_LOG_SEES_BRACKET; /* what was not looked at may have one */
	return seen | look_closely(at, (size_t)(end - at), end);
}
