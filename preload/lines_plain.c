/* The common case: one plain line, text, in one call. The suffix is kept by the thread as long as
 * its context stays the same. */
#include "content.h"
#include "lines.h"
#include "shim.h"
#include "../lib/core/line_look.h"

#include <string.h>

static inline bool is_of(const struct lsp_thread *t, const struct lsp_context *c)
{
	return memcmp(t->suffix_span_id, c->span_id, sizeof(t->suffix_span_id)) == 0 &&
	       memcmp(t->suffix_trace_id, c->trace_id, sizeof(t->suffix_trace_id)) == 0;
}

/* This thread's suffix for c, made when the context has changed. Returns its bytes; 0 when it does
 * not fit the cache. */
static size_t suffix_for(const struct lsp_context *c)
{
	struct lsp_thread *t = &lsp_thread;
	char text[LSP_STAMP_MAX_BYTES];
	size_t n;

	if (t->suffix_bytes && is_of(t, c))
		return t->suffix_bytes;
	n = lsp_stamp_suffix(&lsp_shim.style, c, text);
	if (n >= sizeof(t->suffix))
		return 0;
	t->suffix_bytes = 0; /* a handler that comes now makes its own */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memcpy(t->suffix_trace_id, c->trace_id, sizeof(t->suffix_trace_id));
	memcpy(t->suffix_span_id, c->span_id, sizeof(t->suffix_span_id));
	memcpy(t->suffix, text, n);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->suffix_bytes = (uint16_t)n;
	return n;
}

size_t lsp_text_plain(const struct lsp_fd *e, struct lsp_rule rule, const struct lsp_context *c,
	const char *bytes, size_t n, int in_line, char *out)
{
	size_t len;

	if (rule.verdict != LSP_VERDICT_STAMP || lsp_shim.style.format > LSP_FORMAT_SUFFIX ||
		in_line > 0 || lsp_content_wanted(c) || !lsp_line_is_plain(bytes, n))
		return 0;
	if (atomic_load_explicit(&e->owner, memory_order_relaxed) != LSP_LINE_START ||
		e->partial_bytes || e->collected)
		return 0;
	len = suffix_for(c);
	if (len == 0 || (rule.kind == LSP_FD_PIPE && n + len > 4096))
		return 0;
	memcpy(out, bytes, n - 1);
	memcpy(out + n - 1, lsp_thread.suffix, len);
	out[n - 1 + len] = '\n';
	/* A signal handler that logged under another context meanwhile has left its own suffix. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return lsp_thread.suffix_bytes == len && is_of(&lsp_thread, c) ? n + len : 0;
}

void lsp_text_plain_done(struct lsp_rule rule, const struct lsp_context *c, const char *bytes,
	size_t n, uint64_t now_ns)
{
	lsp_count(LSP_COUNTER_STAMPED);
	lsp_line_record(c, rule.channel, 0, LSP_LOG_STAMPED, bytes, n - 1, now_ns);
}
