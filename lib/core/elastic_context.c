#include "elastic_context.h"

#include <stdatomic.h>

enum { VALID = 2, PRESENT = 3, FLAGS = 4, TRACE_ID = 5, SPAN_ID = 21, RECORD_BYTES = 37 };

bool lsp_elastic_context_read(const void *slot, struct lsp_context *ret)
{
	const uint8_t *record = *(const uint8_t *const *)slot;
	uint8_t copy[RECORD_BYTES];
	struct lsp_context c;
	uint16_t minor;

	if (!record || *(const volatile uint8_t *)(record + VALID) == 0)
		return false;
	memcpy(copy, record, sizeof(copy));
	/* A signal handler of this thread may have run the writer meanwhile. */
	atomic_signal_fence(memory_order_seq_cst);
	if (*(const volatile uint8_t *)(record + VALID) == 0)
		return false;
	memcpy(&minor, copy, sizeof(minor));
	if (minor == 0 || copy[PRESENT] != 1)
		return false;
	memset(&c, 0, sizeof(c));
	memcpy(c.trace_id, copy + TRACE_ID, LSP_TRACE_ID_BYTES);
	memcpy(c.span_id, copy + SPAN_ID, LSP_SPAN_ID_BYTES);
	c.flags = copy[FLAGS];
	c.source = LSP_SOURCE_ELASTIC;
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return false;
	*ret = c;
	return true;
}
