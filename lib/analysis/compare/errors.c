/* Errors that there were not before, at the place where they begin: a span in error, or with a log
 * record of severity ERROR, counts fully when no span of another service failed below it. Errors
 * that became fewer explain no incident. */
#include "findings.h"

#include <errno.h>

#define HALF_WORTH_BEFORE 2.0 /* calls of the baseline */
#define HALF_WORTH        4.0 /* calls of the incident */
#define PASSED_ON         0.3
#define NEW_HITS          3 /* of an error that the baseline has not */
#define TEXT_BYTES_MAX    512

struct call {
	uint32_t service, name; /* name NONE: log records without a span, each a call */
};

struct error {
	struct call call;
	uint32_t pattern; /* NONE: the span's status */
	uint32_t passed_on;
};

struct work {
	struct lsp_findings *f;
	struct lsp_tally calls, errors;
};

static int count_spans(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		struct error error = { { s->service, s->name }, LSP_INTERN_NONE,
			s->foreign_error_below };
		rc = lsp_tally_hit(&k->calls, &error.call, sizeof(error.call), window, i, s->trace);
		if (rc == 0 && s->says_error)
			rc = lsp_tally_hit(&k->errors, &error, sizeof(error), window, i, s->trace);
	}
	return rc;
}

static int count_logs(struct work *k, int window)
{
	const struct lsp_window *w = k->f->windows[window];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < w->n_logs; i++) {
		const struct lsp_window_log *l = &w->logs[i];
		bool loose = l->span == LSP_INTERN_NONE;
		struct error error = { { l->service,
					       loose ? LSP_INTERN_NONE : w->spans[l->span].name },
			l->pattern, !loose && w->spans[l->span].foreign_error_below };
		if (loose)
			rc = lsp_tally_hit(&k->calls, &error.call, sizeof(error.call), window,
				LSP_INTERN_NONE, l->trace);
		if (rc == 0 && l->error)
			rc = lsp_tally_hit(
				&k->errors, &error, sizeof(error), window, l->span, l->trace);
	}
	return rc;
}

static int say(struct work *k, const struct error *e, const struct lsp_shares *s, double weight,
	uint32_t trace)
{
	struct lsp_buf text;
	struct lsp_finding finding = { .service = e->call.service,
		.name = e->call.name,
		.kind = e->passed_on ? LSP_FINDING_OTHER : LSP_FINDING_ERROR,
		.weight = weight,
		.window = LSP_INCIDENT,
		.trace = trace };
	int rc = 0;
	lsp_buf_init(&text, TEXT_BYTES_MAX);
	if (e->pattern != LSP_INTERN_NONE)
		rc = lsp_patterns_text(&k->f->vocabulary->patterns, e->pattern, &text);
	if (rc != -ENOMEM)
		rc = lsp_findings_add(k->f, &finding,
			"%s%s%s%s%s%s: %.0f of %.0f %s (before: %.0f of %.0f)",
			s->hits[LSP_BASELINE] > 0 ? "more errors" : "new errors",
			e->passed_on ? ", behind those of a service that it calls" : "",
			e->pattern == LSP_INTERN_NONE ? "" : ", logged as \"",
			text.len ? text.at : "", e->pattern == LSP_INTERN_NONE ? "" : "\"",
			e->call.name == LSP_INTERN_NONE ? ", outside of any span" : "",
			s->hits[LSP_INCIDENT], s->calls[LSP_INCIDENT],
			e->call.name == LSP_INTERN_NONE ? "log records" : "calls",
			s->hits[LSP_BASELINE], s->calls[LSP_BASELINE]);
	lsp_buf_release(&text);
	return rc;
}

/* The baseline's errors count wherever they came from: a caller that fails today for a reason of
 * its own, and failed before for another's, is nothing new. */
static int judge(struct work *k, const struct error *e, const struct lsp_count *count)
{
	struct lsp_count calls = lsp_tally_get(&k->calls, &e->call, sizeof(e->call));
	struct error twin = *e;
	twin.passed_on = !e->passed_on;
	struct lsp_count other = lsp_tally_get(&k->errors, &twin, sizeof(twin));
	struct lsp_shares s = {
		.hits = { count->hits[LSP_BASELINE] + other.hits[LSP_BASELINE],
			count->hits[LSP_INCIDENT] },
		.calls = { calls.hits[LSP_BASELINE], calls.hits[LSP_INCIDENT] },
	};
	double change = lsp_shares_change(&s), z = lsp_shares_z(&s);
	if (change <= 0)
		return 0;
	bool is_new = s.hits[LSP_BASELINE] == 0 && s.hits[LSP_INCIDENT] >= NEW_HITS;
	double weight = change * lsp_worth(s.calls[LSP_BASELINE], HALF_WORTH_BEFORE) *
			lsp_worth(s.calls[LSP_INCIDENT], HALF_WORTH) *
			(is_new ? lsp_sure(z, 0.5, 2.5) : lsp_sure(z, 1.5, 4)) *
			(e->passed_on ? PASSED_ON : 1);
	return weight > 0 ? say(k, e, &s, weight, count->example[LSP_INCIDENT]) : 0;
}

int lsp_compare_errors(struct lsp_findings *f)
{
	struct work k = { .f = f };
	int rc = 0;
	lsp_tally_init(&k.calls);
	lsp_tally_init(&k.errors);
	for (int w = 0; rc == 0 && w < LSP_WINDOWS; w++) {
		rc = count_spans(&k, w);
		rc = rc ? rc : count_logs(&k, w);
	}
	/* judge() may add keys without hits behind these. */
	for (uint32_t i = 0, n = k.errors.keys.n; rc == 0 && i < n; i++) {
		struct error error;
		struct lsp_count count = k.errors.counts[i];
		memcpy(&error, lsp_interns_get(&k.errors.keys, i).at, sizeof(error));
		rc = judge(&k, &error, &count);
	}
	lsp_tally_release(&k.calls);
	lsp_tally_release(&k.errors);
	return rc;
}
