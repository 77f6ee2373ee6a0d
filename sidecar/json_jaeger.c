#include "json_jaeger.h"
#include "../lib/core/hex.h"
#include "../lib/wire/otlp_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *id(const uint8_t *bytes, size_t n)
{
	char hex[LSP_TRACE_ID_HEX];
	lsp_hex_encode(hex, bytes, n);
	return json_stringn(hex, 2 * n);
}

static bool is_set(const uint8_t span_id[LSP_SPAN_ID_BYTES])
{
	static const uint8_t zero[LSP_SPAN_ID_BYTES];
	return memcmp(span_id, zero, sizeof(zero)) != 0;
}

static void add_text(json_t *tags, const char *key, const char *text)
{
	if (text && *text)
		json_array_append_new(
			tags, json_pack("{s:s,s:s,s:o}", "key", key, "type", "string", "value",
				      lsp_otlp_string_json(lsp_slice_of(text))));
}

/* {"key":…,"type":…,"value":…}; lists and objects as their JSON text. */
static void add_tag(json_t *tags, const char *key, json_t *value)
{
	const char *type = json_is_string(value)    ? "string"
			   : json_is_integer(value) ? "int64"
			   : json_is_real(value)    ? "float64"
			   : json_is_boolean(value) ? "bool"
						    : NULL;
	char *dump = type ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (type)
		json_array_append_new(
			tags, json_pack("{s:s,s:s,s:O}", "key", key, "type", type, "value", value));
	else
		add_text(tags, key, dump);
	free(dump);
}

static json_t *tags_of(const json_t *object)
{
	json_t *tags = json_array(), *value;
	const char *key;
	json_object_foreach((json_t *)object, key, value) add_tag(tags, key, value);
	return tags;
}

static json_t *span_tags(const struct lsp_span *s)
{
	json_t *tags = tags_of(s->attributes);
	add_text(tags, "span.kind", s->kind ? lsp_kind_name(s->kind) : NULL);
	add_text(tags, "otel.scope.name", json_string_value(json_object_get(s->scope, "name")));
	if (s->status == LSP_STATUS_ERROR) {
		json_array_append_new(tags,
			json_pack("{s:s,s:s,s:b}", "key", "error", "type", "bool", "value", 1));
		add_text(tags, "otel.status_code", "ERROR");
	} else if (s->status) {
		add_text(tags, "otel.status_code", "OK");
	}
	add_text(tags, "otel.status_description", s->status_message);
	return tags;
}

static json_t *references_of(const struct lsp_trace *t, const struct lsp_span *s)
{
	json_t *list = json_array(), *link;
	size_t i;
	if (is_set(s->parent_span_id))
		json_array_append_new(
			list, json_pack("{s:s,s:o,s:o}", "refType", "CHILD_OF", "traceID",
				      id(t->trace_id, LSP_TRACE_ID_BYTES), "spanID",
				      id(s->parent_span_id, LSP_SPAN_ID_BYTES)));
	json_array_foreach(s->links, i, link)
		json_array_append_new(list, json_pack("{s:s,s:O,s:O}", "refType", "FOLLOWS_FROM",
						    "traceID", json_object_get(link, "trace_id"),
						    "spanID", json_object_get(link, "span_id")));
	return list;
}

/* ---- logs
 * ---------------------------------------------------------------------------------------- */

static void add_log(json_t *logs, uint64_t time_ns, json_t *fields)
{
	json_array_append_new(logs, json_pack("{s:I,s:o}", "timestamp",
					    (json_int_t)(time_ns / 1000), "fields", fields));
}

static void add_events(json_t *logs, const struct lsp_span *s)
{
	json_t *e;
	size_t i;
	json_array_foreach(s->events, i, e)
	{
		const char *time = json_string_value(json_object_get(e, "time_unix_nano"));
		json_t *fields = tags_of(json_object_get(e, "attributes"));
		add_text(fields, "event", json_string_value(json_object_get(e, "name")));
		add_log(logs, time ? strtoull(time, NULL, 10) : s->start_ns, fields);
	}
}

static void add_record(json_t *logs, const struct lsp_log *l)
{
	json_t *fields = json_array();
	json_array_append_new(
		fields, json_pack("{s:s,s:s,s:o}", "key", "message", "type", "string", "value",
				lsp_otlp_string_json((struct lsp_slice){
					l->body ? l->body : "", l->body ? l->body_bytes : 0 })));
	add_text(fields, "level", lsp_severity_name(l->severity));
	add_text(fields, "service", l->service);
	add_log(logs, l->time_ns, fields);
}

/* A span's events, its log records, and with the first one those whose span is not here. */
static json_t *logs_of(const struct lsp_tree *tree, size_t span)
{
	const struct lsp_tree_node *node = &tree->nodes[span];
	const struct lsp_log *all = tree->trace->logs;
	json_t *logs = json_array();
	add_events(logs, &tree->trace->spans[span]);
	for (size_t i = 0; i < node->n_logs; i++)
		add_record(logs, &all[tree->logs_by_span[node->first_log + i]]);
	for (size_t i = 0; span == 0 && i < tree->n_loose_logs; i++)
		add_record(logs, &all[tree->loose_logs[i]]);
	return logs;
}

/* ---- processes
 * ----------------------------------------------------------------------------------- */

/* The name of the process with this resource; it is added when it is new. */
static void process_of(json_t *processes, const struct lsp_span *s, char name[24])
{
	json_t *known, *tags = tags_of(s->resource);
	const char *key;
	json_t *made = json_pack("{s:o,s:o}", "serviceName",
		lsp_otlp_string_json(lsp_slice_of(s->service ? s->service : "")), "tags", tags);
	json_object_foreach(processes, key, known)
	{
		if (json_equal(known, made)) {
			snprintf(name, 24, "%s", key);
			json_decref(made);
			return;
		}
	}
	snprintf(name, 24, "p%zu", json_object_size(processes) + 1);
	json_object_set_new(processes, name, made);
}

static json_t *span_json(const struct lsp_tree *tree, size_t i, const char *process)
{
	const struct lsp_trace *t = tree->trace;
	const struct lsp_span *s = &t->spans[i];
	uint64_t ns = s->end_ns > s->start_ns ? s->end_ns - s->start_ns : 0;
	return json_pack("{s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:o,s:s,s:n}", "traceID",
		id(t->trace_id, LSP_TRACE_ID_BYTES), "spanID", id(s->span_id, LSP_SPAN_ID_BYTES),
		"operationName", lsp_otlp_string_json(lsp_slice_of(s->name ? s->name : "")),
		"references", references_of(t, s), "startTime", (json_int_t)(s->start_ns / 1000),
		"duration", (json_int_t)(ns / 1000), "tags", span_tags(s), "logs", logs_of(tree, i),
		"processID", process, "warnings");
}

json_t *lsp_json_jaeger_trace(const struct lsp_tree *tree)
{
	const struct lsp_trace *t = tree->trace;
	json_t *spans = json_array(), *processes = json_object();
	for (size_t i = 0; i < t->n_spans; i++) {
		char process[24];
		process_of(processes, &t->spans[i], process);
		json_array_append_new(spans, span_json(tree, i, process));
	}
	return json_pack("{s:o,s:o,s:o,s:n}", "traceID", id(t->trace_id, LSP_TRACE_ID_BYTES),
		"spans", spans, "processes", processes, "warnings");
}

json_t *lsp_json_jaeger_data(json_t *data)
{
	return json_pack("{s:o,s:i,s:i,s:i,s:n}", "data", data, "total", (int)json_array_size(data),
		"limit", 0, "offset", 0, "errors");
}

json_t *lsp_json_jaeger_error(int code, const char *message)
{
	return json_pack("{s:n,s:i,s:i,s:i,s:[{s:i,s:s}]}", "data", "total", 0, "limit", 0,
		"offset", 0, "errors", "code", code, "msg", message);
}
