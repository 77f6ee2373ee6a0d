/* Which context is active: the sources in their order. */
#include "conn.h"
#include "shim.h"

bool lsp_current_if_any(struct lsp_context *ret)
{
	const struct lsp_thread *t = &lsp_thread;

	if (__builtin_expect(lsp_shim.state != LSP_STATE_ON, 0))
		return false;
	if (lsp_shim.published) {
		const void *const *slot = (const void *const *)((char *)__builtin_thread_pointer() +
								lsp_shim.slot_offset);
		if (*slot && lsp_thread_context_read(slot, ret))
			return !lsp_busy_nested();
	}
	if (__builtin_expect(lsp_shim.publishes_more, 0) && lsp_published_read(ret))
		return !lsp_busy_nested();
	if (__builtin_expect(lsp_shim.tracer_late, 0)) {
		/* A thread's request is not followed any more. */
	} else if (t->has_serving == LSP_SERVING_SURE) {
		*ret = t->serving;
		return !lsp_busy_nested();
	} else if (__builtin_expect(t->has_serving || lsp_shim.finding, 0) &&
		   lsp_serving_ask(ret)) {
		return !lsp_busy_nested();
	}
	if (lsp_shim.has_env) {
		*ret = lsp_shim.env_context;
		return !lsp_busy_nested();
	}
	return false;
}

bool lsp_current_is_constant(const struct lsp_context *c)
{
	return c->source == LSP_SOURCE_ENV && !lsp_shim.publishes &&
	       !(lsp_shim.tracking && lsp_conn_has_served());
}
