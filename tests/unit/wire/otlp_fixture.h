/* OTLP messages made by hand for tests: a writer that shares nothing with the library's own, and
 * one request that has a bit of everything. Field numbers: opentelemetry-proto 1.x. */
#ifndef LSP_TESTS_OTLP_FIXTURE_H
#define LSP_TESTS_OTLP_FIXTURE_H

#include "lib/wire/otlp_decode.h"
#include "lib/wire/otlp_proto.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

struct wire {
	size_t n;
	uint8_t at[8192];
};

static inline void wire_raw(struct wire *w, const void *bytes, size_t n)
{
	cr_assert_leq(n, sizeof(w->at) - w->n);
	if (n)
		memcpy(w->at + w->n, bytes, n);
	w->n += n;
}

static inline void wire_number(struct wire *w, uint64_t value)
{
	while (value >= 128) {
		wire_raw(w, &(uint8_t){ (uint8_t)(value | 128) }, 1);
		value >>= 7;
	}
	wire_raw(w, &(uint8_t){ (uint8_t)value }, 1);
}

static inline void wire_varint(struct wire *w, unsigned field, uint64_t value)
{
	wire_number(w, field * 8);
	wire_number(w, value);
}

static inline void wire_fixed(struct wire *w, unsigned field, uint64_t value, unsigned bytes)
{
	wire_number(w, field * 8 + (bytes == 8 ? 1 : 5));
	for (unsigned i = 0; i < bytes; i++)
		wire_raw(w, &(uint8_t){ (uint8_t)(value >> 8 * i) }, 1);
}

static inline void wire_bytes(struct wire *w, unsigned field, const void *bytes, size_t n)
{
	wire_number(w, field * 8 + 2);
	wire_number(w, n);
	wire_raw(w, bytes, n);
}

static inline void wire_text(struct wire *w, unsigned field, const char *text)
{
	wire_bytes(w, field, text, strlen(text));
}

static inline void wire_put(struct wire *w, unsigned field, const struct wire *inner)
{
	wire_bytes(w, field, inner->at, inner->n);
}

/* n bytes of one value. */
static inline void wire_id(struct wire *w, unsigned field, uint8_t byte, size_t n)
{
	uint8_t id[32];

	memset(id, byte, sizeof(id));
	wire_bytes(w, field, id, n);
}

/* KeyValue{1 key, 2 AnyValue} */
static inline void wire_attribute(
	struct wire *w, unsigned field, const char *key, const struct wire *value)
{
	struct wire kv = { 0 };

	wire_text(&kv, 1, key);
	wire_put(&kv, 2, value);
	wire_put(w, field, &kv);
}

static inline void wire_attribute_text(
	struct wire *w, unsigned field, const char *key, const char *text)
{
	struct wire value = { 0 };

	wire_text(&value, 1, text);
	wire_attribute(w, field, key, &value);
}

static inline struct wire wire_service(const char *name)
{
	struct wire resource = { 0 };

	wire_attribute_text(&resource, 1, "service.name", name);
	return resource;
}

static inline struct wire wire_scope(const char *name, const char *version)
{
	struct wire scope = { 0 };

	wire_text(&scope, 1, name);
	wire_text(&scope, 2, version);
	return scope;
}

/* A span of trace aa…, whose ids are repeated bytes; parent 0: none. */
static inline struct wire wire_span(uint8_t id, uint8_t parent, const char *name)
{
	struct wire span = { 0 };

	wire_id(&span, 1, 0xaa, 16);
	wire_id(&span, 2, id, 8);
	if (parent)
		wire_id(&span, 4, parent, 8);
	wire_text(&span, 5, name);
	wire_varint(&span, 6, 2);
	wire_fixed(&span, 7, 1700000000000000000 + id, 8);
	wire_fixed(&span, 8, 1700000000000001000 + id, 8);
	return span;
}

static inline void wire_status(struct wire *span, const char *message, unsigned code)
{
	struct wire status = { 0 };

	wire_text(&status, 2, message);
	wire_varint(&status, 3, code);
	wire_put(span, 15, &status);
}

/* One resource with one scope with one record. */
static inline struct wire wire_request(const struct wire *record)
{
	struct wire request = { 0 }, resources = { 0 }, scopes = { 0 },
		    resource = wire_service("shop"), scope = wire_scope("lib", "1.2");

	wire_put(&scopes, 1, &scope);
	wire_put(&scopes, 2, record);
	wire_put(&resources, 1, &resource);
	wire_put(&resources, 2, &scopes);
	wire_put(&request, 1, &resources);
	return request;
}

/* Attributes of every kind of value. */
static inline void wire_every_value(struct wire *w, unsigned field)
{
	struct wire value = { 0 }, list = { 0 }, one = { 0 };

	wire_attribute_text(w, field, "text", "caf\xc3\xa9 \"x\"");
	wire_varint(&value, 2, 1);
	wire_attribute(w, field, "yes", &value);
	value.n = 0;
	wire_varint(&value, 3, (uint64_t)-5);
	wire_attribute(w, field, "whole", &value);
	value.n = 0;
	wire_varint(&value, 3, 9007199254740993);
	wire_attribute(w, field, "big", &value);
	value.n = 0;
	wire_fixed(&value, 4, 0x3ff8000000000000, 8);
	wire_attribute(w, field, "real", &value);
	value.n = 0;
	wire_fixed(&value, 4, 0x7ff0000000000000, 8);
	wire_attribute(w, field, "endless", &value);
	value.n = 0;
	wire_text(&one, 1, "a");
	wire_put(&list, 1, &one);
	one.n = 0;
	wire_varint(&one, 3, 2);
	wire_put(&list, 1, &one);
	wire_put(&value, 5, &list);
	wire_attribute(w, field, "list", &value);
	value.n = list.n = 0;
	wire_attribute_text(&list, 1, "inner", "v");
	wire_put(&value, 6, &list);
	wire_attribute(w, field, "map", &value);
	value.n = 0;
	wire_bytes(&value, 7, "\x00\xff\x10\x80", 4);
	wire_attribute(w, field, "raw", &value);
	value.n = 0;
	wire_attribute(w, field, "nothing", &value);
}

/* Two resources, the first with two scopes; attributes, an event, a link, a status. */
static inline struct wire wire_full_request(void)
{
	struct wire request = { 0 }, resources = { 0 }, scopes = { 0 }, part = { 0 };
	struct wire resource = wire_service("shop"), scope = wire_scope("http", "1.0"),
		    span = wire_span(1, 0, "GET /");

	wire_every_value(&span, 9);
	wire_fixed(&part, 1, 1700000000000000500, 8);
	wire_text(&part, 2, "exception");
	wire_attribute_text(&part, 3, "exception.type", "E");
	wire_put(&span, 11, &part);
	part.n = 0;
	wire_id(&part, 1, 0xbb, 16);
	wire_id(&part, 2, 0xcc, 8);
	wire_put(&span, 13, &part);
	wire_fixed(&span, 16, 0x301, 4);
	wire_status(&span, "card declined", 2);
	wire_put(&scopes, 1, &scope);
	wire_put(&scopes, 2, &span);
	wire_put(&resources, 1, &resource);
	wire_put(&resources, 2, &scopes);
	scopes.n = 0;
	scope = wire_scope("db", "2.0");
	span = wire_span(2, 1, "SELECT");
	wire_put(&scopes, 1, &scope);
	wire_put(&scopes, 2, &span);
	wire_put(&resources, 2, &scopes);
	wire_put(&request, 1, &resources);
	resources.n = scopes.n = 0;
	resource = wire_service("pay");
	span = wire_span(3, 2, "charge");
	wire_put(&scopes, 2, &span);
	wire_put(&resources, 1, &resource);
	wire_put(&resources, 2, &scopes);
	wire_put(&request, 1, &resources);
	return request;
}

static inline struct lsp_slice wire_slice(const struct wire *w)
{
	return (struct lsp_slice){ (const char *)w->at, w->n };
}

static inline json_t *id_json(const uint8_t *id, size_t n)
{
	char hex[33];

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return json_string(hex);
}

/* All spans of a batch as one JSON text, to be compared; the caller frees it. */
static inline char *batch_spans_text(const struct lsp_batch *b)
{
	struct lsp_trace *t = lsp_trace_new();
	json_t *all = json_array();
	char *text;

	for (size_t i = 0; i < b->n_spans; i++) {
		const struct lsp_span_row *row = &b->spans[i];
		const struct lsp_origin *o = &b->origins[row->origin];
		struct lsp_span *s = lsp_trace_add_span(t);

		cr_assert_eq(lsp_otlp_decode_span(s, row->encoded), 0);
		json_array_append_new(
			all, json_pack("{so,so,so,sI,sI,si,si,ss%,ss%,ss,sO,sO,sO,so,so}", "trace",
				     id_json(row->trace_id, 16), "span", id_json(row->span_id, 8),
				     "parent", id_json(row->parent_span_id, 8), "start",
				     (json_int_t)row->start_ns, "end", (json_int_t)row->end_ns,
				     "kind", row->kind, "status", row->status, "name", row->name.at,
				     row->name.len, "service", o->service.at, o->service.len,
				     "message", s->status_message ? s->status_message : "",
				     "attributes", s->attributes, "events", s->events, "links",
				     s->links, "resource", lsp_otlp_decode_resource(o->resource),
				     "scope", lsp_otlp_decode_scope(o->scope)));
	}
	text = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
	json_decref(all);
	lsp_trace_free(t);
	return text;
}

#endif
