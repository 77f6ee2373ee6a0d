/* All answers about one trace, side by side. */
#ifndef LSP_ANALYSIS_INSIGHT_H
#define LSP_ANALYSIS_INSIGHT_H

#include "critical_path.h"
#include "error_origin.h"
#include "gaps.h"
#include "repeats.h"
#include "retries.h"
#include "waiting.h"

struct lsp_insight {
	uint64_t *critical_ns; /* the arrays have one element a span */
	uint64_t *waits_ns; /* self time that is a wait for a call beside it */
	uint8_t *roles; /* enum lsp_error_role */
	size_t *retry_of;
	struct lsp_retries *retries;
	struct lsp_repeats *repeats;
	struct lsp_gap *gaps;
	size_t n_retries, n_repeats, n_gaps;
	size_t main_root, origin, slowest; /* spans; LSP_TREE_NONE: there is none */
};

/* slowest: the span with the most self time, less what it only waits. 100,000 spans take less than
 * a tenth of a second. Returns 0 or -ENOMEM with ret untouched. */
int lsp_insight_build(struct lsp_insight *ret, const struct lsp_tree *t);
void lsp_insight_release(struct lsp_insight *in);

#endif
