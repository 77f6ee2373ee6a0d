#include "retries.h"
#include "../core/hex.h"

#include <errno.h>
#include <stdlib.h>

static int by_call(const void *a, const void *b, void *arg)
{
	const struct lsp_span *spans = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	const struct lsp_span *x = &spans[i], *y = &spans[j];
	int r = strcmp(x->service, y->service);
	r = r ? r : strcmp(x->name, y->name);
	r = r ? r : (int)x->kind - (int)y->kind;
	if (r == 0 && x->start_ns != y->start_ns)
		r = x->start_ns < y->start_ns ? -1 : 1;
	return r ? r : i < j ? -1 : 1;
}

static bool same_call(const struct lsp_span *a, const struct lsp_span *b)
{
	static const char *const peers[] = { "server.address", "net.peer.name", "peer.service",
		"url.full", "http.url", "db.query.text", "db.statement" };
	if (a->kind != b->kind || strcmp(a->service, b->service) || strcmp(a->name, b->name))
		return false;
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		const json_t *x = json_object_get(a->attributes, peers[i]);
		const json_t *y = json_object_get(b->attributes, peers[i]);
		if (x && y && !json_equal(x, y))
			return false;
	}
	return true;
}

static bool links_to(const struct lsp_span *s, const struct lsp_span *to)
{
	char hex[LSP_SPAN_ID_HEX];
	size_t k;
	json_t *link;
	lsp_hex_encode(hex, to->span_id, LSP_SPAN_ID_BYTES);
	json_array_foreach(s->links, k, link)
	{
		const json_t *id = json_object_get(link, "span_id");
		if (json_string_length(id) == sizeof(hex) &&
			memcmp(json_string_value(id), hex, sizeof(hex)) == 0)
			return true;
	}
	return false;
}

static bool counts_resends(const struct lsp_span *s)
{
	return json_integer_value(json_object_get(s->attributes, "http.request.resend_count")) >
		       0 ||
	       json_integer_value(json_object_get(s->attributes, "http.retry_count")) > 0;
}

static bool is_retry(
	const struct lsp_span *parent, const struct lsp_span *before, const struct lsp_span *s)
{
	if (!same_call(before, s))
		return false;
	if (counts_resends(s) || links_to(s, before))
		return true;
	if (s->start_ns < before->end_ns)
		return false;
	return before->status == LSP_STATUS_ERROR ||
	       (parent->kind == LSP_KIND_CLIENT && s->kind == LSP_KIND_SERVER);
}

static uint64_t duration(const struct lsp_span *s)
{
	return s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0;
}

/* One run of attempts among the sorted children: at[0..n). */
static struct lsp_retries describe(const struct lsp_tree *t, const size_t *at, size_t n)
{
	const struct lsp_span *spans = t->trace->spans;
	struct lsp_retries r = { .first = at[0], .last = at[n - 1], .attempts = n };
	uint64_t pause_before = 0;
	r.succeeded = spans[r.last].status != LSP_STATUS_ERROR;
	r.growing = n > 2;
	for (size_t k = 0; k < n; k++) {
		const struct lsp_span *s = &spans[at[k]];
		uint64_t wasted = k + 1 < n || !r.succeeded ? duration(s) : 0;
		r.wasted_ns = r.wasted_ns > UINT64_MAX - wasted ? UINT64_MAX : r.wasted_ns + wasted;
		if (k == 0)
			continue;
		uint64_t end = spans[at[k - 1]].end_ns;
		uint64_t pause = s->start_ns > end ? s->start_ns - end : 0;
		r.growing = r.growing && pause > pause_before;
		pause_before = pause;
	}
	return r;
}

static size_t groups_below(const struct lsp_tree *t, size_t parent, size_t *children,
	size_t *retry_of, struct lsp_retries *out)
{
	const struct lsp_span *spans = t->trace->spans;
	size_t n = 0, groups = 0;
	for (size_t c = t->nodes[parent].first_child; c != LSP_TREE_NONE;
		c = t->nodes[c].next_sibling)
		children[n++] = c;
	qsort_r(children, n, sizeof(*children), by_call, t->trace->spans);
	for (size_t first = 0, k = 1; k <= n; k++) {
		if (k < n &&
			is_retry(&spans[parent], &spans[children[k - 1]], &spans[children[k]])) {
			retry_of[children[k]] = children[k - 1];
			continue;
		}
		if (k - first > 1)
			out[groups++] = describe(t, children + first, k - first);
		first = k;
	}
	return groups;
}

int lsp_retries_find(
	const struct lsp_tree *t, size_t *retry_of, struct lsp_retries **ret, size_t *ret_n)
{
	size_t n = t->trace->n_spans, groups = 0;
	size_t *children = malloc((n + 1) * sizeof(*children));
	struct lsp_retries *out = malloc((n / 2 + 1) * sizeof(*out));
	if (!children || !out) {
		free(children);
		free(out);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		retry_of[i] = LSP_TREE_NONE;
	for (size_t k = 0; k < n; k++) {
		const struct lsp_tree_node *node = &t->nodes[t->order[k]];
		if (node->first_child != LSP_TREE_NONE &&
			t->nodes[node->first_child].next_sibling != LSP_TREE_NONE)
			groups += groups_below(t, t->order[k], children, retry_of, out + groups);
	}
	free(children);
	*ret = out;
	*ret_n = groups;
	return 0;
}
