/* Which spans are attempts of one and the same call. */
#ifndef LSP_ANALYSIS_RETRIES_H
#define LSP_ANALYSIS_RETRIES_H

#include "calls.h"

struct lsp_retries {
	size_t first, last; /* spans: the first and the last attempt */
	size_t attempts; /* two at least; the one that succeeded counts, too */
	bool succeeded; /* the last one is not in error */
	bool growing; /* each pause is longer than the one before: a backoff */
	uint64_t wasted_ns; /* the durations of the attempts that led to nothing */
};

/* Writes to retry_of[i], for each span, the attempt before it, or LSP_TREE_NONE. Attempts are
 * siblings with one service, name and kind, of which the later one counts its resends, links to
 * the earlier one, follows it after its error, or is a second SERVER below one CLIENT (more than
 * ten of these that are all well are a stream). *ret: a malloc'ed array of *ret_n groups, in order
 * of display. Returns 0 or -ENOMEM. */
int lsp_retries_find(
	struct lsp_calls *calls, size_t *retry_of, struct lsp_retries **ret, size_t *ret_n);

#endif
