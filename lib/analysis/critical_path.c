#include "critical_path.h"

#include <errno.h>
#include <stdlib.h>

#define OVERLAP_SHARE 100 /* one part in a hundred of the parent */

struct frame {
	size_t span;
	size_t next, end; /* its children, last-finishing first: into sorted */
	uint64_t from_ns, at_ns; /* what is still to be given out of its time */
};

static uint64_t duration(const struct lsp_span *s)
{
	return s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0;
}

size_t lsp_main_root(const struct lsp_tree *t)
{
	size_t longest = LSP_TREE_NONE;
	for (size_t k = 0; k < t->n_roots; k++) {
		size_t i = t->roots[k];
		if (!t->nodes[i].orphan && !t->nodes[i].cycle)
			return i;
		if (longest == LSP_TREE_NONE ||
			duration(&t->trace->spans[i]) > duration(&t->trace->spans[longest]))
			longest = i;
	}
	return longest;
}

static int by_end_last_first(const void *a, const void *b, void *arg)
{
	const struct lsp_span *spans = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	if (spans[i].end_ns != spans[j].end_ns)
		return spans[i].end_ns > spans[j].end_ns ? -1 : 1;
	return i < j ? -1 : i > j;
}

static bool is_awaited(const struct lsp_span *parent, const struct lsp_span *child)
{
	if (parent->kind == LSP_KIND_PRODUCER && child->kind == LSP_KIND_CONSUMER)
		return false;
	return child->start_ns < parent->end_ns && child->end_ns > parent->start_ns;
}

/* Behind sorted[0..n): the children that the path can go through, the last to finish first. */
static size_t sort_children(
	const struct lsp_tree *t, const uint64_t *waits_ns, size_t span, size_t *sorted, size_t n)
{
	const struct lsp_span *spans = t->trace->spans;
	size_t first = n;
	bool rising = true; /* as most are: the later they begin, the later they end */
	for (size_t c = t->nodes[span].first_child; c != LSP_TREE_NONE;
		c = t->nodes[c].next_sibling) {
		bool waits = waits_ns[c] > t->nodes[c].self_ns / 2;
		if (waits || !is_awaited(&spans[span], &spans[c]))
			continue;
		rising = rising && (n == first || spans[sorted[n - 1]].end_ns < spans[c].end_ns);
		sorted[n++] = c;
	}
	for (size_t a = first, z = n; rising && a + 1 < z; a++) {
		size_t swapped = sorted[a];
		sorted[a] = sorted[--z];
		sorted[z] = swapped;
	}
	if (!rising)
		qsort_r(sorted + first, n - first, sizeof(*sorted), by_end_last_first,
			t->trace->spans);
	return n;
}

/* The next child on the path: the last that ended when what follows it began. */
static size_t next_child(const struct lsp_tree *t, struct frame *f, const size_t *sorted)
{
	const struct lsp_span *spans = t->trace->spans, *self = &spans[f->span];
	uint64_t allowed = duration(self) / OVERLAP_SHARE;
	while (f->next < f->end) {
		const struct lsp_span *c = &spans[sorted[f->next++]];
		uint64_t end = c->end_ns < self->end_ns ? c->end_ns : self->end_ns;
		bool in_time = end <= f->at_ns || end - f->at_ns <= allowed;
		uint64_t start = c->start_ns > f->from_ns ? c->start_ns : f->from_ns;
		if (in_time && start < f->at_ns && start < end)
			return (size_t)(c - spans);
	}
	return LSP_TREE_NONE;
}

static void walk(const struct lsp_tree *t, const uint64_t *waits_ns, size_t root,
	uint64_t *critical_ns, struct frame *stack, size_t *sorted)
{
	const struct lsp_span *spans = t->trace->spans;
	size_t depth = 1, n = sort_children(t, waits_ns, root, sorted, 0);
	stack[0] = (struct frame){ root, 0, n, spans[root].start_ns, spans[root].end_ns };
	while (depth) {
		struct frame *f = &stack[depth - 1];
		size_t c = f->at_ns > f->from_ns ? next_child(t, f, sorted) : LSP_TREE_NONE;
		if (c == LSP_TREE_NONE) {
			if (f->at_ns > f->from_ns)
				critical_ns[f->span] += f->at_ns - f->from_ns;
			depth--;
			continue;
		}
		uint64_t end = spans[c].end_ns < f->at_ns ? spans[c].end_ns : f->at_ns;
		uint64_t from = spans[c].start_ns > f->from_ns ? spans[c].start_ns : f->from_ns;
		critical_ns[f->span] += f->at_ns - end;
		f->at_ns = from;
		size_t first = n;
		n = sort_children(t, waits_ns, c, sorted, n);
		stack[depth++] = (struct frame){ c, first, n, from, end };
	}
}

int lsp_critical_path(const struct lsp_tree *t, const uint64_t *waits_ns, uint64_t *critical_ns)
{
	size_t n = t->trace->n_spans, root = lsp_main_root(t);
	memset(critical_ns, 0, n * sizeof(*critical_ns));
	if (root == LSP_TREE_NONE)
		return 0;
	struct frame *stack = malloc(n * sizeof(*stack));
	size_t *sorted = malloc(n * sizeof(*sorted));
	if (stack && sorted)
		walk(t, waits_ns, root, critical_ns, stack, sorted);
	int rc = stack && sorted ? 0 : -ENOMEM;
	free(stack);
	free(sorted);
	return rc;
}
