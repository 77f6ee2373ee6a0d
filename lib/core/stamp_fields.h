/* A context under the names of one --fields style, as text and as JSON members. For stamp.c. */
#ifndef LSP_CORE_STAMP_FIELDS_H
#define LSP_CORE_STAMP_FIELDS_H

#include "stamp.h"

/* "name=value name=value", no space before or behind. Returns the bytes, at most
 * LSP_STAMP_MAX_BYTES - 1. */
size_t lsp_stamp_text_fields(const struct lsp_stamp_style *style, const struct lsp_context *c,
	char *out);

/* "\"name\":\"value\",…", no comma before or behind. Returns the bytes, at most
 * LSP_STAMP_MAX_BYTES - 1. */
size_t lsp_stamp_json_fields(const struct lsp_stamp_style *style, const struct lsp_context *c,
	char *out);

#endif
