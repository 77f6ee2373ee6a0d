#include "otlp_match.h"

#include "otlp_any.h"
#include "otlp_value.h"

#include "../model/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum found { NOT_THERE, OTHER_VALUE, THIS_VALUE };

/* ---- values ---------------------------------------------------------------------------------- */

static bool double_is(uint64_t bits, struct lsp_slice wanted)
{
	double value, other;

	memcpy(&value, &bits, sizeof(value));
	if (isnan(value))
		return lsp_slice_equal(wanted, LSP_SLICE("NaN"));
	if (isinf(value))
		return lsp_slice_equal(
			wanted, value > 0 ? LSP_SLICE("Infinity") : LSP_SLICE("-Infinity"));
	return lsp_any_read_double(wanted, &other) && !(other < value) && !(other > value);
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

static bool value_is(struct lsp_slice any, struct lsp_slice wanted)
{
	struct lsp_pb_field value = lsp_any_value(any);

	switch (value.number) {
	case LSP_ANY_NONE:
		return wanted.len == 0;
	case LSP_ANY_STRING:
		return lsp_slice_equal(value.bytes, wanted);
	case LSP_ANY_BOOL:
		return lsp_slice_equal(wanted, lsp_slice_of(value.value ? "true" : "false"));
	case LSP_ANY_INT:
		return int_is(value.value, wanted);
	case LSP_ANY_DOUBLE:
		return double_is(value.value, wanted);
	default:
		return json_is(any, wanted);
	}
}

/* ---- messages -------------------------------------------------------------------------------- */

static enum found look_at_pair(struct lsp_slice pair, const struct lsp_attr *a)
{
	struct lsp_slice key, value;

	lsp_any_pair(pair, &key, &value);
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
		if (f.number == LSP_ANY_EVENTS && f.wire == LSP_PB_BYTES &&
			look(f.bytes, LSP_ANY_IN_EVENT, a) == THIS_VALUE)
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
		enum found own = look(span, LSP_ANY_IN_SPAN, a);

		if (own == THIS_VALUE || look(resource, LSP_ANY_IN_RESOURCE, a) == THIS_VALUE ||
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
		if (f.number == LSP_ANY_EVENT_NAME && f.wire == LSP_PB_BYTES &&
			lsp_slice_equal(f.bytes, a->value))
			return true;
	return false;
}

bool lsp_otlp_log_has(
	const struct lsp_attrs *wanted, struct lsp_slice log, struct lsp_slice resource)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct lsp_attr *a = &wanted->at[i];

		if (look(log, LSP_ANY_IN_LOG, a) != THIS_VALUE &&
			look(resource, LSP_ANY_IN_RESOURCE, a) != THIS_VALUE &&
			!is_event_name(log, a))
			return false;
	}
	return true;
}

bool lsp_otlp_resource_has(const struct lsp_attr *wanted, struct lsp_slice resource)
{
	return look(resource, LSP_ANY_IN_RESOURCE, wanted) == THIS_VALUE;
}
