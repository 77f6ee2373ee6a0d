/* The same call over and over: what one call for all of it would do (N+1). */
#ifndef LSP_ANALYSIS_REPEATS_H
#define LSP_ANALYSIS_REPEATS_H

#include "calls.h"

#define LSP_REPEATS_MIN 10 /* more than these are meant */

struct lsp_repeats {
	size_t first; /* span: the first of them */
	size_t n;
	uint64_t total_ns; /* their durations */
	bool in_a_row; /* each begins when the one before has ended */
};

/* Finds siblings with one service, name, kind and peer, of which more than ten take about as long
 * as the others (half to twice the median) and none is an attempt of another (retry_of, of
 * retries.h). CONSUMERs are no calls. *ret: a malloc'ed array of *ret_n, in order of display.
 * Returns 0 or -ENOMEM. */
int lsp_repeats_find(
	struct lsp_calls *calls, const size_t *retry_of, struct lsp_repeats **ret, size_t *ret_n);

#endif
