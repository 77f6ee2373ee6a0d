#include "skew.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTE_CHARS 400

static uint64_t shifted(uint64_t ns, int64_t by)
{
	uint64_t left = by < 0 ? (uint64_t)-by : (uint64_t)by;
	if (by < 0)
		return ns > left ? ns - left : 0;
	return ns > UINT64_MAX - left ? UINT64_MAX : ns + left;
}

/* The events are a copy: others may hold the array, too. */
static void shift_events(struct lsp_span *s, int64_t by)
{
	size_t k;
	json_t *event, *events = json_array_size(s->events) ? json_deep_copy(s->events) : NULL;
	json_array_foreach(events, k, event)
	{
		const char *text = json_string_value(json_object_get(event, "time_unix_nano"));
		char digits[24];
		uint64_t ns = text ? strtoull(text, NULL, 10) : 0;
		if (ns == 0)
			continue;
		snprintf(digits, sizeof(digits), "%" PRIu64, shifted(ns, by));
		json_object_set_new(event, "time_unix_nano", json_string(digits));
	}
	if (events) {
		json_decref(s->events);
		s->events = events;
	}
}

static void shift_span(struct lsp_span *s, int64_t by)
{
	if (by == 0)
		return;
	s->start_ns = shifted(s->start_ns, by);
	s->end_ns = shifted(s->end_ns, by);
	s->skew_ns += by;
	shift_events(s, by);
}

/* Logs whose span is not here go by the host that they name themselves. */
static int64_t loose_skew(const struct lsp_log *l, const struct lsp_skew_host *hosts, size_t n)
{
	for (size_t h = 0; h < n; h++) {
		const char *name =
			strcmp(hosts[h].kind, "service") == 0
				? l->service
				: json_string_value(json_object_get(l->resource, hosts[h].kind));
		if (name && strcmp(name, hosts[h].name) == 0)
			return hosts[h].ns;
	}
	return 0;
}

static void add_duration(char *out, size_t cap, uint64_t ns)
{
	if (ns < 1000000)
		snprintf(out, cap, "%.3g us", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(out, cap, "%.3g ms", (double)ns / 1e6);
	else
		snprintf(out, cap, "%.3f s", (double)ns / 1e9);
}

static void note_host(struct lsp_trace *trace, const struct lsp_skew_host *h)
{
	char line[NOTE_CHARS], by[32];
	uint64_t ns = h->ns < 0 ? (uint64_t)-h->ns : (uint64_t)h->ns;
	if (h->ns) {
		add_duration(by, sizeof(by), ns);
		snprintf(line, sizeof(line),
			"the clock of %s %.200s is %s %s: its spans and logs are shown %s", h->kind,
			h->name, by, h->ns > 0 ? "slow" : "fast",
			h->ns > 0 ? "that much later" : "that much earlier");
	} else if (h->contradiction_ns) {
		add_duration(by, sizeof(by), h->contradiction_ns);
		snprintf(line, sizeof(line),
			"the times of %s %.200s contradict those of its callers by %s: no clock "
			"that is wrong explains them, they are left as they are",
			h->kind, h->name, by);
	} else {
		return;
	}
	json_t *note = json_string(line);
	if (note)
		json_array_append_new(trace->notes, note);
}

static void apply(struct lsp_trace *trace, const struct lsp_tree *tree, const uint32_t *host_of,
	const struct lsp_skew_host *hosts, size_t n)
{
	for (size_t i = 0; i < trace->n_spans; i++) {
		const struct lsp_tree_node *node = &tree->nodes[i];
		int64_t by = hosts[host_of[i]].ns;
		shift_span(&trace->spans[i], by);
		for (size_t k = 0; by && k < node->n_logs; k++) {
			struct lsp_log *l = &trace->logs[tree->logs_by_span[node->first_log + k]];
			l->time_ns = shifted(l->time_ns, by);
		}
	}
	for (size_t k = 0; k < tree->n_loose_logs; k++) {
		struct lsp_log *l = &trace->logs[tree->loose_logs[k]];
		l->time_ns = shifted(l->time_ns, loose_skew(l, hosts, n));
	}
	lsp_trace_finish(trace);
}

int lsp_skew_correct(struct lsp_trace *trace)
{
	struct lsp_tree tree;
	struct lsp_skew_host *hosts = NULL;
	size_t n = 0;
	bool any = false;
	uint32_t *host_of = malloc((trace->n_spans + 1) * sizeof(*host_of));
	int rc = host_of ? lsp_tree_build(&tree, trace) : -ENOMEM;
	if (rc) {
		free(host_of);
		return rc;
	}
	rc = lsp_skew_find(&tree, host_of, &hosts, &n);
	for (size_t h = 0; rc == 0 && h < n; h++) {
		any = any || hosts[h].ns;
		note_host(trace, &hosts[h]);
	}
	if (rc == 0 && any)
		apply(trace, &tree, host_of, hosts, n);
	lsp_tree_release(&tree);
	free(hosts);
	free(host_of);
	return rc;
}
