#include "real.h"

#include "host_memory.h"

#include "../lib/core/peek.h"

bool lsp_host_look(uintptr_t first_page, uintptr_t last_page)
{
	if (first_page == 0 || last_page < first_page)
		return false;
	if (lsp_shim.in_valgrind)
		return true; /* it tells of memory that is not there */
	for (uintptr_t page = first_page; page <= last_page; page++) {
		struct lsp_peek p = { .n = 0 };
		char byte;

		if (lsp_thread.known_pages[page & 3] == page)
			continue;
		if (!lsp_peek(&p, page << LSP_HOST_PAGE_BITS, &byte, 1))
			return false;
		lsp_thread.known_pages[page & 3] = page;
	}
	return true;
}

bool lsp_host_readable_parts(const struct iovec *iov, size_t n)
{
	if (n > 1024 || !lsp_host_readable(iov, n * sizeof(*iov)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!lsp_host_readable(iov[i].iov_base, iov[i].iov_len))
			return false;
	return true;
}
