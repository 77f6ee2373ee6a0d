/* Lines that a program has collected: a buffer of its own is written when it is full, long after
 * its lines were printed. Whose they are is not known at the call.
 *
 * Several lines that are one message (a stack trace below its first line) are as good as one line.
 * Others at once are believed to be of the context that a tracer publishes when the program itself
 * writes them, but not when its runtime or library does, whose streams collect; and not to be of a
 * context that was found by following requests. */
#ifndef LSP_PRELOAD_COLLECTED_H
#define LSP_PRELOAD_COLLECTED_H

#include "../lib/core/context.h"

#include <link.h>
#include <stddef.h>

/* True when lines of this text may have been printed in another context than c. by_library: the
 * caller is lsp_collected_by(). */
bool lsp_collected(const struct lsp_context *c, bool by_library, const char *text, size_t n);

/* True for code of a library whose streams collect: libstdc++'s and libc++'s, of files and, when
 * they are not synchronized with stdio, of standard output and error. */
bool lsp_collected_by(const void *code);

/* An object is loaded. Where the host itself called the loader, or before main(). */
void lsp_collected_note(const struct dl_phdr_info *object);

#endif
