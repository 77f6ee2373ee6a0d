/* The canonical encoding → what people look at. */
#ifndef LSP_WIRE_OTLP_DECODE_H
#define LSP_WIRE_OTLP_DECODE_H

#include "../model/trace.h"

/* Fill a (zeroed by lsp_trace_add_*) span or log from its encoded message and those of its resource
 * and scope. Fields that the store keeps in columns (ids, times, name, service, intake, …) are set
 * by the caller. Malformed input (a damaged store) leaves what was decoded so far and returns
 * -EBADMSG; -ENOMEM. Nesting of values is cut at 16 levels. Strings that are not UTF-8 are mended
 * with U+FFFD. */
int lsp_otlp_decode_span(struct lsp_span *s, struct lsp_slice encoded);
int lsp_otlp_decode_log(struct lsp_log *l, struct lsp_slice encoded);
/* Attributes of an encoded Resource as an object; {} when empty or bad. New reference. */
json_t *lsp_otlp_decode_resource(struct lsp_slice encoded);
json_t *lsp_otlp_decode_scope(struct lsp_slice encoded);

#endif
