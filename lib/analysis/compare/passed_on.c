/* Errors that another service's odd way of working explains.
 *
 * A caller cannot make its callee leave out steps of its own. When a service fails, and in those
 * requests it had called one whose operations no longer do what they did, the callee answered
 * something wrong, though it said that it was well: the caller passes on what it was given. */
#include "findings.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH_MAX 1000
#define AS_STRONG 0.4 /* of the error's weight; an odd step counts half as much as an error */
#define MOST      0.5 /* of the failed calls have it below them */
#define LEFT      0.3 /* of the error's weight */

/* below[i]: the weight of the oddest service that is called, directly or not, by span i. */
static void find_odd_below(const struct lsp_window *w, const double *odd, double *below)
{
	for (uint32_t i = 0; i < w->n_spans; i++) {
		double weight = odd[w->spans[i].service];
		uint32_t at = w->spans[i].parent;
		for (int d = 0; weight > 0 && at != LSP_INTERN_NONE && d < DEPTH_MAX; d++) {
			if (w->spans[at].service != w->spans[i].service && below[at] < weight)
				below[at] = weight;
			at = w->spans[at].parent;
		}
	}
}

static bool is_explained(
	const struct lsp_window *w, const struct lsp_finding *finding, const double *below)
{
	uint32_t failed = 0, explained = 0;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		if (!s->failed || s->service != finding->service || s->name != finding->name ||
			s->foreign_error_below)
			continue;
		failed++;
		explained += below[i] >= AS_STRONG * finding->weight;
	}
	return failed && explained >= MOST * failed;
}

int lsp_compare_pass_on(struct lsp_findings *f)
{
	const struct lsp_window *w = f->windows[LSP_INCIDENT];
	double *odd = calloc(f->vocabulary->names.n + 1, sizeof(*odd));
	double *below = calloc(w->n_spans + 1, sizeof(*below));
	int rc = odd && below ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < f->n; i++) {
		const struct lsp_finding *one = &f->all[i];
		if (one->kind == LSP_FINDING_ODD && one->weight > odd[one->service])
			odd[one->service] = one->weight;
	}
	if (rc == 0)
		find_odd_below(w, odd, below);
	for (size_t i = 0; rc == 0 && i < f->n; i++) {
		struct lsp_finding *one = &f->all[i];
		if (one->kind == LSP_FINDING_ERROR && is_explained(w, one, below))
			one->weight *= LEFT;
	}
	free(odd);
	free(below);
	return rc;
}
