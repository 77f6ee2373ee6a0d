/* Memory that the host hands to a system call. The kernel answers EFAULT where it is not there, so
 * a hook that looks at it before the call asks first, and passes the call on when it is not.
 *
 * A page that was there stays known to its thread (four of them): the buffers of lines are used
 * again and again. Async-signal-safe, errno is kept. */
#ifndef LSP_PRELOAD_HOST_MEMORY_H
#define LSP_PRELOAD_HOST_MEMORY_H

#include "shim.h"

#include <sys/uio.h>

#define LSP_HOST_PAGE_BITS 12

/* Asks the kernel for every page. */
bool lsp_host_look(uintptr_t first_page, uintptr_t last_page);

/* True when n bytes can be read there; n 0: nothing is read. */
static inline bool lsp_host_readable(const void *at, size_t n)
{
	uintptr_t first = (uintptr_t)at >> LSP_HOST_PAGE_BITS;
	uintptr_t last = ((uintptr_t)at + n - 1) >> LSP_HOST_PAGE_BITS;

	if (n == 0)
		return true;
	if (__builtin_expect(first == last && lsp_thread.known_pages[first & 3] == first, 1))
		return first != 0;
	return lsp_host_look(first, last);
}

/* The same of a vector and all that it names. */
bool lsp_host_readable_parts(const struct iovec *iov, size_t n);

#endif
