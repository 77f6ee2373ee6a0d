/* AnyValue and KeyValue, taken apart. Private to lib/wire. */
#ifndef LSP_WIRE_OTLP_ANY_H
#define LSP_WIRE_OTLP_ANY_H

#include "pb_reader.h"

#include <stdlib.h>

/* Fields of AnyValue. */
enum lsp_any {
	LSP_ANY_NONE, LSP_ANY_STRING, LSP_ANY_BOOL, LSP_ANY_INT, LSP_ANY_DOUBLE, LSP_ANY_ARRAY,
	LSP_ANY_MAP, LSP_ANY_BYTES
};

static inline bool lsp_any_is_known(const struct lsp_pb_field *f)
{
	static const uint8_t wires[] = { [LSP_ANY_NONE] = 0xff,
		[LSP_ANY_STRING] = LSP_PB_BYTES, [LSP_ANY_BOOL] = LSP_PB_VARINT,
		[LSP_ANY_INT] = LSP_PB_VARINT, [LSP_ANY_DOUBLE] = LSP_PB_FIXED64,
		[LSP_ANY_ARRAY] = LSP_PB_BYTES, [LSP_ANY_MAP] = LSP_PB_BYTES,
		[LSP_ANY_BYTES] = LSP_PB_BYTES };

	return f->number <= LSP_ANY_BYTES && f->wire == wires[f->number];
}

/* The value: a oneof, of which the last one wins; number 0 when there is none. */
static inline struct lsp_pb_field lsp_any_value(struct lsp_slice any)
{
	struct lsp_pb p = lsp_pb_open(any);
	struct lsp_pb_field f, value = { .number = LSP_ANY_NONE };

	while (lsp_pb_next(&p, &f) == 1)
		if (lsp_any_is_known(&f))
			value = f;
	return value;
}

/* KeyValue{1 key, 2 value} */
static inline void lsp_any_pair(
	struct lsp_slice pair, struct lsp_slice *ret_key, struct lsp_slice *ret_value)
{
	struct lsp_pb p = lsp_pb_open(pair);
	struct lsp_pb_field f;

	*ret_key = *ret_value = (struct lsp_slice){ "", 0 };
	while (lsp_pb_next(&p, &f) == 1) {
		if (f.wire != LSP_PB_BYTES)
			continue;
		if (f.number == 1)
			*ret_key = f.bytes;
		else if (f.number == 2)
			*ret_value = f.bytes;
	}
}

/* Where attributes are. */
enum {
	LSP_ANY_IN_RESOURCE = 1, LSP_ANY_IN_EVENT = 3, LSP_ANY_IN_LOG = 6, LSP_ANY_IN_SPAN = 9,
	LSP_ANY_EVENTS = 11, LSP_ANY_EVENT_NAME = 12
};

#define LSP_ANY_NUMBER_CHARS 64 /* of a number as text, with its NUL */

/* Reads a decimal number, with or without fraction and exponent. */
static inline bool lsp_any_read_double(struct lsp_slice text, double *ret)
{
	char copy[LSP_ANY_NUMBER_CHARS], *end;

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = 0;
	if (strspn(copy, "0123456789+-.eE") != text.len)
		return false;
	*ret = strtod(copy, &end);
	return *end == 0;
}

#endif
