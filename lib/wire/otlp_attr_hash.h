/* Attributes as numbers, for an index: a message has an attribute only if one of the numbers that
 * are wanted for it is among those of the message or of its resource. Part of the format of stored
 * indexes: a change of the numbers is a change of their version. */
#ifndef LSP_WIRE_OTLP_ATTR_HASH_H
#define LSP_WIRE_OTLP_ATTR_HASH_H

#include "../model/attrs.h"

#include <stdbool.h>

/* Call each for every attribute of a span and its events, a log record, a resource. */
void lsp_otlp_span_hashes(
	struct lsp_slice span, void (*each)(void *arg, uint32_t hash), void *arg);
void lsp_otlp_log_hashes(struct lsp_slice log, void (*each)(void *arg, uint32_t hash), void *arg);
void lsp_otlp_resource_hashes(
	struct lsp_slice resource, void (*each)(void *arg, uint32_t hash), void *arg);

#define LSP_ATTR_HASHES_MAX 3
/* Returns how many there are. */
size_t lsp_otlp_wanted_hashes(const struct lsp_attr *a, uint32_t ret[LSP_ATTR_HASHES_MAX]);

#endif
