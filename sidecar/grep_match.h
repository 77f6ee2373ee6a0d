/* Finds a trace id in bytes, in every form that it has in logs:
 *
 *	4bf92f3577b34da6a3ce929d0e0e4736         hexadecimal, any case; also inside a traceparent
 *	4bf92f35-77b3-4da6-a3ce-929d0e0e4736     UUID
 *	1-4bf92f35-77b34da6a3ce929d0e0e4736      X-Ray
 *	a3ce929d0e0e4736                         low half: B3, Jaeger, Spring
 *	11803532876627986230                     low half in decimal: Datadog
 *
 * All hexadecimal forms end in the same 12 digits, so one pass looks for those and for the decimal
 * form, and what stands before and behind decides. A longer run of digits around is no match. */
#ifndef LSP_SIDECAR_GREP_MATCH_H
#define LSP_SIDECAR_GREP_MATCH_H

#include "../lib/model/id.h"

#define LSP_ANCHOR_DIGITS 12

struct lsp_needle {
	struct lsp_trace_key key;
	char anchor[LSP_ANCHOR_DIGITS]; /* lower case */
	char low[LSP_SPAN_ID_HEX]; /* lower case */
	char high[LSP_SPAN_ID_HEX]; /* lower case; zeros: not known */
	char decimal[20];
	size_t n_decimal;
	bool has_span;
	char span[LSP_SPAN_ID_HEX];
	char span_decimal[20];
	size_t n_span_decimal;
};

/* span_id NULL: any. */
void lsp_needle_init(
	struct lsp_needle *ret, const struct lsp_trace_key *key, const uint8_t *span_id);

/* The first match in [at, end): its beginning, and its end in *ret_end; NULL when there is none.
 * Digits before `from` (<= at) and behind `end` are not seen: cut at line ends. */
const char *lsp_needle_find(const struct lsp_needle *n, const char *from, const char *at,
	const char *end, const char **ret_end);

/* True when the line names the span that was asked for (or none was). */
bool lsp_needle_has_span(const struct lsp_needle *n, const char *line, const char *end);

#endif
