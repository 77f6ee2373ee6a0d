/* OTLP's AnyValue and KeyValue lists as JSON, and AnyValue as text. Private to lib/wire. */
#ifndef LSP_WIRE_OTLP_VALUE_H
#define LSP_WIRE_OTLP_VALUE_H

#include "utf8.h"
#include <jansson.h>

#define LSP_VALUE_DEPTH_MAX 16
#define LSP_OTLP_LOG_BODY 5 /* field of LogRecord */

/* The members of AnyValue, by their field numbers. */
enum lsp_otlp_any_kind {
	LSP_OTLP_ANY_NONE, LSP_OTLP_ANY_STRING, LSP_OTLP_ANY_BOOL, LSP_OTLP_ANY_INT,
	LSP_OTLP_ANY_DOUBLE, LSP_OTLP_ANY_ARRAY, LSP_OTLP_ANY_MAP, LSP_OTLP_ANY_BYTES
};

struct lsp_otlp_any {
	enum lsp_otlp_any_kind kind;
	uint64_t number;        /* BOOL, INT, the bits of DOUBLE */
	struct lsp_slice bytes; /* STRING, ARRAY, MAP, BYTES */
	void (*each)(struct lsp_otlp_any *any); /* told of each member; may be NULL */
};

/* Reads an encoded AnyValue, or one more part of it: the last member counts. Begins with a zeroed
 * *any. Returns 0 or -EBADMSG. */
int lsp_otlp_any_read(struct lsp_otlp_any *any, struct lsp_slice part);

/* The body of an encoded LogRecord, of all its parts. New reference; null for none. */
json_t *lsp_otlp_body_json(struct lsp_slice record);

/* An encoded AnyValue. New reference; null for what is empty, malformed or nested too deep. */
json_t *lsp_otlp_value_json(struct lsp_slice any, int depth);

/* One encoded KeyValue into an object. Returns 0, -EBADMSG, -ENOMEM. */
int lsp_otlp_key_value_json(json_t *object, struct lsp_slice key_value, int depth);

/* A string of any bytes: what is not UTF-8 is mended with U+FFFD. New reference. */
json_t *lsp_otlp_string_json(struct lsp_slice s);

#endif
