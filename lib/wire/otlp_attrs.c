#include "otlp_attrs.h"
#include "pb_reader.h"

/* KeyValue{1: key, 2: AnyValue{1: string}} */
static struct lsp_slice bytes_in(struct lsp_slice message, unsigned field)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	struct lsp_slice found = { "", 0 };

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == field && f.wire == LSP_PB_BYTES)
			found = f.bytes;
	return found;
}

void lsp_otlp_each_attr(struct lsp_slice message, unsigned field,
	void (*each)(void *arg, struct lsp_slice key, struct lsp_slice value), void *arg)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == field && f.wire == LSP_PB_BYTES)
			each(arg, bytes_in(f.bytes, 1), bytes_in(bytes_in(f.bytes, 2), 1));
}
