#include "retries.h"
#include "repeats.h"
#include "../core/hex.h"

#include <errno.h>
#include <stdlib.h>

static bool links_to(const struct lsp_span *s, const struct lsp_span *to)
{
	char hex[LSP_SPAN_ID_HEX];
	size_t k;
	json_t *link;
	if (json_array_size(s->links) == 0)
		return false;
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
	bool after = s->start_ns >= before->end_ns &&
		     (before->status == LSP_STATUS_ERROR ||
			     (parent->kind == LSP_KIND_CLIENT && s->kind == LSP_KIND_SERVER));
	return (after || counts_resends(s) || links_to(s, before)) && lsp_calls_equal(before, s);
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

/* Many servers that are all well below one client are a stream of messages, not attempts. */
static bool is_stream(const struct lsp_span *all, const size_t *spans, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (all[spans[k]].status == LSP_STATUS_ERROR || counts_resends(&all[spans[k]]))
			return false;
	return n > LSP_REPEATS_MIN;
}

struct finding {
	struct lsp_calls *calls;
	size_t *retry_of;
	struct lsp_retries *out;
	size_t n;
};

/* spans[0..n) have one service, name and kind. */
static void find_runs(struct finding *f, size_t parent, const size_t *spans, size_t n)
{
	const struct lsp_tree *t = f->calls->t;
	const struct lsp_span *all = t->trace->spans;
	if (n < 2 || (all[parent].kind == LSP_KIND_CLIENT && is_stream(all, spans, n)))
		return;
	for (size_t first = 0, k = 1; k <= n; k++) {
		if (k < n && is_retry(&all[parent], &all[spans[k - 1]], &all[spans[k]])) {
			f->retry_of[spans[k]] = spans[k - 1];
			continue;
		}
		if (k - first > 1)
			f->out[f->n++] = describe(t, spans + first, k - first);
		first = k;
	}
}

int lsp_retries_find(
	struct lsp_calls *calls, size_t *retry_of, struct lsp_retries **ret, size_t *ret_n)
{
	const struct lsp_tree *t = calls->t;
	size_t n = t->trace->n_spans;
	struct finding f = { .calls = calls, .retry_of = retry_of };
	f.out = malloc((n / 2 + 1) * sizeof(*f.out));
	if (!f.out)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		retry_of[i] = LSP_TREE_NONE;
	for (size_t k = 0; k < n; k++) {
		size_t parent = t->order[k], child = t->nodes[parent].first_child;
		if (child == LSP_TREE_NONE || t->nodes[child].next_sibling == LSP_TREE_NONE)
			continue;
		lsp_calls_below(calls, parent);
		for (size_t g = 0, first = 0; g < calls->n_groups; first = calls->groups[g++])
			find_runs(&f, parent, calls->spans + first, calls->groups[g] - first);
	}
	*ret = f.out;
	*ret_n = f.n;
	return 0;
}
