#include "otlp_decode.h"
#include "../core/hex.h"
#include "otlp_value.h"
#include "pb_reader.h"

#include <stdlib.h>

#define VALUE_DEPTH 0

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value ? value : json_null());
}

static json_t *hex_json(struct lsp_slice id)
{
	char hex[64];
	size_t n = id.len <= 32 ? id.len : 32;

	lsp_hex_encode(hex, (const uint8_t *)id.at, n);
	return json_stringn_nocheck(hex, 2 * n);
}

static json_t *number_text(uint64_t value)
{
	char digits[20];

	return json_stringn_nocheck(digits, lsp_decimal_encode(digits, value));
}

/* A text that is a field of its own: an empty one is none. */
static void set_text(json_t *object, const char *key, struct lsp_slice text)
{
	if (text.len)
		set(object, key, lsp_otlp_string_json(text));
	else
		json_object_del(object, key);
}

/* Span.Event{1 time, 2 name, 3 attributes} */
static json_t *event_json(struct lsp_slice encoded)
{
	json_t *event = json_object(), *attributes = json_object();
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;

	set(event, "time_unix_nano", number_text(0));
	set(event, "name", json_string(""));
	while (lsp_pb_next(&p, &f) == 1) {
		if (f.number == 1 && f.wire == LSP_PB_FIXED64)
			set(event, "time_unix_nano", number_text(f.value));
		else if (f.number == 2 && f.wire == LSP_PB_BYTES)
			set(event, "name", lsp_otlp_string_json(f.bytes));
		else if (f.number == 3 && f.wire == LSP_PB_BYTES)
			(void)lsp_otlp_key_value_json(attributes, f.bytes, VALUE_DEPTH);
	}
	set(event, "attributes", attributes);
	return event;
}

/* Span.Link{1 trace_id, 2 span_id, 3 trace_state, 4 attributes} */
static json_t *link_json(struct lsp_slice encoded)
{
	json_t *link = json_object(), *attributes = json_object();
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;

	set(link, "trace_id", json_string(""));
	set(link, "span_id", json_string(""));
	while (lsp_pb_next(&p, &f) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 1)
			set(link, "trace_id", hex_json(f.bytes));
		else if (f.number == 2)
			set(link, "span_id", hex_json(f.bytes));
		else if (f.number == 4)
			(void)lsp_otlp_key_value_json(attributes, f.bytes, VALUE_DEPTH);
	}
	set(link, "attributes", attributes);
	return link;
}

static void decode_status(struct lsp_span *s, struct lsp_slice encoded)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	struct lsp_buf text;

	while (lsp_pb_next(&p, &f) == 1) {
		if (f.number != 2 || f.wire != LSP_PB_BYTES)
			continue;
		lsp_buf_init(&text, f.bytes.len * 3 + 1);
		if (lsp_otlp_add_utf8(&text, f.bytes) == 0) {
			free(s->status_message);
			s->status_message = text.at;
		} else {
			lsp_buf_release(&text);
		}
	}
}

int lsp_otlp_decode_span(struct lsp_span *s, struct lsp_slice encoded)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 9)
			(void)lsp_otlp_key_value_json(s->attributes, f.bytes, VALUE_DEPTH);
		else if (f.number == 11)
			json_array_append_new(s->events, event_json(f.bytes));
		else if (f.number == 13)
			json_array_append_new(s->links, link_json(f.bytes));
		else if (f.number == 15)
			decode_status(s, f.bytes);
	}
	return r;
}

int lsp_otlp_decode_log(struct lsp_log *l, struct lsp_slice encoded)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 6)
			(void)lsp_otlp_key_value_json(l->attributes, f.bytes, VALUE_DEPTH);
		else if (f.number == 12)
			set_text(l->attributes, "event.name", f.bytes);
	}
	return r;
}

json_t *lsp_otlp_decode_resource(struct lsp_slice encoded)
{
	json_t *attributes = json_object();
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;

	while (attributes && lsp_pb_next(&p, &f) == 1)
		if (f.number == 1 && f.wire == LSP_PB_BYTES)
			(void)lsp_otlp_key_value_json(attributes, f.bytes, VALUE_DEPTH);
	return attributes;
}

json_t *lsp_otlp_decode_scope(struct lsp_slice encoded)
{
	json_t *scope = json_object();
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;

	while (scope && lsp_pb_next(&p, &f) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 1)
			set_text(scope, "name", f.bytes);
		else if (f.number == 2)
			set_text(scope, "version", f.bytes);
	}
	return scope;
}
