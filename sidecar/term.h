/* Where the answers go: a terminal or not, how wide, with colours or not, through a pager or not.
 * Colour: only on a terminal, not with NO_COLOR (https://no-color.org) nor TERM=dumb. */
#ifndef LSP_SIDECAR_TERM_H
#define LSP_SIDECAR_TERM_H

#include <stdbool.h>
#include <stddef.h>

#define LSP_TERM_PIPE_COLUMNS 100
#define LSP_TERM_COLUMNS_MIN  40
#define LSP_TERM_COLUMNS_MAX  1000

struct lsp_term {
	bool tty, colour, utf8;
	size_t columns; /* COLUMNS, else the terminal's, else 100; between 40 and 1000 */
};

/* X(id, SGR parameters) */
#define LSP_STYLE_TABLE(X)                                                                         \
	X(PLAIN, "0")                                                                              \
	X(BOLD, "1")                                                                               \
	X(DIM, "2")                                                                                \
	X(ERROR, "1;31")                                                                           \
	X(WARNING, "33")                                                                           \
	X(SERVICE, "36")                                                                           \
	X(BAR, "34")                                                                               \
	X(MATCH, "1;35")

enum lsp_style {
#define X(id, sgr) LSP_STYLE_##id,
	LSP_STYLE_TABLE(X)
#undef X
};

/* Looks at standard output and the environment. Sets LC_CTYPE. */
void lsp_term_init(struct lsp_term *t);

/* The escape sequence of a style, "" without colour. */
const char *lsp_term_style(const struct lsp_term *t, enum lsp_style style);

/* On a terminal: sends standard output through LINESPAN_PAGER, PAGER or `less -RFX`; "cat" or
 * empty mean none. Call it before the first output; lsp_term_finish() after the last. */
void lsp_term_page(const struct lsp_term *t);
/* Flushes, and waits for the pager when there is one. */
void lsp_term_finish(void);

#endif
