#include "peek.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_SUCH_WAY (-1L) /* of changing a signal mask */
#define MASK_BYTES  8L /* of the kernel's signal mask */

static bool readable(struct lsp_peek *p, uintptr_t page)
{
	int saved = errno;

	for (unsigned i = 0; i < p->n && i < LSP_PEEK_PAGES; i++)
		if (p->pages[i] == page)
			return true;
	/* The kernel copies the mask first (EFAULT), and refuses the way then (EINVAL). */
	bool there = syscall(SYS_rt_sigprocmask, NO_SUCH_WAY, page, NULL, MASK_BYTES) == -1 &&
		     errno == EINVAL;
	errno = saved;
	if (there)
		p->pages[p->n++ % LSP_PEEK_PAGES] = page;
	return there;
}

/* Neighbours of what is looked for may be poisoned, which is no error of ours. */
__attribute__((no_sanitize("address"))) static void copy(uintptr_t address, void *to, size_t n)
{
	const volatile char *from = (const volatile char *)address;

	if (n == sizeof(uint64_t) && address % sizeof(uint64_t) == 0)
		*(uint64_t *)to = *(const volatile uint64_t *)address;
	else
		for (size_t i = 0; i < n; i++)
			((char *)to)[i] = from[i];
}

bool lsp_peek(struct lsp_peek *p, uintptr_t address, void *ret, size_t n)
{
	const uintptr_t page = ~(uintptr_t)(LSP_PEEK_PAGE_BYTES - 1);

	if (n == 0 || n > LSP_PEEK_PAGE_BYTES || address < LSP_PEEK_PAGE_BYTES ||
		address > UINTPTR_MAX - n || !readable(p, address & page) ||
		!readable(p, (address + n - 1) & page))
		return false;
	copy(address, ret, n);
	return true;
}
