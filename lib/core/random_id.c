/* xoshiro256** by Blackman and Vigna (public domain), seeded through splitmix64. */
#include "random_id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15ull);

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
	return z ^ (z >> 31);
}

static void seed(struct lsp_random *r)
{
	int saved = errno;
	struct timespec now;
	uint64_t weak;

	if (getrandom(r->s, sizeof(r->s), GRND_NONBLOCK) != (ssize_t)sizeof(r->s)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		weak = (uint64_t)now.tv_nsec * 0x9E3779B97F4A7C15ull ^ (uint64_t)now.tv_sec ^
		       (uint64_t)syscall(SYS_gettid) << 32 ^ (uintptr_t)r;
		for (int i = 0; i < 4; i++)
			r->s[i] = splitmix(&weak);
	}
	r->s[0] |= 1; /* all zero means: not seeded */
	errno = saved;
}

static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t next(struct lsp_random *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

void lsp_random_id(struct lsp_random *r, uint8_t *ret, unsigned n)
{
	if (!(r->s[0] | r->s[1] | r->s[2] | r->s[3]))
		seed(r);
	for (unsigned i = 0; i + 8 <= n; i += 8) {
		uint64_t value;

		do
			value = next(r);
		while (value == 0);
		memcpy(ret + i, &value, 8);
	}
}
