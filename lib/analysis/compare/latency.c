/* Which operations take longer by themselves, and which ways between services do.
 *
 * A span's own time is what its children do not cover. That of a span which calls another service
 * is the time on the way: network, queues, both ends' runtimes. It counts for the callee, and half
 * for the caller: when all ways of a service got slow it is to blame, when one of many got slow the
 * other end is. */
#include "findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SIBLINGS_MAX   64 /* that are looked at for a hand-over */
#define SLACK_MS       5.0 /* nobody minds */
#define HALF_WORTH     4.0 /* calls of the baseline that are half believed */
#define POOL_CALLS     3 /* of the baseline, for an operation to speak for its service */
#define Z_FROM         1.0
#define Z_TO           3.0
#define MIN_CALLS      2
#define TOUCHED        0.1 /* of the slowest way: a way that is slow, too */
#define CALLERS_PART   0.5
#define DURATION_CHARS 24

struct key {
	uint32_t service, name, peer; /* peer: whom it calls, NONE */
};

struct sample {
	uint32_t key, trace;
	double ms;
};

struct samples {
	struct sample *at;
	uint32_t n;
};

struct op {
	struct key key;
	struct sample *samples[LSP_WINDOWS];
	uint32_t n[LSP_WINDOWS];
	struct lsp_shares slow; /* of the calls: longer than the baseline's longest tenth */
	double added_ms, counted_ms;
};

struct work {
	struct lsp_findings *f;
	struct lsp_interns keys;
	struct samples samples[LSP_WINDOWS];
	struct op *ops;
	struct lsp_shares *pools; /* by service: all its operations together */
	uint32_t n_ops;
};

/* ---- own time -------------------------------------------------------------------------------- */

struct cover {
	uint64_t at, ns; /* how far the span is covered, and by how much */
};

static void cover_with(
	struct cover *c, const struct lsp_window_span *s, const struct lsp_window_span *other)
{
	uint64_t from = other->start_ns > c->at ? other->start_ns : c->at;
	uint64_t to = other->end_ns < s->end_ns ? other->end_ns : s->end_ns;
	if (to > from) {
		c->ns += to - from;
		c->at = to;
	}
}

/* A leaf that waits for a sibling: the sibling began later and has the work below it. */
static void cover_with_siblings(
	struct cover *c, const struct lsp_window *w, const struct lsp_window_span *s)
{
	const struct lsp_window_span *p = &w->spans[s->parent];
	uint32_t low = 0, high = p->n_kids;
	const uint32_t *kids = w->kids + p->first_kid;
	while (low < high) { /* the first that begins with it or later */
		uint32_t middle = (low + high) / 2;
		if (w->spans[kids[middle]].start_ns < s->start_ns)
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t i = low; i < p->n_kids && i < low + SIBLINGS_MAX; i++) {
		const struct lsp_window_span *other = &w->spans[kids[i]];
		if (other->start_ns >= s->end_ns)
			break;
		if (other != s && other->n_kids)
			cover_with(c, s, other);
	}
}

static double own_ms(
	const struct lsp_window *w, const struct lsp_window_span *s, uint32_t *ret_peer)
{
	struct cover c = { .at = s->start_ns };
	*ret_peer = LSP_INTERN_NONE;
	for (uint32_t k = 0; k < s->n_kids; k++) {
		const struct lsp_window_span *kid = &w->spans[w->kids[s->first_kid + k]];
		cover_with(&c, s, kid);
		if (*ret_peer == LSP_INTERN_NONE && kid->service != s->service)
			*ret_peer = kid->service;
	}
	if (s->n_kids == 0 && s->parent != LSP_INTERN_NONE)
		cover_with_siblings(&c, w, s);
	return (double)(s->end_ns - s->start_ns - c.ns) / 1e6;
}

static int by_key_and_ms(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->ms > y->ms) - (x->ms < y->ms);
}

static int take_samples(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	struct samples *s = &k->samples[window];
	s->at = malloc((w->n_spans + 1) * sizeof(*s->at));
	if (!s->at)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		struct key key = { w->spans[i].service, w->spans[i].name, 0 };
		struct sample *one = &s->at[s->n];
		one->ms = own_ms(w, &w->spans[i], &key.peer);
		one->trace = w->spans[i].trace;
		int rc = lsp_interns_add(&k->keys, &key, sizeof(key), &one->key);
		if (rc == -ENOMEM)
			return rc;
		s->n += rc == 0;
	}
	qsort(s->at, s->n, sizeof(*s->at), by_key_and_ms);
	return 0;
}

/* ---- operations ------------------------------------------------------------------------------ */

static double quantile(const struct op *o, int window, double q)
{
	uint32_t at = (uint32_t)(q * o->n[window]);
	return o->samples[window][at < o->n[window] ? at : o->n[window] - 1].ms;
}

static int make_ops(struct work *k)
{
	k->n_ops = k->keys.n;
	k->ops = calloc(k->n_ops + 1, sizeof(*k->ops));
	k->pools = calloc(k->f->vocabulary->names.n + 1, sizeof(*k->pools));
	if (!k->ops || !k->pools)
		return -ENOMEM;
	for (uint32_t i = 0; i < k->n_ops; i++)
		memcpy(&k->ops[i].key, lsp_interns_get(&k->keys, i).at, sizeof(struct key));
	for (int w = 0; w < LSP_WINDOWS; w++) {
		for (uint32_t i = 0; i < k->samples[w].n; i++) {
			struct sample *s = &k->samples[w].at[i];
			struct op *o = &k->ops[s->key];
			if (o->n[w]++ == 0)
				o->samples[w] = s;
		}
	}
	return 0;
}

static uint32_t owner_of(const struct op *o)
{
	return o->key.peer == LSP_INTERN_NONE ? o->key.service : o->key.peer;
}

static bool is_comparable(const struct op *o)
{
	return o->n[LSP_BASELINE] && o->n[LSP_INCIDENT] >= MIN_CALLS;
}

static void measure(struct work *k, struct op *o)
{
	double median = quantile(o, LSP_BASELINE, 0.5), ninth = quantile(o, LSP_BASELINE, 0.9);
	double slow_ms = (ninth > 2 * median ? ninth : 2 * median) + SLACK_MS;
	double mean_over[LSP_WINDOWS] = { 0 };
	for (int w = 0; w < LSP_WINDOWS; w++) {
		o->slow.calls[w] = o->n[w];
		for (uint32_t i = 0; i < o->n[w]; i++) {
			double over = o->samples[w][i].ms - slow_ms;
			o->slow.hits[w] += over > 0;
			mean_over[w] += over > 0 ? over / o->n[w] : 0;
		}
	}
	double added = mean_over[LSP_INCIDENT] - mean_over[LSP_BASELINE];
	o->added_ms = added > 0 ? added * lsp_worth(o->n[LSP_BASELINE], HALF_WORTH) : 0;
	if (o->n[LSP_BASELINE] < POOL_CALLS)
		return;
	struct lsp_shares *pool = &k->pools[owner_of(o)];
	for (int w = 0; w < LSP_WINDOWS; w++) {
		pool->hits[w] += o->slow.hits[w];
		pool->calls[w] += o->slow.calls[w];
	}
}

/* Many small signs in one service are a sign, too. */
static void weigh(struct work *k, struct op *o)
{
	double z = lsp_shares_z(&o->slow);
	if (o->n[LSP_BASELINE] >= POOL_CALLS) {
		double pooled = lsp_shares_z(&k->pools[owner_of(o)]);
		z = pooled > z ? pooled : z;
	}
	o->counted_ms = o->added_ms * lsp_sure(z, Z_FROM, Z_TO);
}

/* ---- ways between services ------------------------------------------------------------------- */

/* The share of a service's ways that got slow. */
static double share_touched(const struct work *k, uint32_t service)
{
	double worst = 0;
	uint32_t n = 0, touched = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < k->n_ops; i++) {
			const struct op *o = &k->ops[i];
			if (o->key.peer == LSP_INTERN_NONE || !is_comparable(o) ||
				(o->key.service != service && o->key.peer != service))
				continue;
			if (pass == 0 && o->counted_ms > worst)
				worst = o->counted_ms;
			n += pass;
			touched += pass && o->counted_ms > TOUCHED * worst;
		}
	}
	return n ? (double)touched / n : 0;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *duration(char out[DURATION_CHARS], double ms)
{
	if (ms < 0.0995)
		snprintf(out, DURATION_CHARS, "%.0f us", ms * 1000);
	else if (ms < 999.5)
		snprintf(out, DURATION_CHARS, ms < 9.95 ? "%.1f ms" : "%.0f ms", ms);
	else
		snprintf(out, DURATION_CHARS, "%.1f s", ms / 1000);
	return out;
}

/* Where neither the median nor the 90th percentile grew it is the slowest calls that did. */
static void say_when(const struct op *o, char *out, size_t cap)
{
	char text[2][DURATION_CHARS];
	bool usually = quantile(o, LSP_INCIDENT, 0.5) > quantile(o, LSP_BASELINE, 0.5) ||
		       quantile(o, LSP_INCIDENT, 0.9) > quantile(o, LSP_BASELINE, 0.9);
	out[0] = 0;
	if (!usually)
		snprintf(out, cap, " at times, at most %s instead of %s",
			duration(text[0], quantile(o, LSP_INCIDENT, 1)),
			duration(text[1], quantile(o, LSP_BASELINE, 1)));
}

static int say(struct work *k, const struct op *o, uint32_t service, double ms)
{
	char text[4][DURATION_CHARS], when[64];
	struct lsp_slice from = lsp_findings_name(k->f, o->key.service);
	struct lsp_slice to = lsp_findings_name(
		k->f, o->key.peer == LSP_INTERN_NONE ? o->key.service : o->key.peer);
	bool way = o->key.peer != LSP_INTERN_NONE;
	struct lsp_finding finding = { .service = service,
		.name = o->key.name,
		.added_ms = ms,
		.window = LSP_INCIDENT,
		.trace = o->samples[LSP_INCIDENT][o->n[LSP_INCIDENT] - 1].trace };
	say_when(o, when, sizeof(when));
	return lsp_findings_add(k->f, &finding,
		"%s%.*s%s%.*s takes longer%s: %s instead of %s at the median, %s instead of %s at "
		"the 90th percentile (%u calls, %u before)",
		way ? "the way from " : "its own work", way ? (int)from.len : 0, from.at,
		way ? " to " : "", way ? (int)to.len : 0, to.at, when,
		duration(text[0], quantile(o, LSP_INCIDENT, 0.5)),
		duration(text[1], quantile(o, LSP_BASELINE, 0.5)),
		duration(text[2], quantile(o, LSP_INCIDENT, 0.9)),
		duration(text[3], quantile(o, LSP_BASELINE, 0.9)), o->n[LSP_INCIDENT],
		o->n[LSP_BASELINE]);
}

static int say_all(struct work *k)
{
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < k->n_ops; i++) {
		const struct op *o = &k->ops[i];
		if (o->counted_ms <= 0)
			continue;
		if (o->key.peer == LSP_INTERN_NONE) {
			rc = say(k, o, o->key.service, o->counted_ms);
			continue;
		}
		rc = say(k, o, o->key.peer, o->counted_ms * share_touched(k, o->key.peer));
		rc = rc ? rc
			: say(k, o, o->key.service,
				  o->counted_ms * CALLERS_PART * share_touched(k, o->key.service));
	}
	return rc;
}

int lsp_compare_latency(struct lsp_findings *f)
{
	struct work k = { .f = f };
	int rc = 0;
	lsp_interns_init(&k.keys, 64u << 20);
	for (int w = 0; rc == 0 && w < LSP_WINDOWS; w++)
		rc = take_samples(&k, w);
	rc = rc ? rc : make_ops(&k);
	for (uint32_t i = 0; rc == 0 && i < k.n_ops; i++)
		if (is_comparable(&k.ops[i]))
			measure(&k, &k.ops[i]);
	for (uint32_t i = 0; rc == 0 && i < k.n_ops; i++)
		if (is_comparable(&k.ops[i]))
			weigh(&k, &k.ops[i]);
	rc = rc ? rc : say_all(&k);
	for (int w = 0; w < LSP_WINDOWS; w++)
		free(k.samples[w].at);
	free(k.ops);
	free(k.pools);
	lsp_interns_release(&k.keys);
	return rc;
}
