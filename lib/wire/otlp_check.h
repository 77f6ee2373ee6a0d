/* Whether the messages in a record are well-formed, down to the innermost: what is acknowledged can
 * be decoded, and sent on. Private to lib/wire. */
#ifndef LSP_WIRE_OTLP_CHECK_H
#define LSP_WIRE_OTLP_CHECK_H

#include "../model/slice.h"

enum lsp_otlp_shape {
	LSP_OTLP_LEAF, /* nothing is known to be inside */
	LSP_OTLP_ANY_VALUE, LSP_OTLP_ARRAY_VALUE, LSP_OTLP_KEY_VALUE_LIST, LSP_OTLP_KEY_VALUE,
	LSP_OTLP_RESOURCE, LSP_OTLP_SCOPE, LSP_OTLP_EVENT, LSP_OTLP_LINK
};

/* level: messages that it is inside of; as for protobuf's own readers, 100 is one too many. Returns
 * 0 or -EBADMSG. */
int lsp_otlp_check(struct lsp_slice message, enum lsp_otlp_shape shape, int level);

#endif
