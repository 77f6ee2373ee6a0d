/* Several lines that are one message: a first line, and what programs put below it.
 *
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_TEXT_MESSAGE_H
#define LSP_CORE_TEXT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/* True when every line but the first goes on with the one before it: it is empty or indented,
 * closes brackets, or belongs to a stack trace of Java ("Caused by: "), Python ("Traceback …" and
 * the exception behind it) and their like. True for a text of one line. */
bool lsp_text_is_message(const char *text, size_t n);

#endif
