/* One JSON object, or not: the scanner and jansson must agree. */
#include "lib/core/json_line.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int depth_of(json_t *value)
{
	int deepest = 0, d;
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach(value, key, inner) if ((d = depth_of(inner)) > deepest) deepest = d;
	json_array_foreach(value, i, inner) if ((d = depth_of(inner)) > deepest) deepest = d;
	return json_is_object(value) || json_is_array(value) ? deepest + 1 : 0;
}

/* jansson refuses some things that RFC 8259 allows. */
static int is_limit(const json_error_t *e)
{
	enum json_error_code code = json_error_code(e);

	return code == json_error_numeric_overflow || code == json_error_stack_overflow ||
	       code == json_error_null_byte_in_key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size ? size : 1); /* on its own: the sanitizer sees each byte outside */
	json_error_t error;
	json_t *value;
	size_t close;
	bool empty;
	int r;

	memcpy(line, data, size);
	r = lsp_json_line(line, size, &close, &empty);
	if (r == 1 && (close >= size || line[close] != '}'))
		abort();
	/* jansson takes a NUL behind a number for an end. */
	value = memchr(line, 0, size) ? NULL : json_loadb(line, size, JSON_ALLOW_NUL, &error);
	if (!value && r == 1 && (memchr(line, 0, size) || !is_limit(&error)))
		abort();
	if (value && (r == 1) != (json_is_object(value) && depth_of(value) <= LSP_JSON_DEPTH_MAX))
		abort();
	if (value && r == 1 && empty != (json_object_size(value) == 0))
		abort();
	json_decref(value);
	free(line);
	return 0;
}
