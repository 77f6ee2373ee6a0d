/* The one pass over a line that most lines get: where it ends, and whether anything in it needs a
 * closer look. What is plain here is text to text_scan.h and names no trace to stamp.h; what is not
 * plain goes to them.
 *
 * core: libc only; async-signal-safe. */
#ifndef LSP_CORE_LINE_LOOK_H
#define LSP_CORE_LINE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

/* True when text[0..n) is one line and its newline, of printable ASCII and tabs, without "tr" in
 * any case, that begins like prose: not with a space, bracket, quote, "<", "@", "%" or "B". Such a
 * line gets the suffix under --format auto and suffix. False says nothing. */
bool lsp_line_is_plain(const char *text, size_t n);

#endif
