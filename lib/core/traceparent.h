/* W3C Trace Context, Level 2: https://www.w3.org/TR/trace-context-2/
 *
 * core: libc only; no malloc, no lock, no stdio; async-signal-safe. */
#ifndef LSP_CORE_TRACEPARENT_H
#define LSP_CORE_TRACEPARENT_H

#include "context.h"
#include <stddef.h>

#define LSP_TRACEPARENT_CHARS 55 /* "00-" 32 "-" 16 "-" 2 */

#define LSP_TRACESTATE_MEMBERS_MAX 32
#define LSP_TRACESTATE_CHARS_MAX   512

/* Reads a traceparent value of len bytes. Outer spaces and tabs are not part of a value: the
 * header parser has removed them, and they are refused here.
 * Rules: version ff is invalid; version 00 is exactly 55 characters; a higher version may go on
 * after "-" and is read at the same positions, sampled bit only; upper case, other characters,
 * zero trace or span ids make the whole value invalid.
 * Returns 0 and fills ids, flags (unknown bits cleared) and source = NONE, or -EINVAL with ret
 * untouched. */
int lsp_traceparent_parse(const char *text, size_t len, struct lsp_context *ret);

/* Writes the 55 characters of version 00, no NUL. The context must have a trace and a span. */
void lsp_traceparent_format(const struct lsp_context *c, char out[LSP_TRACEPARENT_CHARS]);

/* Checks a tracestate value (several headers joined with ","). Returns the number of members
 * (empty members are allowed and not counted), or -EINVAL: too many, bad key or value.
 * A bad tracestate never makes its traceparent bad. */
int lsp_tracestate_check(const char *text, size_t len);

/* Copies a valid tracestate to out, cut to cap bytes by whole members: those longer than 128
 * characters leave first, then those at the end. No NUL. Returns the bytes written. */
size_t lsp_tracestate_copy(char *out, size_t cap, const char *text, size_t len);

#endif
