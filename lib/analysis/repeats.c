#include "repeats.h"

#include <errno.h>
#include <stdlib.h>

#define SAMPLE_MAX 1001

struct finding {
	struct lsp_calls *calls;
	const size_t *retry_of;
	uint64_t *durations; /* of one group */
	struct lsp_repeats *out;
	size_t n;
};

static uint64_t duration(const struct lsp_span *s)
{
	return s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0;
}

static int by_size(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return a < b ? -1 : a > b;
}

/* Of many the median of a sample, evenly spread; n is not 0. */
static uint64_t median_of(const uint64_t *durations, size_t n)
{
	uint64_t sample[SAMPLE_MAX];
	size_t step = n / SAMPLE_MAX + 1, taken = 1;
	sample[0] = durations[0];
	for (size_t k = step; k < n; k += step)
		sample[taken++] = durations[k];
	qsort(sample, taken, sizeof(*sample), by_size);
	return sample[taken / 2];
}

static size_t count_alike(const uint64_t *durations, size_t n)
{
	uint64_t median = median_of(durations, n);
	size_t alike = 0;
	for (size_t k = 0; k < n; k++)
		alike += durations[k] >= median / 2 && durations[k] / 2 <= median;
	return alike;
}

/* spans[0..n) are one call. */
static void judge(struct finding *f, const size_t *spans, size_t n)
{
	const struct lsp_span *all = f->calls->t->trace->spans;
	struct lsp_repeats r = { .first = spans[0], .in_a_row = true };
	uint64_t end = 0;
	if (n <= LSP_REPEATS_MIN || all[r.first].kind == LSP_KIND_CONSUMER)
		return;
	for (size_t k = 0; k < n; k++) {
		const struct lsp_span *s = &all[spans[k]];
		if (f->retry_of[spans[k]] != LSP_TREE_NONE)
			continue;
		f->durations[r.n++] = duration(s);
		r.total_ns += duration(s);
		r.in_a_row = r.in_a_row && s->start_ns >= end;
		end = s->end_ns;
	}
	if (r.n > LSP_REPEATS_MIN && count_alike(f->durations, r.n) > LSP_REPEATS_MIN)
		f->out[f->n++] = r;
}

/* Whom a call names as its other end; each may be NULL. */
struct peer {
	const json_t *says[3];
};

static struct peer peer_of(const struct lsp_span *s)
{
	static const char *const names[] = { "server.address", "net.peer.name", "peer.service" };
	struct peer p;
	for (size_t i = 0; i < 3; i++)
		p.says[i] = json_object_get(s->attributes, names[i]);
	return p;
}

static bool same_peer(const struct peer *a, const struct lsp_span *s)
{
	struct peer b = { { NULL } };
	if (a->says[0] || a->says[1] || a->says[2])
		b = peer_of(s);
	for (size_t i = 0; i < 3; i++)
		if (a->says[i] && b.says[i] && !json_equal(a->says[i], b.says[i]))
			return false;
	return true;
}

/* One group may hold calls of several peers, in turns or not: each run of one is looked at. */
static void find_below(struct finding *f, size_t parent)
{
	const struct lsp_span *all = f->calls->t->trace->spans;
	const size_t *spans = f->calls->spans;
	lsp_calls_below(f->calls, parent);
	for (size_t g = 0, first = 0; g < f->calls->n_groups; g++) {
		size_t end = f->calls->groups[g];
		struct peer peer = peer_of(&all[spans[first]]);
		for (size_t k = first + 1; k <= end; k++) {
			if (k < end && same_peer(&peer, &all[spans[k]]))
				continue;
			judge(f, spans + first, k - first);
			first = k;
			if (k < end)
				peer = peer_of(&all[spans[k]]);
		}
	}
}

/* More than LSP_REPEATS_MIN children, without counting all. */
static bool has_many(const struct lsp_tree *t, size_t parent)
{
	size_t n = 0;
	for (size_t c = t->nodes[parent].first_child; c != LSP_TREE_NONE && n <= LSP_REPEATS_MIN;
		c = t->nodes[c].next_sibling)
		n++;
	return n > LSP_REPEATS_MIN;
}

int lsp_repeats_find(
	struct lsp_calls *calls, const size_t *retry_of, struct lsp_repeats **ret, size_t *ret_n)
{
	const struct lsp_tree *t = calls->t;
	size_t n = t->trace->n_spans;
	struct finding f = { .calls = calls, .retry_of = retry_of };
	f.durations = malloc((n + 1) * sizeof(*f.durations));
	f.out = malloc((n / LSP_REPEATS_MIN + 1) * sizeof(*f.out));
	if (!f.durations || !f.out) {
		free(f.durations);
		free(f.out);
		return -ENOMEM;
	}
	for (size_t k = 0; k < n; k++)
		if (has_many(t, t->order[k]))
			find_below(&f, t->order[k]);
	free(f.durations);
	*ret = f.out;
	*ret_n = f.n;
	return 0;
}
