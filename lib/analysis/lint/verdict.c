#include "rules.h"
#include "../../core/hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RULES_KNOWN 19 /* of the specification */

static const struct {
	const char *name, *title, *advice;
	enum lsp_impact impact;
} rules[] = {
#define X(id, name, impact, title, advice) { name, title, advice, LSP_IMPACT_##impact },
	LSP_RULE_TABLE(X)
#undef X
};

static const char *impact_name(enum lsp_impact impact)
{
	switch (impact) {
	case LSP_IMPACT_CRITICAL:
		return "critical";
	case LSP_IMPACT_IMPORTANT:
		return "important";
	case LSP_IMPACT_NORMAL:
		return "normal";
	case LSP_IMPACT_LOW:
		return "low";
	default:
		return "own";
	}
}

static const char *rating_of(double score)
{
	return score >= 90   ? "excellent"
	       : score >= 75 ? "good"
	       : score >= 50 ? "needs improvement"
			     : "poor";
}

static json_t *text_of(const char *text, size_t n)
{
	json_t *json = json_stringn(text, n);
	return json ? json : json_string("(not UTF-8)");
}

static json_t *rule_of(struct lsp_lint *l, int rule, const struct lsp_lint_cell *c)
{
	json_t *examples = json_array(), *traces = json_array();
	for (uint32_t i = 0; i < c->n_examples; i++)
		json_array_append_new(examples, text_of(c->examples[i], strlen(c->examples[i])));
	for (uint32_t i = 0; i < c->n_traces; i++) {
		char id[LSP_TRACE_ID_HEX];
		lsp_hex_encode(id,
			(const uint8_t *)lsp_interns_get(&l->window.traces, c->traces[i]).at,
			LSP_TRACE_ID_BYTES);
		json_array_append_new(traces, json_stringn(id, sizeof(id)));
	}
	return json_pack("{s:s,s:s,s:s,s:b,s:I,s:I,s:o,s:o,s:s}", "id", rules[rule].name, "impact",
		impact_name(rules[rule].impact), "title", rules[rule].title, "passed",
		c->failed == 0, "checked", (json_int_t)c->checked, "failed", (json_int_t)c->failed,
		"examples", examples, "traces", traces, "advice", rules[rule].advice);
}

/* 100 · Σ weight of what holds / Σ weight of what was checked */
static json_t *service_of(struct lsp_lint *l, uint32_t service)
{
	const struct lsp_lint_cell *cells = lsp_lint_cell(l, service, 0);
	json_t *of_spec = json_array(), *own = json_array(), *json;
	double weight = 0, held = 0;
	int checked = 0;
	for (int rule = 0; rule < LSP_RULE_N; rule++) {
		const struct lsp_lint_cell *c = &cells[rule];
		if (c->checked == 0)
			continue;
		bool counts = rules[rule].impact != LSP_IMPACT_OWN;
		json_array_append_new(counts ? of_spec : own, rule_of(l, rule, c));
		checked += counts;
		weight += rules[rule].impact;
		held += c->failed ? 0 : rules[rule].impact;
	}
	struct lsp_slice name = lsp_interns_get(&l->vocabulary.names, service);
	const struct lsp_lint_cell *linked = &cells[LSP_RULE_LOG_TRACE];
	double score = weight > 0 ? 100 * held / weight : 0;
	json = json_pack("{s:o,s:o,s:o,s:i,s:o,s:o,s:I,s:I,s:I}", "service",
		text_of(name.at, name.len), "score",
		weight > 0 ? json_real((double)(int)(score * 10 + 0.5) / 10) : json_null(),
		"rating", weight > 0 ? json_string(rating_of(score)) : json_null(), "rules_checked",
		checked, "rules", of_spec, "linespan_rules", own, "logs",
		(json_int_t)linked->checked, "logs_with_trace",
		(json_int_t)(linked->checked - linked->failed), "spans",
		(json_int_t)cells[LSP_RULE_SPA_002].checked);
	return json;
}

static double score_of(const json_t *service)
{
	const json_t *score = json_object_get(service, "score");
	return json_is_null(score) ? 101 : json_real_value(score);
}

/* Worst first; equal ones by name. */
static void add_sorted(json_t *list, json_t *one)
{
	size_t at = json_array_size(list);
	for (; at; at--) {
		const json_t *before = json_array_get(list, at - 1);
		double difference = score_of(before) - score_of(one);
		if (difference < 0 ||
			(difference <= 0 &&
				strcmp(json_string_value(json_object_get(before, "service")),
					json_string_value(json_object_get(one, "service"))) < 0))
			break;
	}
	json_array_insert_new(list, at, one);
}

static json_t *make_json(struct lsp_lint *l, const char *wanted)
{
	char text[200];
	int of_score = 0;
	json_t *list = json_array(), *notes = json_array();
	for (uint32_t i = 0; i < l->vocabulary.names.n; i++) {
		struct lsp_slice name = lsp_interns_get(&l->vocabulary.names, i);
		if (l->places[i] && (!wanted || lsp_slice_equal(name, lsp_slice_of(wanted))))
			add_sorted(list, service_of(l, i));
	}
	for (int rule = 0; rule < LSP_RULE_N; rule++)
		of_score += rules[rule].impact != LSP_IMPACT_OWN;
	snprintf(text, sizeof(text),
		"instrumentation score by %d of %d rules: those on metrics and SDK versions are "
		"missing, for they cannot be seen here",
		of_score, RULES_KNOWN);
	json_array_append_new(notes, json_string(text));
	if (l->window.sample_mask) {
		snprintf(text, sizeof(text), "one trace in %llu was looked at",
			(unsigned long long)l->window.sample_mask + 1);
		json_array_append_new(notes, json_string(text));
	}
	return json_pack("{s:o,s:i,s:i,s:I,s:I,s:o}", "services", list, "rules_known", RULES_KNOWN,
		"rules_of_score", of_score, "spans", (json_int_t)l->window.seen_spans, "logs",
		(json_int_t)l->window.seen_logs, "notes", notes);
}

/* Names are of services and of operations: only services get cells. */
static int make_cells(struct lsp_lint *l)
{
	const struct lsp_window *w = &l->window;
	l->places = calloc(l->vocabulary.names.n + 1, sizeof(*l->places));
	if (!l->places)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_spans; i++)
		l->places[w->spans[i].service] = 1;
	for (uint32_t i = 0; i < w->n_logs; i++)
		l->places[w->logs[i].service] = 1;
	for (uint32_t i = 0; i < l->resource_bytes.n; i++)
		l->places[l->resources[i].service] = 1;
	for (uint32_t i = 0; i < l->vocabulary.names.n; i++)
		if (l->places[i])
			l->places[i] = ++l->n_places;
	l->cells = calloc((size_t)(l->n_places + 1) * LSP_RULE_N, sizeof(*l->cells));
	return l->cells ? 0 : -ENOMEM;
}

int lsp_lint_finish(struct lsp_lint *l, const char *service, json_t **ret)
{
	int rc = lsp_window_finish(&l->window);
	rc = rc ? rc : make_cells(l);
	rc = rc ? rc : lsp_lint_check_traces(l);
	rc = rc ? rc : lsp_lint_check_names(l);
	rc = rc ? rc : lsp_lint_check_logs(l);
	rc = rc ? rc : lsp_lint_check_resources(l);
	if (rc)
		return rc;
	json_t *json = make_json(l, service);
	if (!json)
		return -ENOMEM;
	*ret = json;
	return 0;
}
