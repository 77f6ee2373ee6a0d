/* The attributes behind a ring record → encoded KeyValue fields. */
#ifndef LSP_WIRE_RING_ATTRS_H
#define LSP_WIRE_RING_ATTRS_H

#include "../model/buf.h"

/* Appends each attribute as a KeyValue with this field number. Attributes with an unknown type or a
 * value of the wrong size are left out; at the first one that does not fit into the bytes it ends.
 * Returns 0, -E2BIG or -ENOMEM. */
int lsp_ring_attrs_encode(struct lsp_buf *out, unsigned field, struct lsp_slice attrs);

/* Appends the attributes, still in the ring's own form, with this value for the string attribute of
 * this key. Values over 65535 bytes are cut. Returns 0, -E2BIG or -ENOMEM. */
int lsp_ring_attrs_replace(
	struct lsp_buf *out, struct lsp_slice attrs, struct lsp_slice key, struct lsp_slice value);

/* The value of the first attribute with this key and type; its slice points into attrs. Returns 0
 * or -ENOENT. */
int lsp_ring_attrs_string(struct lsp_slice attrs, struct lsp_slice key, struct lsp_slice *ret);
int lsp_ring_attrs_int(struct lsp_slice attrs, struct lsp_slice key, int64_t *ret);

#endif
