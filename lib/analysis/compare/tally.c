#include "tally.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define KEYS_BYTES_MAX (64u << 20)

void lsp_tally_init(struct lsp_tally *t)
{
	*t = (struct lsp_tally){ 0 };
	lsp_interns_init(&t->keys, KEYS_BYTES_MAX);
}

void lsp_tally_release(struct lsp_tally *t)
{
	lsp_interns_release(&t->keys);
	free(t->counts);
	t->counts = NULL;
}

static int make_room(struct lsp_tally *t)
{
	if (t->keys.n <= t->cap)
		return 0;
	uint32_t cap = t->keys.n < 128 ? 256 : t->keys.n * 2;
	struct lsp_count *counts = realloc(t->counts, cap * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (uint32_t i = t->cap; i < cap; i++)
		counts[i] = (struct lsp_count){ .example = { LSP_INTERN_NONE, LSP_INTERN_NONE } };
	t->counts = counts;
	t->cap = cap;
	return 0;
}

int lsp_tally_hit(
	struct lsp_tally *t, const void *key, size_t n, int window, uint32_t span, uint32_t trace)
{
	uint32_t at;
	int rc = lsp_interns_add(&t->keys, key, n, &at);
	rc = rc ? rc : make_room(t);
	if (rc)
		return rc == -E2BIG ? 0 : rc;
	struct lsp_count *c = &t->counts[at];
	if (span != LSP_INTERN_NONE && c->last[window] == span + 1)
		return 0;
	c->last[window] = span + 1;
	c->hits[window]++;
	if (c->example[window] == LSP_INTERN_NONE)
		c->example[window] = trace;
	return 0;
}

struct lsp_count lsp_tally_get(struct lsp_tally *t, const void *key, size_t n)
{
	uint32_t at;
	if (lsp_interns_add(&t->keys, key, n, &at) || make_room(t))
		return (struct lsp_count){ .example = { LSP_INTERN_NONE, LSP_INTERN_NONE } };
	return t->counts[at];
}

double lsp_shares_change(const struct lsp_shares *s)
{
	if (s->calls[LSP_BASELINE] <= 0 || s->calls[LSP_INCIDENT] <= 0)
		return 0;
	return s->hits[LSP_INCIDENT] / s->calls[LSP_INCIDENT] -
	       s->hits[LSP_BASELINE] / s->calls[LSP_BASELINE];
}

/* With one hit and one miss more than were seen, so that "all of three" is no certainty. */
double lsp_shares_z(const struct lsp_shares *s)
{
	double n = s->calls[LSP_BASELINE], m = s->calls[LSP_INCIDENT];
	if (n <= 0 || m <= 0)
		return 0;
	double p = (s->hits[LSP_BASELINE] + s->hits[LSP_INCIDENT] + 1) / (n + m + 2);
	double variance = p * (1 - p) * (1 / n + 1 / m);
	return variance > 0 ? lsp_shares_change(s) / sqrt(variance) : 0;
}

double lsp_sure(double z, double from, double to)
{
	double sure = (z - from) / (to - from);
	return sure < 0 ? 0 : sure > 1 ? 1 : sure;
}

double lsp_worth(double n, double half)
{
	return n > 0 ? n / (n + half) : 0;
}
