/* How often something was so, in both windows: hits per key, each span counted once. And how sure
 * a difference of two shares is. */
#ifndef LSP_ANALYSIS_TALLY_H
#define LSP_ANALYSIS_TALLY_H

#include "../window/interns.h"

enum { LSP_BASELINE, LSP_INCIDENT, LSP_WINDOWS };

struct lsp_count {
	uint32_t hits[LSP_WINDOWS];
	uint32_t last[LSP_WINDOWS]; /* the span that was counted last, number + 1 */
	uint32_t example[LSP_WINDOWS]; /* the trace of the first one; NONE */
};

struct lsp_tally {
	struct lsp_interns keys;
	struct lsp_count *counts; /* by key */
	uint32_t cap;
};

void lsp_tally_init(struct lsp_tally *t);
void lsp_tally_release(struct lsp_tally *t);
/* One hit of this key; span NONE: always a new one. All hits of one span must come in a row.
 * Returns 0 or -ENOMEM. Keys beyond the ceiling are not counted. */
int lsp_tally_hit(
	struct lsp_tally *t, const void *key, size_t n, int window, uint32_t span, uint32_t trace);
/* Zeros for a key that was never hit. */
struct lsp_count lsp_tally_get(struct lsp_tally *t, const void *key, size_t n);

/* Hits of calls in both windows. */
struct lsp_shares {
	double hits[LSP_WINDOWS], calls[LSP_WINDOWS];
};
/* The incident's share less the baseline's; 0 when one of them has no calls. */
double lsp_shares_change(const struct lsp_shares *s);
/* The change in standard errors of a difference of shares. */
double lsp_shares_z(const struct lsp_shares *s);
/* 0 for z up to `from`, 1 from `to` on, straight between. */
double lsp_sure(double z, double from, double to);
/* n / (n + half): how much n observations are worth. */
double lsp_worth(double n, double half);

#endif
