/* Trace ids as people and programs give them, and what they mean for a look-up. */
#ifndef LSP_MODEL_ID_H
#define LSP_MODEL_ID_H

#include "../core/context.h"
#include "slice.h"

/* A trace id to look for. Programs that know only 64 bits (Datadog, old B3 and Jaeger) write the
 * low half, so two ids match when their low halves are equal and their high halves are equal or one
 * of them is zero. */
struct lsp_trace_key {
	uint64_t high, low; /* big-endian halves of the id; high 0: only 64 bits are known */
};

/* Takes: 32 hex digits in any case, with dashes (UUID), X-Ray's 1-8hex-24hex, 16 hex digits,
 * up to 20 decimal digits (only when it is not 16 or 32 hex digits long), a whole traceparent, a
 * "trace_id=" or "0x" before any of them. Spaces around are ignored.
 * Returns 0, -EINVAL with ret untouched (zero ids are invalid). */
int lsp_trace_key_parse(struct lsp_trace_key *ret, struct lsp_slice text);

/* The same for span ids: 16 hex digits in any case, or decimal. */
int lsp_span_id_parse(uint8_t ret[LSP_SPAN_ID_BYTES], struct lsp_slice text);

void lsp_trace_key_of(struct lsp_trace_key *ret, const uint8_t trace_id[LSP_TRACE_ID_BYTES]);
bool lsp_trace_key_matches(const struct lsp_trace_key *k,
	const uint8_t trace_id[LSP_TRACE_ID_BYTES]);
/* 32 lower-case digits and NUL. */
void lsp_trace_key_format(const struct lsp_trace_key *k, char out[LSP_TRACE_ID_HEX + 1]);

#endif
