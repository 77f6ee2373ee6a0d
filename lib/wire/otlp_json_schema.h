/* OTLP's messages as their JSON mapping names them: key, field number, how the value is written.
 * The transcoder (otlp_json_encode.c) knows nothing but this table. Field numbers:
 * opentelemetry-proto 1.x; the mapping: its specification, "OTLP/HTTP, JSON". Private to lib/wire.
 * */
#ifndef LSP_WIRE_OTLP_JSON_SCHEMA_H
#define LSP_WIRE_OTLP_JSON_SCHEMA_H

#include "../model/buf.h"
#include <jansson.h>

enum lsp_json_kind {
	LSP_JSON_STRING,
	LSP_JSON_HEX, /* ids: hex, not base64 */
	LSP_JSON_BASE64,
	LSP_JSON_UINT, /* varint of 32 bits; a number or a decimal string */
	LSP_JSON_INT, /* varint of 64 bits, signed */
	LSP_JSON_ENUM, /* varint; integers only */
	LSP_JSON_BOOL,
	LSP_JSON_DOUBLE, /* also "NaN", "Infinity", "-Infinity" */
	LSP_JSON_FIXED64, /* a number or a decimal string */
	LSP_JSON_LOG_TIME, /* the same; one that no clock shows is left out, its record is kept */
	LSP_JSON_FIXED32,
	LSP_JSON_MESSAGE, /* an object */
	LSP_JSON_LIST, /* an array of objects */
};

struct lsp_json_field {
	const char *key;
	uint8_t number;
	uint8_t kind; /* enum lsp_json_kind */
	const struct lsp_json_message *message;
};

struct lsp_json_message {
	const char *name;
	const struct lsp_json_field *fields; /* ends with a NULL key */
};

extern const struct lsp_json_message lsp_json_resource, lsp_json_scope, lsp_json_span,
	lsp_json_log_record;

/* Encodes an object as the message. why (cap bytes) gets "message.key: what is wrong". *ret_unread:
 * which of its own ids are there, but no hex, and so left out (LSP_OTLP_…_UNREAD); may be NULL.
 * Returns 0, -EBADMSG, -E2BIG, -ENOMEM. */
int lsp_json_encode(struct lsp_buf *out, const json_t *object,
	const struct lsp_json_message *message, char *why, size_t cap, unsigned *ret_unread);

#endif
