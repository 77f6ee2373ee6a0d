/* Lines that name their request: by its target, by an id in it, by its trace id. Used where the
 * thread alone does not prove whose a line is: to confirm, to veto, and, for programs that write
 * what many requests logged in one go, to find.
 *
 * Recent requests are kept as hashes of what names them, in a ring that grows by mmap(). No malloc,
 * no lock. Keeps errno. */
#ifndef LSP_PRELOAD_CONTENT_H
#define LSP_PRELOAD_CONTENT_H

#include "profile.h"
#include "shim.h"

struct lsp_conn;

enum lsp_doubt {
	LSP_DOUBT_NONE,    /* proven; a line that names another request only is still not its own */
	LSP_DOUBT_CONFIRM, /* the line must name the request, and no other */
	LSP_DOUBT_FIND,    /* no request is known: the line must name exactly one */
};

/* What names a request: its target, its path, two ids in it, its trace id. */
#define LSP_CONTENT_NAMES 5

/* Remembers the request that a connection has just read. */
void lsp_content_note(struct lsp_conn *c);

/* Whose is this line? Returns true when *c is: it may have changed to the request that the line
 * names. Returns false when nobody's: the line gets no id. Clears c->doubt. */
bool lsp_content_judge(struct lsp_context *c, const char *line, size_t n);

/* True when lines of this context must be judged one by one. */
static inline bool lsp_content_wanted(const struct lsp_context *c)
{
	return c->doubt ||
	       (c->source == LSP_SOURCE_FD && !(lsp_shim.traits & LSP_TRAIT_EXACT));
}

/* For texts that are one line: false when the line is to pass through. */
static inline bool lsp_content_allows(struct lsp_context *c, const char *line, size_t n)
{
	return !lsp_content_wanted(c) || lsp_content_judge(c, line, n);
}

#endif
