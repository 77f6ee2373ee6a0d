#include "json_otlp.h"
#include "../lib/core/hex.h"
#include "../lib/wire/otlp_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32

static json_t *number_text(uint64_t n)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	return json_string(digits);
}

static json_t *id(const uint8_t *bytes, size_t n)
{
	char hex[LSP_TRACE_ID_HEX];
	static const uint8_t zero[LSP_TRACE_ID_BYTES];
	lsp_hex_encode(hex, bytes, n);
	return memcmp(bytes, zero, n) ? json_stringn(hex, 2 * n) : NULL;
}

/* What is not there is left out. */
static void put(json_t *object, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(object, name, value);
}

static json_t *text(const char *s)
{
	return s && *s ? lsp_otlp_string_json(lsp_slice_of(s)) : NULL;
}

/* ---- values
 * -------------------------------------------------------------------------------------- */

static json_t *key_values(const json_t *object, int depth);

static json_t *any_value(const json_t *v, int depth)
{
	json_t *any = json_object(), *inner;
	char digits[24];
	size_t i;
	json_t *one;
	switch (depth > DEPTH_MAX ? JSON_NULL : json_typeof(v)) {
	case JSON_STRING:
		put(any, "stringValue", json_incref((json_t *)v));
		break;
	case JSON_INTEGER:
		snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		put(any, "intValue", json_string(digits));
		break;
	case JSON_REAL:
		put(any, "doubleValue", json_incref((json_t *)v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		put(any, "boolValue", json_incref((json_t *)v));
		break;
	case JSON_ARRAY:
		inner = json_array();
		json_array_foreach(v, i, one)
			json_array_append_new(inner, any_value(one, depth + 1));
		put(any, "arrayValue", json_pack("{s:o}", "values", inner));
		break;
	case JSON_OBJECT:
		inner = key_values(v, depth + 1);
		put(any, "kvlistValue", json_pack("{s:o}", "values", inner));
		break;
	case JSON_NULL:
		break;
	}
	return any;
}

static json_t *key_values(const json_t *object, int depth)
{
	json_t *list = json_array(), *value;
	const char *key;
	json_object_foreach((json_t *)object, key, value) json_array_append_new(
		list, json_pack("{s:s,s:o}", "key", key, "value", any_value(value, depth)));
	return list;
}

static json_t *attributes(const json_t *object)
{
	return json_object_size(object) ? key_values(object, 0) : NULL;
}

/* ---- groups
 * -------------------------------------------------------------------------------------- */

/* The resource with its service's name, which JSON of `show` may have beside it only. */
static json_t *resource_of(const json_t *resource, const char *service)
{
	json_t *all = json_object_size(resource) ? json_copy((json_t *)resource) : json_object();
	if (!json_object_get(all, "service.name") && service && *service)
		put(all, "service.name", text(service));
	json_t *made = json_pack("{s:o}", "attributes", key_values(all, 0));
	json_decref(all);
	return made;
}

/* The list that a record of this resource and scope goes into. */
static json_t *list_for(json_t *groups, json_t *resource, const json_t *scope, const char *scopes,
	const char *records)
{
	size_t i;
	json_t *group;
	json_t *wanted = json_object_size(scope) ? json_copy((json_t *)scope) : json_object();
	json_array_foreach(groups, i, group)
	{
		json_t *inner = json_array_get(json_object_get(group, scopes), 0);
		if (json_equal(json_object_get(group, "resource"), resource) &&
			json_equal(json_object_get(inner, "scope"), wanted)) {
			json_decref(resource);
			json_decref(wanted);
			return json_object_get(inner, records);
		}
	}
	json_t *list = json_array();
	json_array_append_new(groups, json_pack("{s:o,s:[{s:o,s:o}]}", "resource", resource, scopes,
					      "scope", wanted, records, list));
	return list;
}

/* ---- spans
 * --------------------------------------------------------------------------------------- */

static json_t *events_of(const json_t *events)
{
	size_t i;
	json_t *e, *list = json_array();
	json_array_foreach((json_t *)events, i, e)
	{
		json_t *made = json_object();
		put(made, "timeUnixNano", json_incref(json_object_get(e, "time_unix_nano")));
		put(made, "name", json_incref(json_object_get(e, "name")));
		put(made, "attributes", attributes(json_object_get(e, "attributes")));
		json_array_append_new(list, made);
	}
	return list;
}

static json_t *links_of(const json_t *links)
{
	size_t i;
	json_t *l, *list = json_array();
	json_array_foreach((json_t *)links, i, l)
	{
		json_t *made = json_object();
		put(made, "traceId", json_incref(json_object_get(l, "trace_id")));
		put(made, "spanId", json_incref(json_object_get(l, "span_id")));
		put(made, "attributes", attributes(json_object_get(l, "attributes")));
		json_array_append_new(list, made);
	}
	return list;
}

static json_t *span_of(const struct lsp_span *s)
{
	json_t *o = json_object();
	put(o, "traceId", id(s->trace_id, LSP_TRACE_ID_BYTES));
	put(o, "spanId", id(s->span_id, LSP_SPAN_ID_BYTES));
	put(o, "parentSpanId", id(s->parent_span_id, LSP_SPAN_ID_BYTES));
	put(o, "name", text(s->name));
	put(o, "kind", json_integer(s->kind));
	put(o, "startTimeUnixNano", number_text(s->start_ns));
	put(o, "endTimeUnixNano", number_text(s->end_ns));
	put(o, "attributes", attributes(s->attributes));
	if (json_array_size(s->events))
		put(o, "events", events_of(s->events));
	if (json_array_size(s->links))
		put(o, "links", links_of(s->links));
	json_t *status = json_object();
	if (s->status)
		put(status, "code", json_integer(s->status));
	put(status, "message", text(s->status_message));
	put(o, "status", status);
	return o;
}

json_t *lsp_json_otlp_spans(const struct lsp_trace *t)
{
	json_t *groups = t->n_spans ? json_array() : NULL;
	for (size_t i = 0; groups && i < t->n_spans; i++) {
		const struct lsp_span *s = &t->spans[i];
		json_t *list = list_for(groups, resource_of(s->resource, s->service), s->scope,
			"scopeSpans", "spans");
		json_array_append_new(list, span_of(s));
	}
	return groups ? json_pack("{s:o}", "resourceSpans", groups) : NULL;
}

/* ---- logs
 * ---------------------------------------------------------------------------------------- */

static json_t *log_of(const struct lsp_log *l)
{
	json_t *o = json_object();
	const char *severity = lsp_severity_name(l->severity);
	put(o, "timeUnixNano", number_text(l->time_ns));
	if (l->severity)
		put(o, "severityNumber", json_integer(l->severity));
	put(o, "severityText", text(severity));
	put(o, "body",
		json_pack("{s:o}", "stringValue",
			lsp_otlp_string_json((struct lsp_slice){
				l->body ? l->body : "", l->body ? l->body_bytes : 0 })));
	put(o, "traceId", id(l->trace_id, LSP_TRACE_ID_BYTES));
	put(o, "spanId", id(l->span_id, LSP_SPAN_ID_BYTES));
	put(o, "attributes", attributes(l->attributes));
	return o;
}

json_t *lsp_json_otlp_logs(const struct lsp_log *logs, size_t n)
{
	json_t *groups = n ? json_array() : NULL;
	for (size_t i = 0; groups && i < n; i++) {
		json_t *list = list_for(groups, resource_of(logs[i].resource, logs[i].service),
			NULL, "scopeLogs", "logRecords");
		json_array_append_new(list, log_of(&logs[i]));
	}
	return groups ? json_pack("{s:o}", "resourceLogs", groups) : NULL;
}
