/* Whether encoded OTLP messages have the attributes that a look-up asks for, without decoding
 * them. A value is compared as text: a string as it is, a number and a boolean as OTLP JSON writes
 * it (a double by its value: 0.5 and 5e-1 are the same), bytes as base64, a list or map as JSON. */
#ifndef LSP_WIRE_OTLP_MATCH_H
#define LSP_WIRE_OTLP_MATCH_H

#include "../model/attrs.h"
#include "../model/buf.h"

/* A span has an attribute when it, one of its events or its resource has it. `error` and
 * `span.kind` stand for its status and kind when it has no attribute of that name. */
bool lsp_otlp_span_has(const struct lsp_attrs *wanted, struct lsp_slice span,
	struct lsp_slice resource, unsigned kind, unsigned status);
/* A log record: when it or its resource has it; `event.name` is its event name, too. */
bool lsp_otlp_log_has(
	const struct lsp_attrs *wanted, struct lsp_slice log, struct lsp_slice resource);

bool lsp_otlp_resource_has(const struct lsp_attr *wanted, struct lsp_slice resource);

/* Whether some messages, whole or in pieces, may have it as an attribute: false is certain. */
bool lsp_otlp_attr_may_be_in(const struct lsp_attr *a, struct lsp_slice messages);

/* Byte strings of which one is in any message that has the attribute (as encoders write it): for
 * engines that search bytes. Calls each for them; a non-zero answer stops and is returned. Returns
 * 0, -ENOMEM. */
int lsp_otlp_attr_bytes(const struct lsp_attr *a,
	int (*each)(void *arg, struct lsp_slice bytes), void *arg);

#endif
