/* A context under the names of one --fields style: as text, as JSON members, as a syslog element.
 * For stamp.c. Each wants LSP_STAMP_MAX_BYTES - 1 bytes of room, whatever it returns: words are
 * copied in one piece of a fixed size, which is quicker than to copy what they need. */
#ifndef LSP_CORE_STAMP_FIELDS_H
#define LSP_CORE_STAMP_FIELDS_H

#include "stamp.h"

/* "name=value name=value", no space before or behind. Returns the bytes. */
size_t lsp_stamp_text_fields(
	const struct lsp_stamp_style *style, const struct lsp_context *c, char *out);

/* "\"name\":\"value\",…", no comma before or behind. Returns the bytes. */
size_t lsp_stamp_json_fields(
	const struct lsp_stamp_style *style, const struct lsp_context *c, char *out);

/* True when a line may have a member of that name already, other than the trace id: a second one
 * would make it ambiguous. */
bool lsp_stamp_json_has_field(const struct lsp_stamp_style *style, const char *line, size_t len);

/* `[opentelemetry trace_id="…" …]`, RFC 5424's own names, whatever the style. Returns the bytes. */
size_t lsp_stamp_element(const struct lsp_context *c, char *out);

#endif
