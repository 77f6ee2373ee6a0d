#include "otlp_attr_hash.h"

#include "otlp_any.h"
#include "otlp_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What is hashed of a value: its text, the bits of a double, or only that it is a list or map,
 * whose JSON can be written in many ways. */
enum { AS_TEXT = 1, AS_DOUBLE, AS_JSON };

struct giving {
	void (*each)(void *arg, uint32_t hash);
	void *arg;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t hash_bytes(uint64_t h, struct lsp_slice s)
{
	uint64_t word;
	size_t i = 0;

	h ^= s.len * 0x9E3779B97F4A7C15ull;
	for (; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.at + i, sizeof(word));
		h = mix(h ^ word);
	}
	if (i < s.len) {
		word = 0;
		memcpy(&word, s.at + i, s.len - i);
		h = mix(h ^ word);
	}
	return h;
}

static uint32_t hash_of(struct lsp_slice key, unsigned as, struct lsp_slice value)
{
	return (uint32_t)(mix(hash_bytes(hash_bytes(as, key), value)) >> 32);
}

static uint32_t hash_double(struct lsp_slice key, double value)
{
	char bits[sizeof(value)];

	value = value < 0 || value > 0 ? value : 0; /* there are two zeros */
	memcpy(bits, &value, sizeof(bits));
	return hash_of(key, AS_DOUBLE, (struct lsp_slice){ bits, sizeof(bits) });
}

static uint32_t hash_double_bits(struct lsp_slice key, uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (isnan(value))
		return hash_of(key, AS_TEXT, LSP_SLICE("NaN"));
	if (isinf(value))
		return hash_of(
			key, AS_TEXT, value > 0 ? LSP_SLICE("Infinity") : LSP_SLICE("-Infinity"));
	return hash_double(key, value);
}

static uint32_t hash_base64(struct lsp_slice key, struct lsp_slice any)
{
	json_t *text = lsp_otlp_value_json(any, 0);
	uint32_t hash = hash_of(key, AS_TEXT, lsp_slice_of(json_string_value(text)));

	json_decref(text);
	return hash;
}

static uint32_t hash_pair(struct lsp_slice pair)
{
	struct lsp_slice key, any;
	struct lsp_pb_field value;
	char digits[24];

	lsp_any_pair(pair, &key, &any);
	value = lsp_any_value(any);
	switch (value.number) {
	case LSP_ANY_NONE:
		return hash_of(key, AS_TEXT, LSP_SLICE(""));
	case LSP_ANY_STRING:
		return hash_of(key, AS_TEXT, value.bytes);
	case LSP_ANY_BOOL:
		return hash_of(key, AS_TEXT, lsp_slice_of(value.value ? "true" : "false"));
	case LSP_ANY_INT:
		snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)value.value);
		return hash_of(key, AS_TEXT, lsp_slice_of(digits));
	case LSP_ANY_DOUBLE:
		return hash_double_bits(key, value.value);
	case LSP_ANY_BYTES:
		return hash_base64(key, any);
	default:
		return hash_of(key, AS_JSON, LSP_SLICE(""));
	}
}

static void give(struct lsp_slice message, unsigned field, const struct giving *to)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == field)
			to->each(to->arg, hash_pair(f.bytes));
		else if (field == LSP_ANY_IN_SPAN && f.number == LSP_ANY_EVENTS)
			give(f.bytes, LSP_ANY_IN_EVENT, to);
		else if (field == LSP_ANY_IN_LOG && f.number == LSP_ANY_EVENT_NAME)
			to->each(to->arg, hash_of(LSP_SLICE("event.name"), AS_TEXT, f.bytes));
	}
}

void lsp_otlp_span_hashes(struct lsp_slice span, void (*each)(void *arg, uint32_t hash), void *arg)
{
	give(span, LSP_ANY_IN_SPAN, &(struct giving){ each, arg });
}

void lsp_otlp_log_hashes(struct lsp_slice log, void (*each)(void *arg, uint32_t hash), void *arg)
{
	give(log, LSP_ANY_IN_LOG, &(struct giving){ each, arg });
}

void lsp_otlp_resource_hashes(
	struct lsp_slice resource, void (*each)(void *arg, uint32_t hash), void *arg)
{
	give(resource, LSP_ANY_IN_RESOURCE, &(struct giving){ each, arg });
}

size_t lsp_otlp_wanted_hashes(const struct lsp_attr *a, uint32_t ret[LSP_ATTR_HASHES_MAX])
{
	struct lsp_slice v = a->value;
	double number;
	size_t n = 0;

	ret[n++] = hash_of(a->key, AS_TEXT, v);
	if (lsp_any_read_double(v, &number))
		ret[n++] = hash_double(a->key, number);
	if (v.len && (v.at[0] == '[' || v.at[0] == '{'))
		ret[n++] = hash_of(a->key, AS_JSON, LSP_SLICE(""));
	return n;
}
