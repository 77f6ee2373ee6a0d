#include "attrs.h"

#include <errno.h>

int lsp_attrs_add(struct lsp_attrs *a, struct lsp_slice key, struct lsp_slice value)
{
	if (key.len == 0)
		return -EINVAL;
	if (a->n == LSP_ATTRS_MAX || key.len > LSP_ATTR_BYTES_MAX ||
		value.len > LSP_ATTR_BYTES_MAX - key.len)
		return -E2BIG;
	a->at[a->n++] = (struct lsp_attr){ key, value };
	return 0;
}

int lsp_attrs_add_text(struct lsp_attrs *a, const char *text, char separator)
{
	const char *middle = strchr(text, separator);

	if (!middle)
		return -EINVAL;
	return lsp_attrs_add(
		a, (struct lsp_slice){ text, (size_t)(middle - text) }, lsp_slice_of(middle + 1));
}
