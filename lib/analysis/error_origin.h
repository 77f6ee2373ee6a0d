/* Where errors began, and where they went. */
#ifndef LSP_ANALYSIS_ERROR_ORIGIN_H
#define LSP_ANALYSIS_ERROR_ORIGIN_H

#include "tree.h"

enum lsp_error_role {
	LSP_ERROR_NONE, /* the span is well */
	LSP_ERROR_ORIGIN, /* in error, and nothing below it that could be the cause */
	LSP_ERROR_PROPAGATED, /* in error because a span below is */
	LSP_ERROR_ABSORBED, /* the same, and the last one: its parent is well */
	LSP_ERROR_REMAPPED, /* in error like the one below, with another code or message */
};
const char *lsp_error_role_name(enum lsp_error_role role); /* NULL for NONE */

/* Writes roles[i] for each span. A span whose status is unset lets an error below it pass upwards;
 * one that says it is well stops it. *ret_origin (may be NULL) is the origin that the request as a
 * whole goes back to: below the main root when that failed, else the first one; LSP_TREE_NONE when
 * nothing failed. Returns 0 or -ENOMEM. */
int lsp_error_roles(const struct lsp_tree *t, uint8_t *roles, size_t *ret_origin);

/* The first log record of severity ERROR or more in the span's subtree; LSP_TREE_NONE: none. */
size_t lsp_first_error_log(const struct lsp_tree *t, size_t span);

/* What the span says of its failure: its status message, its exception's message or type, its
 * error.type; "" when it says nothing. Lives as long as the span. */
const char *lsp_error_message(const struct lsp_span *s);

#endif
