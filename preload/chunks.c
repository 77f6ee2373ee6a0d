#include "chunks.h"

#include <errno.h>
#include <sys/mman.h>

void *lsp_chunk_make(_Atomic(void *) *chunk, size_t size)
{
	size_t bytes = LSP_CHUNK_ELEMENTS * size;
	void *there = NULL;
	int saved = errno;
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	errno = saved;
	if (map == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(chunk, &there, map))
		return map;
	munmap(map, bytes);
	errno = saved;
	return there;
}
