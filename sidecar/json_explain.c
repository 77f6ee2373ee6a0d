#include "json_explain.h"
#include "absence.h"
#include "baseline.h"
#include "json_trace.h"
#include "term_text.h"
#include "../lib/analysis/insight.h"
#include "../lib/core/hex.h"
#include "../lib/core/ring.h"
#include "../lib/wire/otlp_value.h"

#include <errno.h>
#include <stdio.h>

#define REPEATS_TOLD 5 /* in words */

struct explaining {
	const struct lsp_tree *tree;
	const struct lsp_insight *in;
	uint64_t duration_ns;
};

static json_t *text(const char *s)
{
	return lsp_otlp_string_json(lsp_slice_of(s ? s : ""));
}

static json_t *count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *id_of(const struct explaining *e, size_t span)
{
	char hex[LSP_SPAN_ID_HEX];
	if (span == LSP_TREE_NONE)
		return json_null();
	lsp_hex_encode(hex, e->tree->trace->spans[span].span_id, LSP_SPAN_ID_BYTES);
	return json_stringn(hex, sizeof(hex));
}

/* {"span_id","service","name"} */
static json_t *named(const struct explaining *e, size_t span)
{
	const struct lsp_span *s = &e->tree->trace->spans[span];
	return json_pack("{s:o, s:o, s:o}", "span_id", id_of(e, span), "service", text(s->service),
		"name", text(s->name));
}

static json_t *slowest(const struct explaining *e)
{
	size_t i = e->in->slowest;
	if (i == LSP_TREE_NONE)
		return json_null();
	uint64_t self = e->tree->nodes[i].self_ns - e->in->waits_ns[i];
	json_t *o = named(e, i);
	json_object_set_new(o, "self_ns", count(self));
	double share = e->duration_ns ? (double)self / (double)e->duration_ns : 0;
	json_object_set_new(o, "share", json_real(share));
	return o;
}

static json_t *critical_path(const struct explaining *e)
{
	json_t *path = json_array();
	for (size_t k = 0; k < e->tree->trace->n_spans; k++) {
		size_t i = e->tree->order[k];
		if (e->in->critical_ns[i] == 0)
			continue;
		json_t *o = named(e, i);
		json_object_set_new(o, "ns", count(e->in->critical_ns[i]));
		json_array_append_new(path, o);
	}
	return path;
}

static json_t *origin(const struct explaining *e)
{
	size_t i = e->in->origin;
	if (i == LSP_TREE_NONE)
		return json_null();
	size_t log = lsp_first_error_log(e->tree, i);
	const struct lsp_trace *t = e->tree->trace;
	json_t *o = named(e, i);
	json_object_set_new(o, "message", text(lsp_error_message(&t->spans[i])));
	json_object_set_new(
		o, "log", log == LSP_TREE_NONE ? json_null() : lsp_json_log(&t->logs[log]));
	return o;
}

static json_t *with_role(const struct explaining *e, unsigned role, unsigned other)
{
	json_t *ids = json_array();
	for (size_t k = 0; k < e->tree->trace->n_spans; k++) {
		size_t i = e->tree->order[k];
		if (e->in->roles[i] == role || e->in->roles[i] == other)
			json_array_append_new(ids, id_of(e, i));
	}
	return ids;
}

static json_t *retries(const struct explaining *e)
{
	json_t *all = json_array();
	for (size_t k = 0; k < e->in->n_retries; k++) {
		const struct lsp_retries *r = &e->in->retries[k];
		const struct lsp_span *s = &e->tree->trace->spans[r->first];
		json_array_append_new(
			all, json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "parent_span_id",
				     id_of(e, e->tree->nodes[r->first].parent), "service",
				     text(s->service), "name", text(s->name), "attempts",
				     count(r->attempts), "succeeded", (int)r->succeeded,
				     "wasted_ns", count(r->wasted_ns)));
	}
	return all;
}

static json_t *gaps(const struct explaining *e)
{
	json_t *all = json_array();
	for (size_t k = 0; k < e->in->n_gaps; k++) {
		const struct lsp_gap *g = &e->in->gaps[k];
		json_t *o = named(e, g->span);
		json_object_set_new(o, "ns", count(g->ns));
		json_object_set_new(o, "kind", json_string(lsp_gap_kind_name(g->kind)));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *repeats(const struct explaining *e)
{
	json_t *all = json_array();
	for (size_t k = 0; k < e->in->n_repeats; k++) {
		const struct lsp_repeats *r = &e->in->repeats[k];
		json_t *o = named(e, r->first);
		json_object_set_new(o, "parent_span_id", id_of(e, e->tree->nodes[r->first].parent));
		json_object_set_new(o, "calls", count(r->n));
		json_object_set_new(o, "total_ns", count(r->total_ns));
		json_array_append_new(all, o);
	}
	return all;
}

/* "N+1": the name under which people know it. */
static void note_repeats(const struct explaining *e, json_t *notes)
{
	for (size_t k = 0; k < e->in->n_repeats && k < REPEATS_TOLD; k++) {
		const struct lsp_repeats *r = &e->in->repeats[k];
		const struct lsp_span *s = &e->tree->trace->spans[r->first];
		const struct lsp_span *parent =
			&e->tree->trace->spans[e->tree->nodes[r->first].parent];
		char total[24], line[1024];
		lsp_text_duration(total, sizeof(total), r->total_ns, true);
		snprintf(line, sizeof(line),
			"N+1: %.200s calls %.200s %zu times below %.200s, %s, %s in all: one call "
			"for all of them would do",
			s->service, s->name, r->n, parent->name,
			r->in_a_row ? "one after the other" : "some side by side", total);
		json_array_append_new(notes, text(line));
	}
}

static void note(json_t *notes, size_t n, const char *one, const char *many)
{
	char line[160];
	if (n == 0)
		return;
	snprintf(line, sizeof(line), "%zu %s", n, n == 1 ? one : many);
	json_array_append_new(notes, json_string(line));
}

static void note_absence(const struct explaining *e, json_t *notes)
{
	const struct lsp_trace *t = e->tree->trace;
	size_t root = e->in->main_root;
	char line[LSP_ABSENCE_CHARS] = "";
	if (t->n_spans == 0)
		lsp_absence_of_spans(line, t, lsp_now_ns());
	else if (t->n_logs == 0)
		lsp_absence_of_logs(line, t);
	if (line[0])
		json_array_append_new(notes, json_string(line));
	if (root != LSP_TREE_NONE && e->tree->nodes[root].orphan)
		json_array_append_new(notes,
			json_string("the root span is not here (not sent, sampled out or not "
				    "arrived yet): times are those of what is here"));
}

static json_t *notes_of(const struct explaining *e)
{
	json_t *notes = json_array();
	size_t orphans = 0, cycles = 0, growing = 0;
	note_absence(e, notes);
	for (size_t i = 0; i < e->tree->trace->n_spans; i++) {
		orphans += e->tree->nodes[i].orphan;
		cycles += e->tree->nodes[i].cycle;
	}
	for (size_t k = 0; k < e->in->n_retries; k++)
		growing += e->in->retries[k].growing;
	json_array_extend(notes, e->tree->trace->notes);
	note(notes, orphans, "span names a parent that is not here",
		"spans name parents that are not here");
	note(notes, cycles, "cycle of parents was cut", "cycles of parents were cut");
	note_repeats(e, notes);
	note(notes, growing, "call was retried with growing pauses",
		"calls were retried with growing pauses");
	note(notes, e->in->main_root == LSP_TREE_NONE ? 0 : e->tree->n_roots - 1,
		"more root: the critical path is that of the main one",
		"more roots: the critical path is that of the main one");
	return notes;
}

static json_t *make(const struct explaining *e, const struct lsp_baseline *b)
{
	char id[LSP_TRACE_ID_HEX];
	lsp_hex_encode(id, e->tree->trace->trace_id, LSP_TRACE_ID_BYTES);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:s}, s:o, "
			 "s:o, s:o}",
		"trace_id", json_stringn(id, sizeof(id)), "duration_ns", count(e->duration_ns),
		"slowest", slowest(e), "critical_path", critical_path(e), "origin", origin(e),
		"propagated", with_role(e, LSP_ERROR_PROPAGATED, LSP_ERROR_REMAPPED), "absorbed",
		with_role(e, LSP_ERROR_ABSORBED, LSP_ERROR_ABSORBED), "retries", retries(e),
		"baseline", "n", count(b->n), "p50_ns", count(b->p50_ns), "p99_ns",
		count(b->p99_ns), "verdict", b->verdict, "gaps", gaps(e), "repeats", repeats(e),
		"notes", notes_of(e));
}

int lsp_json_explain(struct lsp_store *store, const struct lsp_trace *t, json_t **ret)
{
	struct lsp_tree tree = { 0 };
	struct lsp_insight in = { 0 };
	struct lsp_baseline baseline = { .verdict = "no-baseline" };
	int rc = lsp_tree_build(&tree, t);
	rc = rc ? rc : lsp_insight_build(&in, &tree);
	struct explaining e = { &tree, &in, tree.end_ns - tree.start_ns };
	if (rc == 0 && in.main_root != LSP_TREE_NONE) {
		const struct lsp_span *root = &t->spans[in.main_root];
		rc = lsp_baseline_find(&baseline, store, root);
	}
	json_t *json = rc ? NULL : make(&e, &baseline);
	if (json)
		*ret = json;
	else if (rc == 0)
		rc = -ENOMEM;
	lsp_insight_release(&in);
	lsp_tree_release(&tree);
	return rc;
}
