/* The context of a thread: published in the standard record, read back from it. */
#include "public.h"
#include "core/carrier_env.h"
#include "core/traceparent.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* OTEP 4947: the symbol that readers look for. The record follows it in the thread's own memory, so
 * publishing allocates nothing. */
LINESPAN_API __thread void *otel_thread_ctx_v1;
static __thread struct lsp_thread_record record;
static __thread volatile unsigned writes;

static struct lsp_context from_environment;
static bool has_environment;

/* Before main(): what a program does to its environment later is its own business. */
__attribute__((constructor)) static void read_environment(void)
{
	has_environment = lsp_carrier_env_read(environ, &from_environment) == 0;
}

struct lsp_thread_record *lsp_public_record(void)
{
	if (!otel_thread_ctx_v1)
		otel_thread_ctx_v1 = &record;
	return &record;
}

/* A signal handler that attaches and detaches in the middle of a write leaves its own ids behind:
 * the write is done again, so that a record never has the trace of one and the span of another. */
static void publish(const struct lsp_context *c)
{
	struct lsp_thread_record *r = lsp_public_record();
	unsigned mine;

	do {
		mine = ++writes;
		lsp_thread_context_write(r, c);
		atomic_signal_fence(memory_order_seq_cst);
	} while (mine != writes);
}

void lsp_public_to(struct lsp_context *ret, const struct linespan_context *from)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->trace_id, from->trace_id, sizeof(ret->trace_id));
	memcpy(ret->span_id, from->span_id, sizeof(ret->span_id));
	ret->flags = from->flags;
	ret->source = LSP_SOURCE_OTEL;
}

void lsp_public_from(struct linespan_context *ret, const struct lsp_context *from)
{
	memcpy(ret->trace_id, from->trace_id, sizeof(ret->trace_id));
	memcpy(ret->span_id, from->span_id, sizeof(ret->span_id));
	ret->flags = from->flags;
}

int lsp_public_current(struct lsp_context *ret)
{
	const void *const *slot = (const void *const *)&otel_thread_ctx_v1;

	if (lsp_thread_context_read(slot, ret))
		return 0;
	if (!has_environment)
		return -ENOENT;
	*ret = from_environment;
	return 0;
}

int linespan_current(struct linespan_context *ret)
{
	struct lsp_context c;
	int r = ret ? lsp_public_current(&c) : -EINVAL;

	if (r == 0)
		lsp_public_from(ret, &c);
	return r;
}

int linespan_attach(const struct linespan_context *context, struct linespan_context *ret_previous)
{
	const void *const *slot = (const void *const *)&otel_thread_ctx_v1;
	struct lsp_context c, previous;

	memset(&previous, 0, sizeof(previous));
	if (context) {
		lsp_public_to(&c, context);
		if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
			return -EINVAL;
	}
	/* What was attached, not what the environment says: detaching brings just that back. */
	(void)lsp_thread_context_read(slot, &previous);
	publish(context ? &c : NULL);
	if (ret_previous)
		lsp_public_from(ret_previous, &previous);
	return 0;
}

void linespan_detach(const struct linespan_context *previous)
{
	struct lsp_context c;

	memset(&c, 0, sizeof(c));
	if (previous)
		lsp_public_to(&c, previous);
	publish(lsp_context_has_trace(&c) ? &c : NULL);
}

int linespan_traceparent_parse(const char *text, size_t len, struct linespan_context *ret)
{
	struct lsp_context c;
	int r = text && ret ? lsp_traceparent_parse(text, len, &c) : -EINVAL;

	if (r == 0)
		lsp_public_from(ret, &c);
	return r;
}

int linespan_traceparent_format(const struct linespan_context *context, char *out, size_t cap)
{
	struct lsp_context c;

	if (!context || !out)
		return -EINVAL;
	lsp_public_to(&c, context);
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return -EINVAL;
	if (cap < LINESPAN_TRACEPARENT_CHARS + 1)
		return -ENOSPC;
	lsp_traceparent_format(&c, out);
	out[LINESPAN_TRACEPARENT_CHARS] = 0;
	return 0;
}

const char *linespan_version(void)
{
	return LINESPAN_VERSION;
}
