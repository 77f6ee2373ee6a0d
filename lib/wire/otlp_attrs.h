/* The attributes of an encoded OTLP message, looked at without decoding it. */
#ifndef LSP_WIRE_OTLP_ATTRS_H
#define LSP_WIRE_OTLP_ATTRS_H

#include "../model/slice.h"

/* Field numbers of the KeyValue lists. */
enum { LSP_ATTRS_RESOURCE = 1, LSP_ATTRS_LOG = 6, LSP_ATTRS_SPAN = 9 };

/* Calls each for every attribute: its key, and its value when that is a string ("" for others).
 * Stops at the first byte that is not protobuf. */
void lsp_otlp_each_attr(struct lsp_slice message, unsigned field,
	void (*each)(void *arg, struct lsp_slice key, struct lsp_slice value), void *arg);

#endif
