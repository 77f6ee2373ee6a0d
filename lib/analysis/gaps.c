#include "gaps.h"

#include <errno.h>
#include <stdlib.h>

const char *lsp_gap_kind_name(enum lsp_gap_kind kind)
{
	static const char *const names[] = { "uninstrumented", "queue", "missing-parent" };
	return names[kind];
}

static bool is_database(const struct lsp_span *s)
{
	return json_object_get(s->attributes, "db.system") ||
	       json_object_get(s->attributes, "db.system.name");
}

static bool gap_of(const struct lsp_tree *t, size_t i, struct lsp_gap *ret)
{
	const struct lsp_span *spans = t->trace->spans, *s = &spans[i];
	const struct lsp_tree_node *node = &t->nodes[i];
	*ret = (struct lsp_gap){ .span = i, .kind = LSP_GAP_MISSING_PARENT };
	if (node->orphan) {
		ret->ns = s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0;
		return true;
	}
	if (s->kind == LSP_KIND_CONSUMER && node->parent != LSP_TREE_NONE) {
		const struct lsp_span *p = &spans[node->parent];
		ret->kind = LSP_GAP_QUEUE;
		ret->ns = s->start_ns > p->end_ns ? s->start_ns - p->end_ns : 0;
		return ret->ns > 0;
	}
	ret->kind = LSP_GAP_UNINSTRUMENTED;
	ret->ns = node->self_ns;
	return s->kind == LSP_KIND_CLIENT && node->first_child == LSP_TREE_NONE && ret->ns &&
	       !is_database(s);
}

int lsp_gaps_find(const struct lsp_tree *t, struct lsp_gap **ret, size_t *ret_n)
{
	size_t n = 0;
	struct lsp_gap *gaps = malloc((t->trace->n_spans + 1) * sizeof(*gaps));
	if (!gaps)
		return -ENOMEM;
	for (size_t k = 0; k < t->trace->n_spans; k++)
		n += gap_of(t, t->order[k], &gaps[n]);
	*ret = gaps;
	*ret_n = n;
	return 0;
}
