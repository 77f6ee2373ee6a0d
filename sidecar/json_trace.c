#include "json_trace.h"
#include "../lib/analysis/insight.h"
#include "../lib/core/hex.h"
#include "../lib/wire/otlp_value.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *text(const char *s)
{
	return lsp_otlp_string_json(lsp_slice_of(s ? s : ""));
}

static json_t *name_or_null(const char *name)
{
	return name && *name ? json_string(name) : json_null();
}

static json_t *time_text(uint64_t ns)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRIu64, ns);
	return json_string(digits);
}

/* JSON integers of jansson are signed. */
static json_t *count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *id_or_null(const uint8_t *id, size_t n)
{
	char hex[LSP_TRACE_ID_HEX];
	bool set = false;
	for (size_t i = 0; i < n; i++)
		set = set || id[i];
	lsp_hex_encode(hex, id, n);
	return set ? json_stringn(hex, 2 * n) : json_null();
}

static json_t *share(json_t *value, bool array)
{
	if (value)
		return json_incref(value);
	return array ? json_array() : json_object();
}

/* Sets members until one fails; a failed object is not returned. */
struct maker {
	json_t *object;
	bool failed;
};

static void put(struct maker *m, const char *name, json_t *value)
{
	if (!m->object || json_object_set_new_nocheck(m->object, name, value))
		m->failed = true;
}

static json_t *made(struct maker *m)
{
	if (!m->failed)
		return m->object;
	json_decref(m->object);
	return NULL;
}

json_t *lsp_json_log(const struct lsp_log *l)
{
	struct maker m = { .object = json_object() };
	put(&m, "time_unix_nano", time_text(l->time_ns));
	put(&m, "service", text(l->service));
	put(&m, "severity", name_or_null(lsp_severity_name(l->severity)));
	put(&m, "body",
		lsp_otlp_string_json(
			(struct lsp_slice){ l->body ? l->body : "", l->body ? l->body_bytes : 0 }));
	put(&m, "trace_id", id_or_null(l->trace_id, LSP_TRACE_ID_BYTES));
	put(&m, "span_id", id_or_null(l->span_id, LSP_SPAN_ID_BYTES));
	put(&m, "source", json_string(lsp_intake_name(l->intake)));
	put(&m, "context_source", name_or_null(lsp_source_name(l->context_source)));
	put(&m, "pid", json_integer(l->pid));
	put(&m, "tid", json_integer(l->tid));
	put(&m, "attributes", share(l->attributes, false));
	return made(&m);
}

/* The logs that a list of indexes names. */
static json_t *logs_of(const struct lsp_trace *t, const size_t *indexes, size_t n)
{
	json_t *logs = json_array();
	for (size_t i = 0; logs && i < n; i++) {
		if (json_array_append_new(logs, lsp_json_log(&t->logs[indexes[i]]))) {
			json_decref(logs);
			return NULL;
		}
	}
	return logs;
}

/* A log record that tells of an exception, as an event of its span. */
static json_t *event_of(const struct lsp_log *l)
{
	static const char *const kept[] = { "exception.type", "exception.message",
		"exception.stacktrace" };
	struct maker m = { .object = json_object() };
	json_t *attributes = json_object();
	for (size_t i = 0; attributes && i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *value = json_object_get(l->attributes, kept[i]);
		if (value)
			json_object_set(attributes, kept[i], value);
	}
	put(&m, "time_unix_nano", time_text(l->time_ns));
	put(&m, "name", json_string("exception"));
	put(&m, "attributes", attributes);
	return made(&m);
}

/* The span's own events, then the error records that the shim wrote for it. */
static json_t *events_json(const struct lsp_tree *tree, size_t span)
{
	const struct lsp_tree_node *node = &tree->nodes[span];
	const struct lsp_span *s = &tree->trace->spans[span];
	json_t *events = s->events ? json_copy(s->events) : json_array();
	for (size_t i = 0; events && i < node->n_logs; i++) {
		const struct lsp_log *l =
			&tree->trace->logs[tree->logs_by_span[node->first_log + i]];
		if (!lsp_log_is_error_record(l))
			continue;
		if (json_array_append_new(events, event_of(l))) {
			json_decref(events);
			return NULL;
		}
	}
	return events;
}

static json_t *span_json(const struct lsp_trace *t, const struct lsp_tree *tree,
	const struct lsp_insight *in, size_t i)
{
	const struct lsp_span *s = &t->spans[i];
	const struct lsp_tree_node *node = &tree->nodes[i];
	struct maker m = { .object = json_object() };
	put(&m, "span_id", id_or_null(s->span_id, LSP_SPAN_ID_BYTES));
	put(&m, "parent_span_id", id_or_null(s->parent_span_id, LSP_SPAN_ID_BYTES));
	put(&m, "service", text(s->service));
	put(&m, "name", text(s->name));
	put(&m, "kind", json_string(lsp_kind_name(s->kind)));
	put(&m, "start_unix_nano", time_text(s->start_ns));
	put(&m, "duration_ns", count(s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0));
	put(&m, "self_ns", count(node->self_ns));
	put(&m, "critical_ns", count(in->critical_ns[i]));
	put(&m, "status", json_string(lsp_status_name(s->status)));
	put(&m, "status_message", text(s->status_message));
	put(&m, "error_role", name_or_null(lsp_error_role_name(in->roles[i])));
	put(&m, "retry_of",
		in->retry_of[i] == LSP_TREE_NONE
			? json_null()
			: id_or_null(t->spans[in->retry_of[i]].span_id, LSP_SPAN_ID_BYTES));
	put(&m, "orphan", json_boolean(node->orphan));
	put(&m, "skew_ns", json_integer(s->skew_ns));
	put(&m, "attributes", share(s->attributes, false));
	put(&m, "resource", share(s->resource, false));
	put(&m, "scope", share(s->scope, false));
	put(&m, "events", events_json(tree, i));
	put(&m, "links", share(s->links, true));
	put(&m, "logs", logs_of(t, tree->logs_by_span + node->first_log, node->n_logs));
	return made(&m);
}

static json_t *spans_json(
	const struct lsp_trace *t, const struct lsp_tree *tree, const struct lsp_insight *in)
{
	json_t *spans = json_array();
	for (size_t i = 0; spans && i < t->n_spans; i++) {
		if (json_array_append_new(spans, span_json(t, tree, in, tree->order[i]))) {
			json_decref(spans);
			return NULL;
		}
	}
	return spans;
}

/* Each service once, in the order in which the reader meets them; nameless ones are left out. */
static json_t *services_json(const struct lsp_trace *t, const struct lsp_tree *tree)
{
	json_t *seen = json_object(), *services = json_array();
	for (size_t i = 0; i < t->n_spans + t->n_logs; i++) {
		const char *service = i < t->n_spans ? t->spans[tree->order[i]].service
						     : t->logs[i - t->n_spans].service;
		json_t *name = service && *service ? text(service) : NULL;
		if (name && !json_object_get(seen, json_string_value(name))) {
			json_object_set_new(seen, json_string_value(name), json_true());
			json_array_append(services, name);
		}
		json_decref(name);
	}
	json_decref(seen);
	return services;
}

json_t *lsp_json_trace(const struct lsp_trace *t, const struct lsp_tree *tree)
{
	struct lsp_insight in;
	if (lsp_insight_build(&in, tree))
		return NULL;
	struct maker m = { .object = json_object() };
	put(&m, "trace_id", id_or_null(t->trace_id, LSP_TRACE_ID_BYTES));
	put(&m, "start_unix_nano", time_text(tree->start_ns));
	put(&m, "duration_ns",
		count(tree->end_ns > tree->start_ns ? tree->end_ns - tree->start_ns : 0));
	put(&m, "spans", spans_json(t, tree, &in));
	put(&m, "logs", logs_of(t, tree->loose_logs, tree->n_loose_logs));
	put(&m, "services", services_json(t, tree));
	put(&m, "notes", share(t->notes, true));
	lsp_insight_release(&in);
	return made(&m);
}
