/* Copies bytes so that they end where an unmapped page begins: a parser that reads one byte too
 * many dies at once. Memory is not given back; a test's process is short. */
#ifndef LSP_TESTS_GUARD_PAGE_H
#define LSP_TESTS_GUARD_PAGE_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline char *guard_page_copy(const void *bytes, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (n + page - 1) / page * page + (n == 0 ? page : 0);
	char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map + room, page, PROT_NONE))
		return NULL;
	if (n)
		memcpy(map + room - n, bytes, n);
	return map + room - n;
}

#endif
