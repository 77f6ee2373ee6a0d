#include "thread_context.h"

#include <stdatomic.h>

bool lsp_thread_context_read(const void *const *slot, struct lsp_context *ret)
{
	const struct lsp_thread_record *record = *slot;
	struct lsp_context c;

	if (!record || *(const volatile uint8_t *)&record->valid != 1)
		return false;
	memset(&c, 0, sizeof(c));
	memcpy(c.trace_id, record->trace_id, LSP_TRACE_ID_BYTES);
	memcpy(c.span_id, record->span_id, LSP_SPAN_ID_BYTES);
	c.flags = record->flags;
	c.source = LSP_SOURCE_OTEL;
	/* A signal handler of this thread may have run the writer meanwhile. */
	atomic_signal_fence(memory_order_seq_cst);
	if (*slot != (const void *)record || *(const volatile uint8_t *)&record->valid != 1)
		return false;
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return false;
	*ret = c;
	return true;
}

size_t lsp_thread_context_attrs(const struct lsp_thread_record *record, const struct lsp_context *c,
	uint8_t ret[LSP_THREAD_ATTRS_MAX])
{
	const void *const slot = record;
	struct lsp_context now;
	size_t n;

	if (!lsp_thread_context_read(&slot, &now) || !lsp_context_same(&now, c))
		return 0;
	n = record->attrs_bytes < LSP_THREAD_ATTRS_MAX ? record->attrs_bytes : LSP_THREAD_ATTRS_MAX;
	memcpy(ret, record->attrs, n);
	/* As above. */
	atomic_signal_fence(memory_order_seq_cst);
	return lsp_thread_context_read(&slot, &now) && lsp_context_same(&now, c) ? n : 0;
}

void lsp_thread_context_write(struct lsp_thread_record *record, const struct lsp_context *c)
{
	volatile uint8_t *valid = &record->valid;

	*valid = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (!c)
		return;
	memcpy(record->trace_id, c->trace_id, LSP_TRACE_ID_BYTES);
	memcpy(record->span_id, c->span_id, LSP_SPAN_ID_BYTES);
	record->flags = c->flags;
	atomic_signal_fence(memory_order_seq_cst);
	*valid = 1;
}
