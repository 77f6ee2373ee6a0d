#include "waiting.h"

#define WAITERS_MAX   8 /* open at once, below one parent */
#define OVERLAP_SHARE 100 /* a call may outlast its waiter by one part in so many of it */

struct waiter {
	size_t span;
	uint64_t covered_to; /* what is counted already ends here */
};

static bool may_wait(const struct lsp_tree *t, size_t i)
{
	unsigned kind = t->trace->spans[i].kind;
	return t->nodes[i].first_child == LSP_TREE_NONE &&
	       (kind == LSP_KIND_INTERNAL || kind == LSP_KIND_UNSPECIFIED);
}

static bool is_call(const struct lsp_tree *t, size_t i)
{
	return t->nodes[i].first_child != LSP_TREE_NONE ||
	       t->trace->spans[i].kind == LSP_KIND_CLIENT;
}

static void count(const struct lsp_tree *t, struct waiter *w, size_t call, uint64_t *waits_ns)
{
	const struct lsp_span *c = &t->trace->spans[call], *s = &t->trace->spans[w->span];
	uint64_t from = c->start_ns > w->covered_to ? c->start_ns : w->covered_to;
	uint64_t to = c->end_ns < s->end_ns ? c->end_ns : s->end_ns;
	if (c->end_ns - to > (s->end_ns - s->start_ns) / OVERLAP_SHARE || to <= from ||
		!c->service || !s->service || strcmp(c->service, s->service) != 0)
		return;
	waits_ns[w->span] += to - from;
	w->covered_to = to;
}

/* Children stand by start: whoever is open when a call begins began before it. */
static void find_below(const struct lsp_tree *t, size_t parent, uint64_t *waits_ns)
{
	const struct lsp_span *spans = t->trace->spans;
	struct waiter open[WAITERS_MAX];
	size_t n = 0;
	for (size_t c = t->nodes[parent].first_child; c != LSP_TREE_NONE;
		c = t->nodes[c].next_sibling) {
		size_t kept = 0;
		for (size_t w = 0; w < n; w++)
			if (spans[open[w].span].end_ns > spans[c].start_ns)
				open[kept++] = open[w];
		n = kept;
		for (size_t w = 0; w < n && is_call(t, c); w++)
			count(t, &open[w], c, waits_ns);
		if (n < WAITERS_MAX && may_wait(t, c))
			open[n++] = (struct waiter){ c, spans[c].start_ns };
	}
}

void lsp_waiting_find(const struct lsp_tree *t, uint64_t *waits_ns)
{
	memset(waits_ns, 0, t->trace->n_spans * sizeof(*waits_ns));
	for (size_t i = 0; i < t->trace->n_spans; i++)
		if (t->nodes[i].first_child != LSP_TREE_NONE)
			find_below(t, i, waits_ns);
}
