#include "compare.h"
#include "findings.h"
#include "../../core/hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LATENCY_PART 1.25 /* a service that adds a request's own duration to it: 0.63 */
#define OTHERS_PART  0.1 /* of all findings but the strongest */
#define OTHERS_FALL  0.5
#define OTHERS_MAX   5
#define SCORE_MIN    0.02
#define REASONS_MAX  8
#define EXAMPLES_MAX 5
#define REASON_BYTES 1400

/* ---- weights --------------------------------------------------------------------------------- */

/* How long the baseline's requests take, on average. */
static double request_ms(const struct lsp_window *w)
{
	double sum = 0;
	uint32_t n = 0;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		if (s->parent != LSP_INTERN_NONE)
			continue;
		sum += (double)(s->end_ns - s->start_ns) / 1e6;
		n++;
	}
	return n && sum > 0 ? sum / n : 1;
}

/* All latencies of one service share what they add up to, against a request's duration. */
static int weigh_latencies(struct lsp_findings *f)
{
	double usual_ms = request_ms(f->windows[LSP_BASELINE]);
	double *sums = calloc(f->vocabulary->names.n + 1, sizeof(*sums));
	if (!sums)
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++)
		sums[f->all[i].service] += f->all[i].added_ms;
	for (size_t i = 0; i < f->n; i++)
		if (f->all[i].added_ms > 0)
			f->all[i].weight = LATENCY_PART * f->all[i].added_ms /
					   (sums[f->all[i].service] + usual_ms);
	free(sums);
	return 0;
}

/* Findings of one service, heaviest first: latencies add up, of the others the strongest counts. */
static double score_of(const struct lsp_finding *all, size_t n)
{
	double latency = 0, others = 0, fall = 1;
	size_t rank = 0;
	for (size_t i = 0; i < n; i++) {
		if (all[i].added_ms > 0) {
			latency += all[i].weight;
		} else if (rank++ == 0) {
			others = all[i].weight;
		} else if (rank <= OTHERS_MAX + 1) {
			others += OTHERS_PART * fall * all[i].weight;
			fall *= OTHERS_FALL;
		}
	}
	return latency + others;
}

static int by_service_and_weight(const void *a, const void *b)
{
	const struct lsp_finding *x = a, *y = b;
	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->weight > y->weight || x->weight < y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->text, y->text);
}

static int by_name_and_weight(const void *a, const void *b)
{
	const struct lsp_finding *x = a, *y = b;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return by_service_and_weight(a, b);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Names come from outside: what is no UTF-8 is shown by its bytes. */
static json_t *text_of(struct lsp_slice text)
{
	json_t *json = json_stringn(text.at, text.len);
	if (json)
		return json;
	char clean[512];
	size_t n = text.len < sizeof(clean) ? text.len : sizeof(clean);
	for (size_t i = 0; i < n; i++)
		clean[i] = text.at[i] >= 0x20 && text.at[i] < 0x7f ? text.at[i] : '?';
	return json_stringn(clean, n);
}

static json_t *reason_of(
	const struct lsp_findings *f, const struct lsp_finding *finding, bool with_name)
{
	char text[REASON_BYTES];
	struct lsp_slice name = finding->name == LSP_INTERN_NONE
					? LSP_SLICE("")
					: lsp_findings_name(f, finding->name);
	int n = snprintf(text, sizeof(text), "%.*s%s%s", with_name ? (int)name.len : 0, name.at,
		with_name && name.len ? ": " : "", finding->text);
	if (n >= (int)sizeof(text)) {
		n = sizeof(text) - 1;
		while (n && (text[n - 1] & 0xc0) == 0x80) /* whole characters */
			n--;
		n -= n && (text[n - 1] & 0x80);
	}
	return text_of((struct lsp_slice){ text, (size_t)n });
}

/* Up to EXAMPLES_MAX trace ids, each once. */
static json_t *examples_of(const struct lsp_findings *f, const struct lsp_finding *all, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n && json_array_size(list) < EXAMPLES_MAX; i++) {
		char id[LSP_TRACE_ID_HEX];
		size_t j;
		json_t *known;
		if (all[i].trace == LSP_INTERN_NONE || all[i].window != LSP_INCIDENT)
			continue;
		lsp_hex_encode(id,
			(const uint8_t *)lsp_interns_get(
				&f->windows[all[i].window]->traces, all[i].trace)
				.at,
			LSP_TRACE_ID_BYTES);
		json_array_foreach(list, j,
			known) if (memcmp(json_string_value(known), id, sizeof(id)) == 0) break;
		if (j == json_array_size(list))
			json_array_append_new(list, json_stringn(id, sizeof(id)));
	}
	return list;
}

static json_t *rounded(double score)
{
	return json_real((double)(long)(score * 1000 + 0.5) / 1000);
}

static json_t *part_of(
	const struct lsp_findings *f, const struct lsp_finding *all, size_t n, bool with_names)
{
	json_t *reasons = json_array();
	for (size_t i = 0; i < n && i < REASONS_MAX; i++)
		json_array_append_new(reasons, reason_of(f, &all[i], with_names));
	return json_pack("{s:o,s:o,s:o}", "score", rounded(score_of(all, n)), "reasons", reasons,
		"traces", examples_of(f, all, n));
}

/* Best first; equal ones as they came. */
static void add_by_score(json_t *list, json_t *one)
{
	double score = json_real_value(json_object_get(one, "score"));
	size_t at = json_array_size(list);
	while (at &&
		json_real_value(json_object_get(json_array_get(list, at - 1), "score")) < score)
		at--;
	json_array_insert_new(list, at, one);
}

static json_t *operations_of(const struct lsp_findings *f, struct lsp_finding *all, size_t n)
{
	json_t *list = json_array();
	qsort(all, n, sizeof(*all), by_name_and_weight);
	for (size_t i = 0, to; i < n; i = to) {
		for (to = i; to < n && all[to].name == all[i].name; to++)
			;
		if (all[i].name == LSP_INTERN_NONE)
			continue;
		json_t *one = part_of(f, all + i, to - i, false);
		json_object_set_new(one, "name", text_of(lsp_findings_name(f, all[i].name)));
		add_by_score(list, one);
	}
	return list;
}

static json_t *services_of(struct lsp_findings *f)
{
	json_t *list = json_array();
	if (f->n)
		qsort(f->all, f->n, sizeof(*f->all), by_service_and_weight);
	for (size_t i = 0, to; i < f->n; i = to) {
		for (to = i; to < f->n && f->all[to].service == f->all[i].service; to++)
			;
		if (score_of(f->all + i, to - i) < SCORE_MIN)
			continue;
		json_t *one = part_of(f, f->all + i, to - i, true);
		json_object_set_new(
			one, "service", text_of(lsp_findings_name(f, f->all[i].service)));
		json_object_set_new(one, "operations", operations_of(f, f->all + i, to - i));
		add_by_score(list, one);
	}
	return list;
}

/* ---- notes ----------------------------------------------------------------------------------- */

static json_t *size_of(const struct lsp_window *w)
{
	return json_pack("{s:I,s:I,s:I}", "traces", (json_int_t)w->traces.n, "spans",
		(json_int_t)w->seen_spans, "logs", (json_int_t)w->seen_logs);
}

static void add_notes(json_t *notes, const struct lsp_window *w, const char *name)
{
	char text[160];
	if (w->seen_spans == 0 && w->seen_logs == 0)
		snprintf(text, sizeof(text), "the %s has no spans and no log records", name);
	else if (w->seen_spans == 0)
		snprintf(text, sizeof(text), "the %s has no spans: only log records are compared",
			name);
	else if (w->sample_mask)
		snprintf(text, sizeof(text), "of the %s's traces one in %llu was compared", name,
			(unsigned long long)w->sample_mask + 1);
	else
		return;
	json_array_append_new(notes, json_string(text));
}

static int make_json(struct lsp_findings *f, json_t **ret)
{
	json_t *notes = json_array();
	add_notes(notes, f->windows[LSP_BASELINE], "baseline");
	add_notes(notes, f->windows[LSP_INCIDENT], "incident");
	json_t *json = json_pack("{s:o,s:o,s:o,s:o}", "services", services_of(f), "baseline",
		size_of(f->windows[LSP_BASELINE]), "incident", size_of(f->windows[LSP_INCIDENT]),
		"notes", notes);
	if (!json)
		return -ENOMEM;
	*ret = json;
	return 0;
}

int lsp_compare(const struct lsp_window *baseline, const struct lsp_window *incident, json_t **ret)
{
	static int (*const parts[])(struct lsp_findings *) = {
#define X(part) lsp_compare_##part,
		LSP_COMPARE_TABLE(X)
#undef X
	};
	struct lsp_findings f = { .windows = { baseline, incident },
		.vocabulary = baseline->vocabulary };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		rc = parts[i](&f);
	rc = rc ? rc : lsp_compare_pass_on(&f);
	rc = rc ? rc : weigh_latencies(&f);
	rc = rc ? rc : make_json(&f, ret);
	lsp_findings_release(&f);
	return rc;
}
