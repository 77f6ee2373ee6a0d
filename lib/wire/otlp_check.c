#include "otlp_check.h"
#include "pb_reader.h"

#define LEVELS_MAX 100
#define NUMBERS    8 /* above, no field is a message */

/* By field number: the shape of the message in it. */
static const uint8_t inside[][NUMBERS] = {
	[LSP_OTLP_LEAF] = { 0 },
	[LSP_OTLP_ANY_VALUE] = { [5] = LSP_OTLP_ARRAY_VALUE, [6] = LSP_OTLP_KEY_VALUE_LIST },
	[LSP_OTLP_ARRAY_VALUE] = { [1] = LSP_OTLP_ANY_VALUE },
	[LSP_OTLP_KEY_VALUE_LIST] = { [1] = LSP_OTLP_KEY_VALUE },
	[LSP_OTLP_KEY_VALUE] = { [2] = LSP_OTLP_ANY_VALUE },
	[LSP_OTLP_RESOURCE] = { [1] = LSP_OTLP_KEY_VALUE },
	[LSP_OTLP_SCOPE] = { [3] = LSP_OTLP_KEY_VALUE },
	[LSP_OTLP_EVENT] = { [3] = LSP_OTLP_KEY_VALUE },
	[LSP_OTLP_LINK] = { [4] = LSP_OTLP_KEY_VALUE },
};

int lsp_otlp_check(struct lsp_slice message, enum lsp_otlp_shape shape, int level)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	int r;

	if (level >= LEVELS_MAX)
		return -EBADMSG;
	while ((r = lsp_pb_next(&p, &f)) == 1)
		if (f.wire == LSP_PB_BYTES && f.number < NUMBERS && inside[shape][f.number]) {
			r = lsp_otlp_check(f.bytes, inside[shape][f.number], level + 1);
			if (r)
				return r;
		}
	return r;
}
