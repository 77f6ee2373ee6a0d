/* What operations do when they are well: which operations they call, what they log. A step that is
 * missing, or new, is where a program takes another way than before.
 *
 * An operation is looked at by the path of services that leads to it, so that another mix of
 * requests is no change. Of the baseline only the traces without errors count: what became well is
 * no incident. */
#include "findings.h"

#include <errno.h>
#include <stdlib.h>

#define HALF_WORTH     4.0
#define MIN_CALLS      3 /* in each window */
#define Z_FROM         1.5
#define Z_TO           4.0
#define MISSING_PART   0.5
#define NEW_PART       0.125 /* what is new is often a request that was not made before */
#define TEXT_BYTES_MAX 512

enum step_kind { STEP_OWN, STEP_CALLEE, STEP_ANSWER, STEP_LOG };

struct op {
	uint32_t path, service, name;
};

struct step {
	struct op op;
	uint32_t kind, what; /* own: an operation; callee: a service; log: a pattern */
};

/* Of one operation: whether it calls one service at a time, and which. */
struct callee {
	bool several_at_once, mixed, set;
	uint32_t service;
};

struct work {
	struct lsp_findings *f;
	struct lsp_tally calls, steps;
	struct callee *callees; /* by key of calls */
	uint32_t n_callees;
	bool drop_failed;
};

static bool is_left_out(const struct work *k, int window, uint32_t trace)
{
	return window == LSP_BASELINE && k->drop_failed &&
	       k->f->windows[window]->trace_failed[trace];
}

/* A baseline in which most traces have errors has no other idea of being well. */
static void choose_baseline(struct work *k)
{
	const struct lsp_window *w = k->f->windows[LSP_BASELINE];
	uint32_t failed = 0;
	for (uint32_t i = 0; i < w->traces.n; i++)
		failed += w->trace_failed[i];
	k->drop_failed = failed <= w->traces.n / 2;
}

static struct op op_of(const struct lsp_window_span *s)
{
	return (struct op){ s->path, s->service, s->name };
}

/* ---- counting -------------------------------------------------------------------------------- */

static int count_calls(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < w->n_spans; i++) {
		struct op op = op_of(&w->spans[i]);
		if (!is_left_out(k, window, w->spans[i].trace))
			rc = lsp_tally_hit(
				&k->calls, &op, sizeof(op), window, i, w->spans[i].trace);
	}
	return rc;
}

static void see_callees(
	const struct lsp_window *w, const struct lsp_window_span *s, struct callee *c)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->n_kids; i++) {
		const struct lsp_window_span *kid = &w->spans[w->kids[s->first_kid + i]];
		if (kid->service == s->service)
			continue;
		n++;
		c->mixed = c->mixed || (c->set && c->service != kid->service);
		c->service = kid->service;
		c->set = true;
	}
	c->several_at_once = c->several_at_once || n > 1;
}

static int find_callees(struct work *k)
{
	k->n_callees = k->calls.keys.n;
	k->callees = calloc(k->n_callees + 1, sizeof(*k->callees));
	if (!k->callees)
		return -ENOMEM;
	for (int window = 0; window < LSP_WINDOWS; window++) {
		const struct lsp_window *w = k->f->windows[window];
		for (uint32_t i = 0; i < w->n_spans; i++) {
			struct op op = op_of(&w->spans[i]);
			uint32_t key;
			if (lsp_interns_add(&k->calls.keys, &op, sizeof(op), &key) == 0 &&
				key < k->n_callees)
				see_callees(w, &w->spans[i], &k->callees[key]);
		}
	}
	return 0;
}

static const struct callee *callee_of(struct work *k, const struct op *op)
{
	static const struct callee none;
	uint32_t key;
	if (lsp_interns_add(&k->calls.keys, op, sizeof(*op), &key) || key >= k->n_callees)
		return &none;
	return &k->callees[key];
}

static int count_step(struct work *k, int window, uint32_t span, const struct step *step)
{
	return lsp_tally_hit(&k->steps, step, sizeof(*step), window, span,
		k->f->windows[window]->spans[span].trace);
}

static int count_kids(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		if (s->n_kids == 0 || is_left_out(k, window, s->trace))
			continue;
		struct op op = op_of(s);
		bool at_once = callee_of(k, &op)->several_at_once;
		for (uint32_t j = 0; rc == 0 && j < s->n_kids; j++) {
			const struct lsp_window_span *kid = &w->spans[w->kids[s->first_kid + j]];
			struct step step = { .op = op };
			if (kid->service == s->service) {
				step.kind = STEP_OWN;
				step.what = kid->name;
			} else {
				step.kind = at_once ? STEP_CALLEE : STEP_ANSWER;
				step.what = at_once ? kid->service : 0;
			}
			rc = count_step(k, window, i, &step);
		}
	}
	return rc;
}

static int count_logs(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < w->n_logs; i++) {
		const struct lsp_window_log *l = &w->logs[i];
		if (l->error || l->span == LSP_INTERN_NONE ||
			is_left_out(k, window, w->spans[l->span].trace))
			continue;
		struct step step = { op_of(&w->spans[l->span]), STEP_LOG, l->pattern };
		rc = count_step(k, window, l->span, &step);
	}
	return rc;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* "calls X", "logs "X"", … */
static int describe(struct work *k, const struct step *step, struct lsp_buf *text)
{
	struct lsp_slice name = LSP_SLICE("");
	const struct callee *c = callee_of(k, &step->op);
	switch (step->kind) {
	case STEP_OWN:
	case STEP_CALLEE:
		name = lsp_findings_name(k->f, step->what);
		return lsp_buf_printf(text, "calls of %.*s", (int)name.len, name.at);
	case STEP_ANSWER:
		if (!c->mixed)
			name = lsp_findings_name(k->f, c->service);
		return lsp_buf_printf(text, "spans of %.*s below it", c->mixed ? 16 : (int)name.len,
			c->mixed ? "another service " : name.at);
	default:
		break;
	}
	int rc = lsp_buf_add_text(text, "log lines like \"");
	rc = rc ? rc : lsp_patterns_text(&k->f->vocabulary->patterns, step->what, text);
	return rc ? rc : lsp_buf_add_text(text, "\"");
}

static int say(struct work *k, const struct step *step, const struct lsp_shares *s, double weight,
	const struct lsp_count *count)
{
	bool missing = lsp_shares_change(s) < 0;
	const struct callee *c = callee_of(k, &step->op);
	int window = missing ? LSP_BASELINE : LSP_INCIDENT;
	struct lsp_finding finding = { .service = step->op.service,
		.name = step->op.name,
		.kind = missing && step->kind != STEP_ANSWER ? LSP_FINDING_ODD : LSP_FINDING_OTHER,
		.weight = weight,
		.window = window,
		.trace = count->example[window] };
	struct lsp_buf text;
	/* A call that gets no answer tells of the one who does not answer. */
	if (step->kind == STEP_ANSWER && missing && !c->mixed && c->set)
		finding.service = c->service;
	lsp_buf_init(&text, TEXT_BYTES_MAX);
	int rc = describe(k, step, &text);
	if (rc != -ENOMEM)
		rc = lsp_findings_add(k->f, &finding,
			"%s %s: %.0f of %.0f calls (before: %.0f of %.0f)",
			s->hits[LSP_INCIDENT] == 0   ? "no more"
			: missing                    ? "fewer"
			: s->hits[LSP_BASELINE] == 0 ? "new"
						     : "more",
			text.len ? text.at : "steps", s->hits[LSP_INCIDENT], s->calls[LSP_INCIDENT],
			s->hits[LSP_BASELINE], s->calls[LSP_BASELINE]);
	lsp_buf_release(&text);
	return rc;
}

static int judge(struct work *k, const struct step *step, const struct lsp_count *count)
{
	struct lsp_count calls = lsp_tally_get(&k->calls, &step->op, sizeof(step->op));
	struct lsp_shares s = {
		.hits = { count->hits[LSP_BASELINE], count->hits[LSP_INCIDENT] },
		.calls = { calls.hits[LSP_BASELINE], calls.hits[LSP_INCIDENT] },
	};
	if (s.calls[LSP_BASELINE] < MIN_CALLS || s.calls[LSP_INCIDENT] < MIN_CALLS)
		return 0;
	double change = lsp_shares_change(&s), z = lsp_shares_z(&s);
	bool missing = change < 0;
	if (step->kind == STEP_ANSWER && !missing)
		return 0;
	double weight = (missing ? -change * MISSING_PART : change * NEW_PART) *
			lsp_worth(s.calls[LSP_BASELINE], HALF_WORTH) *
			lsp_worth(s.calls[LSP_INCIDENT], HALF_WORTH) *
			lsp_sure(missing ? -z : z, Z_FROM, Z_TO);
	return weight > 0 ? say(k, step, &s, weight, count) : 0;
}

int lsp_compare_shape(struct lsp_findings *f)
{
	struct work k = { .f = f };
	int rc = 0;
	lsp_tally_init(&k.calls);
	lsp_tally_init(&k.steps);
	choose_baseline(&k);
	for (int w = 0; rc == 0 && w < LSP_WINDOWS; w++)
		rc = count_calls(&k, w);
	rc = rc ? rc : find_callees(&k);
	for (int w = 0; rc == 0 && w < LSP_WINDOWS; w++) {
		rc = count_kids(&k, w);
		rc = rc ? rc : count_logs(&k, w);
	}
	for (uint32_t i = 0, n = k.steps.keys.n; rc == 0 && i < n; i++) {
		struct step step;
		struct lsp_count count = k.steps.counts[i];
		memcpy(&step, lsp_interns_get(&k.steps.keys, i).at, sizeof(step));
		rc = judge(&k, &step, &count);
	}
	lsp_tally_release(&k.calls);
	lsp_tally_release(&k.steps);
	free(k.callees);
	return rc;
}
