/* Is it text? The cheap test that each write gets before anything is changed (rule R8).
 *
 * core: libc only; async-signal-safe. SSE2 where the compiler has it, plain C elsewhere, the same
 * answers. */
#ifndef LSP_CORE_TEXT_SCAN_H
#define LSP_CORE_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* True when buf[0..len) has no NUL and no other control byte than \t \n \r and ESC "[", is UTF-8
 * (a sequence cut by the end of the buffer is allowed; so is one cut by its beginning: up to three
 * continuation bytes first), and does not begin with the magic of gzip, zip, PNG, ELF, zstd, xz,
 * bzip2 or PDF. An empty buffer is text. */
bool lsp_text_scan(const char *buf, size_t len);

#endif
