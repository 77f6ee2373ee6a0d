/* Time and calls that no span accounts for. */
#ifndef LSP_ANALYSIS_GAPS_H
#define LSP_ANALYSIS_GAPS_H

#include "tree.h"

enum lsp_gap_kind {
	LSP_GAP_UNINSTRUMENTED, /* a CLIENT call into something that sends no spans */
	LSP_GAP_QUEUE, /* the wait between a PRODUCER's end and its CONSUMER's start */
	LSP_GAP_MISSING_PARENT, /* names a parent that is not here */
};
const char *lsp_gap_kind_name(enum lsp_gap_kind kind); /* "uninstrumented", … */

struct lsp_gap {
	size_t span;
	uint64_t ns; /* how long nothing is known of: the call's self time, the wait, the span */
	enum lsp_gap_kind kind;
};

/* Calls to databases count as leaves, not as gaps. *ret: a malloc'ed array of *ret_n gaps in order
 * of display. Returns 0 or -ENOMEM. */
int lsp_gaps_find(const struct lsp_tree *t, struct lsp_gap **ret, size_t *ret_n);

#endif
