#include "lib/core/random_id.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDS 20000

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

Test(random_id, ids_of_one_thread_differ_and_are_not_zero)
{
	static uint8_t ids[IDS][16];
	static const uint8_t zero[16];
	struct lsp_random r = { { 0 } };

	for (int i = 0; i < IDS; i++) {
		lsp_random_id(&r, ids[i], 16);
		cr_assert(memcmp(ids[i], zero, 8) != 0 && memcmp(ids[i] + 8, zero, 8) != 0);
	}
	qsort(ids, IDS, 16, compare);
	for (int i = 1; i < IDS; i++)
		cr_assert(memcmp(ids[i - 1], ids[i], 16) != 0);
}

Test(random_id, each_bit_is_set_about_half_the_time)
{
	struct lsp_random r = { { 0 } };
	unsigned set[64] = { 0 };

	for (int i = 0; i < IDS; i++) {
		uint64_t id;

		lsp_random_id(&r, (uint8_t *)&id, 8);
		for (int bit = 0; bit < 64; bit++)
			set[bit] += id >> bit & 1;
	}
	for (int bit = 0; bit < 64; bit++) /* ten standard deviations */
		cr_assert(set[bit] > IDS / 2 - 710 && set[bit] < IDS / 2 + 710, "%u", set[bit]);
}

Test(random_id, two_states_do_not_begin_alike_and_errno_is_kept)
{
	struct lsp_random a = { { 0 } }, b = { { 0 } };
	uint8_t one[16], two[16];

	errno = 4711;
	lsp_random_id(&a, one, 16);
	lsp_random_id(&b, two, 16);
	cr_expect_eq(errno, 4711);
	cr_expect(memcmp(one, two, 16) != 0);
}

Test(random_id, writes_8_bytes_when_8_are_asked_for)
{
	struct lsp_random r = { { 0 } };
	uint8_t id[16];

	memset(id, 0x5a, sizeof(id));
	lsp_random_id(&r, id, 8);
	for (int i = 8; i < 16; i++)
		cr_expect_eq(id[i], 0x5a);
}
