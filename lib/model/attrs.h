/* Attributes that a look-up asks for: "key=value" as people write it. */
#ifndef LSP_MODEL_ATTRS_H
#define LSP_MODEL_ATTRS_H

#include "slice.h"

#define LSP_ATTRS_MAX      16
#define LSP_ATTR_BYTES_MAX 1024 /* of a key and its value */

struct lsp_attr {
	struct lsp_slice key, value;
};

/* All of them are wanted; none: nothing is. The slices belong to whoever made the query. */
struct lsp_attrs {
	struct lsp_attr at[LSP_ATTRS_MAX];
	size_t n;
};

/* Return 0; -EINVAL when the key is empty (or, of a text, no separator is there), -E2BIG when there
 * are too many or one is too long; *a is then as it was. A text is split at its first separator. */
int lsp_attrs_add(struct lsp_attrs *a, struct lsp_slice key, struct lsp_slice value);
int lsp_attrs_add_text(struct lsp_attrs *a, const char *text, char separator);

#define LSP_ATTR_FORM "KEY=VALUE (at most 16, of 1024 bytes each)"

#endif
