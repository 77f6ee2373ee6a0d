/* What protobuf-c makes of a message, told in the same words: written from the specification of
 * OTLP, not from our reader. Only the mending of what is no UTF-8 is the library's. */
#include "differential.h"
#include "lib/wire/otlp_value.h"
#include "otlp.pb-c.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_LEVELS 16 /* arrays and maps in one another; what is deeper is null */

static json_t *text(ProtobufCBinaryData s)
{
	return lsp_otlp_string_json((struct lsp_slice){ (const char *)s.data, s.len });
}

static json_t *hex(ProtobufCBinaryData id, size_t cap)
{
	char digits[65] = "";
	for (size_t i = 0; i < id.len && i < cap; i++)
		snprintf(digits + 2 * i, 3, "%02x", id.data[i]);
	return json_string(digits);
}

static json_t *base64(ProtobufCBinaryData s)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = calloc(1, s.len * 2 + 8);
	size_t n = 0;
	for (size_t bit = 0; bit < s.len * 8; bit += 6) {
		unsigned six = 0;
		for (size_t k = bit; k < bit + 6; k++)
			six = six << 1 | (k / 8 < s.len ? s.data[k / 8] >> (7 - k % 8) & 1u : 0);
		out[n++] = set[six];
	}
	while (n % 4)
		out[n++] = '=';
	json_t *json = json_string(out);
	free(out);
	return json;
}

static json_t *real(double d)
{
	if (isnan(d))
		return json_string("NaN");
	return isinf(d) ? json_string(d > 0 ? "Infinity" : "-Infinity") : json_real(d);
}

static void put_attributes(json_t *to, size_t n, Otlp__KeyValue **list, int level);

static json_t *value(const Otlp__AnyValue *v, int level)
{
	json_t *json;
	switch (v ? v->value_case : OTLP__ANY_VALUE__VALUE__NOT_SET) {
	case OTLP__ANY_VALUE__VALUE_STRING_VALUE:
		return text(v->string_value);
	case OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
		return json_boolean(v->bool_value);
	case OTLP__ANY_VALUE__VALUE_INT_VALUE:
		return json_integer(v->int_value);
	case OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
		return real(v->double_value);
	case OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
		return base64(v->bytes_value);
	case OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
		if (level == VALUE_LEVELS)
			return json_null();
		json = json_array();
		for (size_t i = 0; i < v->array_value->n_values; i++)
			json_array_append_new(json, value(v->array_value->values[i], level + 1));
		return json;
	case OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
		if (level == VALUE_LEVELS)
			return json_null();
		json = json_object();
		put_attributes(json, v->kvlist_value->n_values, v->kvlist_value->values, level + 1);
		return json;
	default:
		return json_null();
	}
}

static void put_attributes(json_t *to, size_t n, Otlp__KeyValue **list, int level)
{
	for (size_t i = 0; i < n; i++) {
		json_t *key = text(list[i]->key);
		json_object_setn_new(to, json_string_value(key), json_string_length(key),
			value(list[i]->value, level));
		json_decref(key);
	}
}

static json_t *attributes(size_t n, Otlp__KeyValue **list)
{
	json_t *json = json_object();
	put_attributes(json, n, list, 0);
	return json;
}

static bool is_zero(ProtobufCBinaryData id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.data[i])
			return false;
	return true;
}

static bool is_id(ProtobufCBinaryData id, size_t n)
{
	return id.len == n && !is_zero(id);
}

static json_t *id_or_zeros(ProtobufCBinaryData id, size_t n, bool wanted)
{
	static uint8_t zeros[16];
	ProtobufCBinaryData none = { n, zeros };
	return hex(wanted && is_id(id, n) ? id : none, n);
}

static json_t *number(uint64_t n)
{
	return json_sprintf("%" PRIu64, n);
}

static void put_origin(json_t *row, const Otlp__Resource *r, const Otlp__Scope *s)
{
	json_t *service = json_string(""), *scope = json_object();
	for (size_t i = 0; r && i < r->n_attributes; i++) {
		const Otlp__KeyValue *a = r->attributes[i];
		if (a->key.len != 12 || memcmp(a->key.data, "service.name", 12) != 0)
			continue;
		json_decref(service);
		service = a->value && a->value->value_case == OTLP__ANY_VALUE__VALUE_STRING_VALUE
				  ? text(a->value->string_value)
				  : json_string("");
	}
	json_object_set_new(row, "service", service);
	json_object_set_new(
		row, "resource", attributes(r ? r->n_attributes : 0, r ? r->attributes : NULL));
	if (s && s->name.len)
		json_object_set_new(scope, "name", text(s->name));
	if (s && s->version.len)
		json_object_set_new(scope, "version", text(s->version));
	json_object_set_new(row, "scope", scope);
}

static json_t *events(const Otlp__Span *s)
{
	json_t *json = json_array();
	for (size_t i = 0; i < s->n_events; i++) {
		const Otlp__Event *e = s->events[i];
		json_array_append_new(
			json, json_pack("{s:o,s:o,s:o}", "time_unix_nano",
				      number(e->time_unix_nano), "name", text(e->name),
				      "attributes", attributes(e->n_attributes, e->attributes)));
	}
	return json;
}

static json_t *links(const Otlp__Span *s)
{
	json_t *json = json_array();
	for (size_t i = 0; i < s->n_links; i++) {
		const Otlp__Link *l = s->links[i];
		json_array_append_new(
			json, json_pack("{s:o,s:o,s:o}", "trace_id", hex(l->trace_id, 32),
				      "span_id", hex(l->span_id, 32), "attributes",
				      attributes(l->n_attributes, l->attributes)));
	}
	return json;
}

static int one_of(int32_t n, int max)
{
	return n < 0 || n > max ? 0 : n;
}

static json_t *span_json(const Otlp__Span *s)
{
	ProtobufCBinaryData none = { 0, NULL };
	json_t *message = text(s->status ? s->status->message : none);
	json_t *row = json_pack("{s:o,s:o,s:o,s:o,s:o,s:i,s:i,s:o,s:o,s:o,s:o,s:s}", "trace",
		hex(s->trace_id, 16), "span", hex(s->span_id, 8), "parent",
		id_or_zeros(s->parent_span_id, 8, true), "start", number(s->start_time_unix_nano),
		"end", number(s->end_time_unix_nano), "kind", one_of(s->kind, 5), "status",
		s->status ? one_of(s->status->code, 2) : 0, "name", text(s->name), "attributes",
		attributes(s->n_attributes, s->attributes), "events", events(s), "links", links(s),
		"message", json_string_value(message));
	json_decref(message);
	return row;
}

static json_t *body(const Otlp__AnyValue *v)
{
	if (!v || v->value_case == OTLP__ANY_VALUE__VALUE__NOT_SET)
		return json_string("");
	if (v->value_case == OTLP__ANY_VALUE__VALUE_STRING_VALUE)
		return text(v->string_value);
	json_t *json = value(v, 0);
	char *compact = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
	json = json_string(compact);
	free(compact);
	return json;
}

static json_t *log_json(const Otlp__LogRecord *l)
{
	json_t *all = attributes(l->n_attributes, l->attributes);
	if (l->event_name.len)
		json_object_set_new(all, "event.name", text(l->event_name));
	return json_pack("{s:o,s:o,s:o,s:i,s:o,s:o}", "trace", id_or_zeros(l->trace_id, 16, true),
		"span", id_or_zeros(l->span_id, 8, is_id(l->trace_id, 16)), "time",
		number(l->time_unix_nano ? l->time_unix_nano : l->observed_time_unix_nano),
		"severity", one_of(l->severity_number, 24), "body", body(l->body), "attributes",
		all);
}

static json_t *answer(json_t *rows, json_int_t rejected, json_int_t uncorrelated)
{
	return json_pack(
		"{s:I,s:I,s:o}", "rejected", rejected, "uncorrelated", uncorrelated, "rows", rows);
}

static json_t *traces(const Otlp__Traces *t)
{
	json_t *rows = json_array();
	json_int_t rejected = 0;
	for (size_t i = 0; i < t->n_resource_spans; i++) {
		const Otlp__ResourceSpans *r = t->resource_spans[i];
		for (size_t k = 0; k < r->n_scope_spans; k++) {
			const Otlp__ScopeSpans *c = r->scope_spans[k];
			for (size_t m = 0; m < c->n_spans; m++) {
				const Otlp__Span *s = c->spans[m];
				if (!is_id(s->trace_id, 16) || !is_id(s->span_id, 8)) {
					rejected++;
					continue;
				}
				json_t *row = span_json(s);
				put_origin(row, r->resource, c->scope);
				json_array_append_new(rows, row);
			}
		}
	}
	return answer(rows, rejected, 0);
}

static json_t *logs_json(const Otlp__Logs *t)
{
	json_t *rows = json_array();
	json_int_t uncorrelated = 0;
	for (size_t i = 0; i < t->n_resource_logs; i++) {
		const Otlp__ResourceLogs *r = t->resource_logs[i];
		for (size_t k = 0; k < r->n_scope_logs; k++) {
			const Otlp__ScopeLogs *c = r->scope_logs[k];
			for (size_t m = 0; m < c->n_log_records; m++) {
				const Otlp__LogRecord *l = c->log_records[m];
				json_t *row = log_json(l);
				put_origin(row, r->resource, c->scope);
				json_array_append_new(rows, row);
				uncorrelated += !is_id(l->trace_id, 16) &&
						(!is_zero(l->trace_id) || is_id(l->span_id, 8));
			}
		}
	}
	return answer(rows, 0, uncorrelated);
}

json_t *theirs(const uint8_t *at, size_t n, bool logs)
{
	json_t *json = NULL;
	struct bytes plain = { 0 };
	const ProtobufCMessageDescriptor *type =
		logs ? &otlp__logs__descriptor : &otlp__traces__descriptor;
	ProtobufCMessage *m = NULL;
	if (apply_rules(&plain, at, n, type, 0))
		m = protobuf_c_message_unpack(type, NULL, plain.n, plain.at);
	if (m)
		json = logs ? logs_json((Otlp__Logs *)m) : traces((Otlp__Traces *)m);
	if (m)
		protobuf_c_message_free_unpacked(m, NULL);
	free(plain.at);
	return json;
}
