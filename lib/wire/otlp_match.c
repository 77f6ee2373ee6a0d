#include "otlp_match.h"

#include "otlp_value.h"
#include "pb_reader.h"

#include "../model/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPAN_ATTRIBUTES = 9, SPAN_EVENTS = 11, EVENT_ATTRIBUTES = 3, LOG_ATTRIBUTES = 6 };
enum { LOG_EVENT_NAME = 12, RESOURCE_ATTRIBUTES = 1 };
/* AnyValue */
enum { STRING = 1, BOOL, INT, DOUBLE, ARRAY, MAP, BYTES };

#define NUMBER_CHARS_MAX 64

enum found { NOT_THERE, OTHER_VALUE, THIS_VALUE };

/* ---- values ---------------------------------------------------------------------------------- */

/* A decimal number, with or without fraction and exponent. */
static bool read_double(struct lsp_slice text, double *ret)
{
	char copy[NUMBER_CHARS_MAX], *end;

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = 0;
	if (strspn(copy, "0123456789+-.eE") != text.len)
		return false;
	*ret = strtod(copy, &end);
	return *end == 0;
}

static bool double_is(uint64_t bits, struct lsp_slice wanted)
{
	double value, other;

	memcpy(&value, &bits, sizeof(value));
	if (isnan(value))
		return lsp_slice_equal(wanted, LSP_SLICE("NaN"));
	if (isinf(value))
		return lsp_slice_equal(
			wanted, value > 0 ? LSP_SLICE("Infinity") : LSP_SLICE("-Infinity"));
	return read_double(wanted, &other) && !(other < value) && !(other > value);
}

static bool int_is(uint64_t value, struct lsp_slice wanted)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)value);
	return lsp_slice_equal(wanted, lsp_slice_of(digits));
}

static bool is_json(struct lsp_slice wanted)
{
	return wanted.len && (wanted.at[0] == '[' || wanted.at[0] == '{');
}

/* Bytes as base64; lists and maps by what they hold, however their JSON is written. */
static bool json_is(struct lsp_slice any, struct lsp_slice wanted)
{
	json_t *value = lsp_otlp_value_json(any, 0), *other = NULL;
	bool same = false;

	if (json_is_string(value))
		same = lsp_slice_equal(wanted, lsp_slice_of(json_string_value(value)));
	else if (is_json(wanted))
		other = json_loadb(wanted.at, wanted.len, 0, NULL);
	same = same || (other && json_equal(value, other));
	json_decref(value);
	json_decref(other);
	return same;
}

static bool is_known(const struct lsp_pb_field *f)
{
	static const enum lsp_pb_wire wires[] = { [STRING] = LSP_PB_BYTES,
		[BOOL] = LSP_PB_VARINT,
		[INT] = LSP_PB_VARINT,
		[DOUBLE] = LSP_PB_FIXED64,
		[ARRAY] = LSP_PB_BYTES,
		[MAP] = LSP_PB_BYTES,
		[BYTES] = LSP_PB_BYTES };

	return f->number >= STRING && f->number <= BYTES && f->wire == wires[f->number];
}

/* A oneof: the last one wins. */
static bool value_is(struct lsp_slice any, struct lsp_slice wanted)
{
	struct lsp_pb p = lsp_pb_open(any);
	struct lsp_pb_field f, value = { .number = 0 };

	while (lsp_pb_next(&p, &f) == 1)
		if (is_known(&f))
			value = f;
	switch (value.number) {
	case 0:
		return wanted.len == 0;
	case STRING:
		return lsp_slice_equal(value.bytes, wanted);
	case BOOL:
		return lsp_slice_equal(wanted, lsp_slice_of(value.value ? "true" : "false"));
	case INT:
		return int_is(value.value, wanted);
	case DOUBLE:
		return double_is(value.value, wanted);
	default:
		return json_is(any, wanted);
	}
}

/* ---- messages -------------------------------------------------------------------------------- */

/* KeyValue{1 key, 2 value} */
static enum found look_at_pair(struct lsp_slice pair, const struct lsp_attr *a)
{
	struct lsp_slice key = { "", 0 }, value = { "", 0 };
	struct lsp_pb p = lsp_pb_open(pair);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 1)
			key = f.bytes;
		else if (f.number == 2)
			value = f.bytes;
	}
	if (!lsp_slice_equal(key, a->key))
		return NOT_THERE;
	return value_is(value, a->value) ? THIS_VALUE : OTHER_VALUE;
}

static enum found look(struct lsp_slice message, unsigned field, const struct lsp_attr *a)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	enum found found = NOT_THERE;

	while (found != THIS_VALUE && lsp_pb_next(&p, &f) == 1) {
		if (f.number != field || f.wire != LSP_PB_BYTES)
			continue;
		enum found here = look_at_pair(f.bytes, a);

		found = here > found ? here : found;
	}
	return found;
}

static bool is_in_events(struct lsp_slice span, const struct lsp_attr *a)
{
	struct lsp_pb p = lsp_pb_open(span);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == SPAN_EVENTS && f.wire == LSP_PB_BYTES &&
			look(f.bytes, EVENT_ATTRIBUTES, a) == THIS_VALUE)
			return true;
	return false;
}

static bool is_in_columns(unsigned kind, unsigned status, const struct lsp_attr *a)
{
	if (lsp_slice_equal(a->key, LSP_SLICE("error")))
		return lsp_slice_equal(
			a->value, lsp_slice_of(status == LSP_STATUS_ERROR ? "true" : "false"));
	return lsp_slice_equal(a->key, LSP_SLICE("span.kind")) &&
	       lsp_slice_equal(a->value, lsp_slice_of(lsp_kind_name(kind)));
}

bool lsp_otlp_span_has(const struct lsp_attrs *wanted, struct lsp_slice span,
	struct lsp_slice resource, unsigned kind, unsigned status)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct lsp_attr *a = &wanted->at[i];
		enum found own = look(span, SPAN_ATTRIBUTES, a);

		if (own == THIS_VALUE || look(resource, RESOURCE_ATTRIBUTES, a) == THIS_VALUE ||
			is_in_events(span, a))
			continue;
		if (own == OTHER_VALUE || !is_in_columns(kind, status, a))
			return false;
	}
	return true;
}

static bool is_event_name(struct lsp_slice log, const struct lsp_attr *a)
{
	struct lsp_pb p = lsp_pb_open(log);
	struct lsp_pb_field f;

	if (!lsp_slice_equal(a->key, LSP_SLICE("event.name")))
		return false;
	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == LOG_EVENT_NAME && f.wire == LSP_PB_BYTES &&
			lsp_slice_equal(f.bytes, a->value))
			return true;
	return false;
}

bool lsp_otlp_log_has(
	const struct lsp_attrs *wanted, struct lsp_slice log, struct lsp_slice resource)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct lsp_attr *a = &wanted->at[i];

		if (look(log, LOG_ATTRIBUTES, a) != THIS_VALUE &&
			look(resource, RESOURCE_ATTRIBUTES, a) != THIS_VALUE &&
			!is_event_name(log, a))
			return false;
	}
	return true;
}
