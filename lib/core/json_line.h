/* Is this line exactly one JSON object, and where does it end? A scanner, not a parser: it builds
 * nothing, needs no memory and reads each byte once.
 *
 * core: libc only; async-signal-safe. */
#ifndef LSP_CORE_JSON_LINE_H
#define LSP_CORE_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LSP_JSON_DEPTH_MAX 64

/* Looks at line[0..len). Returns 1 when it is exactly one RFC 8259 object (spaces around it
 * allowed, depth at most LSP_JSON_DEPTH_MAX): *ret_close is the offset of the last "}", *ret_empty
 * tells whether it has no members. Returns 0 when the line is not JSON-like (its first
 * non-space is not "{" or "["), -EINVAL when it is JSON-like but not exactly one object.
 * Outputs are untouched unless it returns 1. A full check: numbers, literals, escapes, UTF-8 in
 * strings are verified, so that adding a member never makes valid JSON of what was not. */
int lsp_json_line(const char *line, size_t len, size_t *ret_close, bool *ret_empty);

#endif
