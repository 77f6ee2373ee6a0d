/* Memory of which it is not known that it is there. The kernel is asked before a load: a call that
 * reads its argument and then refuses another one fails in a different way where nothing is mapped.
 * It changes nothing, every seccomp profile allows it, and it costs a tenth of process_vm_readv().
 * What is read is the truth unless another thread unmaps the page in between.
 *
 * core: libc only; no malloc, no lock; async-signal-safe; errno is kept. */
#ifndef LSP_CORE_PEEK_H
#define LSP_CORE_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LSP_PEEK_PAGE_BYTES 4096u /* the smallest there is */
#define LSP_PEEK_PAGES      8

/* Pages that could be read a moment ago. Zeroed: none. Good for one look-up, on a stack. */
struct lsp_peek {
	uintptr_t pages[LSP_PEEK_PAGES];
	unsigned n;
};

/* Copies n bytes (at most a page) from an address that may not exist. False, with ret untouched,
 * when a byte of them cannot be read. */
bool lsp_peek(struct lsp_peek *p, uintptr_t address, void *ret, size_t n);

#endif
