/* Pieces of OTLP messages as RowBinary. */
#ifndef LSP_STORE_CLICK_OTEL_VALUE_H
#define LSP_STORE_CLICK_OTEL_VALUE_H

#include "rows.h"

/* The last field of that number in a message that holds bytes; "" when there is none. */
struct lsp_slice lsp_otel_bytes(struct lsp_slice message, unsigned field);
/* The same for numbers; 0 when there is none. */
uint64_t lsp_otel_number(struct lsp_slice message, unsigned field);
/* How many such fields the message has. */
size_t lsp_otel_count(struct lsp_slice message, unsigned field);

/* Calls each for every such field. */
void lsp_otel_each(struct lsp_slice message, unsigned field,
	void (*each)(void *arg, struct lsp_slice bytes), void *arg);

/* The KeyValue fields of a message as Map(String, String): values that are no text are written as
 * the exporter does, numbers in digits, lists and maps as JSON. Returns 0, -E2BIG, -ENOMEM. */
int lsp_otel_put_map(struct lsp_buf *out, struct lsp_slice message, unsigned field);

#endif
