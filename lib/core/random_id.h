/* Random trace and span ids.
 *
 * A xoshiro256** state per thread, seeded by getrandom(2) (a hash of clock, pid, tid and address
 * when that is refused). Ids need to be unlikely to collide, not to be secret.
 * core: no malloc, no lock. Not to be called from a signal handler that interrupted itself: the
 * caller owns the state and guards it. */
#ifndef LSP_CORE_RANDOM_ID_H
#define LSP_CORE_RANDOM_ID_H

#include <stdint.h>

struct lsp_random {
	uint64_t s[4]; /* all zero: not seeded yet; zero it after fork */
};

/* Fills n bytes (8 or 16), never all zero. Seeds the state on first use. */
void lsp_random_id(struct lsp_random *r, uint8_t *ret, unsigned n);

#endif
