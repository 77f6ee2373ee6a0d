/* A traceparent and a tracestate in any bytes: what is taken comes out the same when it is written
 * and read again. */
#include "lib/core/traceparent.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parent(const char *text, size_t n)
{
	char out[LSP_TRACEPARENT_CHARS];
	struct lsp_context c, again;

	if (lsp_traceparent_parse(text, n, &c))
		return;
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c) || c.flags > 3)
		abort();
	lsp_traceparent_format(&c, out);
	if (lsp_traceparent_parse(out, sizeof(out), &again) || !lsp_context_same(&c, &again) ||
		c.flags != again.flags || memcmp(out + 3, text + 3, 49) != 0)
		abort();
}

static void check_state(const char *text, size_t n)
{
	size_t cap = n > 0 ? (uint8_t)text[0] * 4u : 0;
	char *out = malloc(cap ? cap : 1);
	int members = lsp_tracestate_check(text, n), left;
	size_t used = lsp_tracestate_copy(out, cap, text, n);

	if (used > cap)
		abort();
	left = lsp_tracestate_check(out, used);
	if (members >= 0 && (left < 0 || left > members))
		abort();
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1); /* on its own: the sanitizer sees each byte outside */

	memcpy(text, data, size);
	check_parent(text, size);
	check_state(text, size);
	free(text);
	return 0;
}
