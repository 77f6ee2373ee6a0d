#include "lib/core/peek.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE LSP_PEEK_PAGE_BYTES

/* Three pages: nothing mapped, readable, not readable. */
static char *make_pages(void)
{
	char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(at, MAP_FAILED);
	memset(at + PAGE, 'x', PAGE);
	cr_assert_eq(munmap(at, PAGE), 0);
	cr_assert_eq(mprotect(at + 2 * PAGE, PAGE, PROT_NONE), 0);
	return at + PAGE;
}

Test(peek, copies_what_is_there_and_touches_nothing_else)
{
	uintptr_t page = (uintptr_t)make_pages();
	const struct {
		uintptr_t address;
		size_t n;
		bool there;
	} cases[] = {
		{ page, 1, true },
		{ page, 8, true },
		{ page, PAGE, true },
		{ page + PAGE - 8, 8, true },
		{ page + PAGE - 1, 1, true },
		{ page + 3, 8, true },
		{ page, 0, false },
		{ page, PAGE + 1, false },
		{ page + PAGE - 7, 8, false }, /* into what must not be read */
		{ page + PAGE, 1, false },
		{ page - 1, 1, false },
		{ page - 1, 2, false },
		{ 0, 1, false },
		{ 16, 8, false },
		{ UINTPTR_MAX, 1, false },
		{ UINTPTR_MAX - 7, 8, false },
		{ (uintptr_t)1 << 63, 8, false },
		{ (uintptr_t)0x4141414141414141, 8, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_peek p = { .n = 0 };
		char got[PAGE + 1];
		memset(got, '.', sizeof(got));
		errno = 77;
		cr_expect_eq(lsp_peek(&p, cases[i].address, got, cases[i].n), cases[i].there,
			"case %zu", i);
		cr_expect_eq(errno, 77, "case %zu", i);
		for (size_t j = 0; j < sizeof(got); j++)
			cr_assert_eq(got[j], cases[i].there && j < cases[i].n ? 'x' : '.',
				"case %zu, byte %zu", i, j);
	}
}

Test(peek, remembers_more_pages_than_it_has_room_for)
{
	enum { N = 3 * LSP_PEEK_PAGES };
	char *at = mmap(NULL, N * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct lsp_peek p = { .n = 0 };
	char byte;

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < N; i++)
			cr_assert(lsp_peek(&p, (uintptr_t)at + i * PAGE, &byte, 1));
	cr_expect_not(lsp_peek(&p, 16, &byte, 1));
}

Test(peek, leaves_the_signal_mask_alone)
{
	uint64_t all = ~(uint64_t)0, got;
	sigset_t before, after;
	struct lsp_peek p = { .n = 0 };

	sigprocmask(SIG_BLOCK, NULL, &before);
	cr_assert(lsp_peek(&p, (uintptr_t)&all, &got, sizeof(got)));
	sigprocmask(SIG_BLOCK, NULL, &after);
	cr_expect_eq(memcmp(&before, &after, sizeof(uint64_t)), 0);
}
