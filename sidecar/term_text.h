/* Text of strangers (log bodies, names) on its way to a person: nothing in it may steer the
 * terminal or pretend to be another line, and it has to fit. */
#ifndef LSP_SIDECAR_TERM_TEXT_H
#define LSP_SIDECAR_TERM_TEXT_H

#include "../lib/model/buf.h"

/* Appends bytes with everything made visible that a terminal could obey: controls but tab as
 * "\x1b", bytes that are not UTF-8 as "\xff", C1 controls, bidirectional overrides and line
 * separators as "<U+202E>". Returns 0, -E2BIG, -ENOMEM. */
int lsp_text_clean(struct lsp_buf *out, const char *bytes, size_t n);

/* Columns that clean text takes: wide characters two, combining ones none, tabs one. */
size_t lsp_text_columns(const char *text, size_t n);

/* Appends clean text cut in the middle ("checkout-s…ceOrder") to at most `columns` columns. dots is
 * what stands for the cut: "…" or "...". */
int lsp_text_fit(struct lsp_buf *out, const char *text, size_t n, size_t columns, const char *dots);

/* Appends text, whose lines are broken between words so that each fits; what is broken off is
 * indented two columns deeper than its line. A word that does not fit alone stays whole. Styles
 * (SGR sequences) take no column. Returns 0, -E2BIG, -ENOMEM. */
int lsp_text_wrap(struct lsp_buf *out, const char *text, size_t n, size_t columns);

/* One UTF-8 character of text[0..n), n > 0: its code point, its length in *ret_len. -1 with
 * length 1 when the bytes are not UTF-8 (RFC 3629: no surrogates, no overlong forms). */
int32_t lsp_text_decode(const char *text, size_t n, size_t *ret_len);

/* "1.53s", "250µs" (ascii: "250us"), as --min-duration takes it: three digits as a rule; cap of 24
 * is enough. */
void lsp_text_duration(char *out, size_t cap, uint64_t ns, bool ascii);

#endif
