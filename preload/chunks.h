/* Tables by descriptor that cost nothing until they are used: memory comes by mmap() in chunks,
 * when an element is first needed, and stays. No malloc, no lock: two threads that need one chunk
 * at once both map it, and one of them gives its own back. Keeps errno. */
#ifndef LSP_PRELOAD_CHUNKS_H
#define LSP_PRELOAD_CHUNKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define LSP_CHUNK_ELEMENTS 64

/* Maps a zeroed chunk for elements of `size` bytes and puts it there, unless one is there by then.
 * Returns the chunk that is, NULL without memory. */
void *lsp_chunk_make(_Atomic(void *) *chunk, size_t size);

/* The element of that index, NULL when its chunk is not there (and not to be made, or cannot be).
 * */
static inline void *lsp_chunk_at(_Atomic(void *) *chunks, size_t index, size_t size, bool make)
{
	_Atomic(void *) *chunk = &chunks[index / LSP_CHUNK_ELEMENTS];
	char *at = atomic_load_explicit(chunk, memory_order_acquire);

	if (!at && make)
		at = lsp_chunk_make(chunk, size);
	return at ? at + index % LSP_CHUNK_ELEMENTS * size : NULL;
}

#endif
