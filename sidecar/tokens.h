/* Bearer tokens (RFC 6750): a file with one on each line. All are good, so that a new one can be
 * handed out before the old one goes; who sends uses the first. */
#ifndef LSP_SIDECAR_TOKENS_H
#define LSP_SIDECAR_TOKENS_H

#include "../lib/model/slice.h"

#define LSP_TOKEN_CHARS_MAX 4096
#define LSP_TOKENS_MAX      16 /* in a file */

struct lsp_tokens;

/* Reads the file. Returns 0 or -errno with one line in why (cap bytes): the path and what is wrong
 * with it, never its content. */
int lsp_tokens_new(struct lsp_tokens **ret, const char *path, char *why, size_t cap);
/* NULL is fine; returns NULL. */
struct lsp_tokens *lsp_tokens_free(struct lsp_tokens *t);
/* Reads the file again; as above, and after a failure the tokens of before stay good. */
int lsp_tokens_reload(struct lsp_tokens *t, char *why, size_t cap);

/* True when the value of an Authorization header holds a token: "Bearer TOKEN", or "Basic …" with
 * the token as the password of any user, which is what a browser asks for. Takes the same time for
 * all wrong tokens of one length. Any thread. */
bool lsp_tokens_allow(struct lsp_tokens *t, struct lsp_slice authorization);

/* The first token of a file, for those who send it. Returns and says as lsp_tokens_new(). */
int lsp_token_read_first(
	char ret[LSP_TOKEN_CHARS_MAX + 1], const char *path, char *why, size_t cap);

#endif
