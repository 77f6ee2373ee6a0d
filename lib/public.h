/* What the files of the public library share. Not installed. */
#ifndef LSP_PUBLIC_H
#define LSP_PUBLIC_H

#include "linespan.h"
#include "core/ring.h"
#include "core/thread_context.h"

/* This thread's published record, made visible on first use. */
struct lsp_thread_record *lsp_public_record(void);

/* The active context, TRACEPARENT's included. Returns 0 or -ENOENT. */
int lsp_public_current(struct lsp_context *ret);

void lsp_public_to(struct lsp_context *ret, const struct linespan_context *from);
void lsp_public_from(struct linespan_context *ret, const struct lsp_context *from);

/* The process's ring: opened before main(), and again in a forked child. NULL: none, nothing is
 * recorded. */
struct lsp_ring *lsp_public_ring(void);

/* The kernel's id of this thread. */
uint32_t lsp_public_tid(void);

/* Random ids, from this thread's generator. */
void lsp_public_random_id(uint8_t *ret, unsigned n);

#endif
