/* Finding a job in what was read, and its end in what is sent. */
#include "conn_job.h"
#include "../lib/core/traceparent.h"

#define SHORT_REPLY_BYTES 32 /* "+OK", ":1", an acknowledgement: no payload */
#define LOOK_BYTES        65536 /* of one read are searched */
#define GAP_CHARS         24 /* between a traceparent's name and its value */
#define KIND_CONSUMER     5

static const char name[] = "traceparent";
static const char span_name[] = "process job";

/* The value behind a name: quotes, ":", "=", or a length line of the Redis protocol between. */
static bool read_value(const char *at, size_t n, struct lsp_context *ret)
{
	for (size_t i = 0; i < GAP_CHARS && i + LSP_TRACEPARENT_CHARS <= n; i++) {
		if (lsp_traceparent_parse(at + i, LSP_TRACEPARENT_CHARS, ret) == 0)
			return true;
		if (!memchr("\":= \t\r\n\\$'0123456789,>", at[i], 22))
			return false;
	}
	return false;
}

static bool find_carrier(const char *at, size_t n, struct lsp_context *ret)
{
	const char *end = at + (n < LOOK_BYTES ? n : LOOK_BYTES);

	while ((at = memmem(at, (size_t)(end - at), name, sizeof(name) - 1))) {
		at += sizeof(name) - 1;
		if (read_value(at, (size_t)(end - at), ret))
			return true;
	}
	return false;
}

static void begin(struct lsp_conn *c, const struct lsp_context *carried)
{
	struct lsp_thread *t = &lsp_thread;

	c->context = *carried;
	c->context.source = LSP_SOURCE_FD;
	memcpy(c->parent_span_id, carried->span_id, sizeof(c->parent_span_id));
	if (lsp_shim.spans)
		lsp_random_id(&t->random, c->context.span_id, LSP_SPAN_ID_BYTES);
	c->start_ns = lsp_now_ns();
	c->fetch = c->asked;
	c->open = 1;
	c->job = true;
	lsp_conn_request_begun(c);
	c->owner = (struct lsp_request_ref){ c->slot, c->seq };
	c->has_context = true;
	c->doubtful = false;
	lsp_conn_serve(c, (int)c->slot);
}

void lsp_job_end(struct lsp_conn *c)
{
	struct lsp_ring_span_in span = { .context = &c->context,
		.parent_span_id = c->parent_span_id,
		.start_ns = c->start_ns,
		.end_ns = lsp_now_ns(),
		.tid = lsp_thread_id(),
		.kind = KIND_CONSUMER,
		.name = span_name,
		.name_bytes = sizeof(span_name) - 1 };

	if (!c->job)
		return;
	if (lsp_shim.spans && c->epoch == lsp_conn_epoch &&
		lsp_ring_put_span(&lsp_shim.ring, LSP_RECORD_SPAN, &span) == 0)
		lsp_count(LSP_COUNTER_SPANS);
	if (lsp_thread.has_serving && lsp_thread.serving_request.slot == c->slot &&
		lsp_thread.serving_request.seq == c->seq)
		lsp_thread.has_serving = LSP_SERVING_NONE;
	lsp_conn_request_over(c);
	c->open = 0;
	c->job = c->has_context = false;
	memset(&c->owner, 0, sizeof(c->owner));
}

void lsp_job_received(struct lsp_conn *c, const struct iovec *iov, int n, size_t received)
{
	struct lsp_context carried;
	size_t left = received;
	bool found = false;

	for (int i = 0; i < n && left > 0 && !found; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		found = find_carrier(iov[i].iov_base, part, &carried);
		left -= part;
	}
	if (found || received > SHORT_REPLY_BYTES)
		lsp_job_end(c);
	if (found)
		begin(c, &carried);
}

/* What is asked for, short enough to be told again: FNV-1a over length and first bytes. */
static uint64_t words_of(const struct iovec *iov, int n)
{
	const uint8_t *at = iov[0].iov_base;
	uint64_t h = 0xcbf29ce484222325ull ^ iov[0].iov_len ^ (uint64_t)n << 32;

	for (size_t i = 0; i < iov[0].iov_len && i < 48; i++)
		h = (h ^ at[i]) * 0x100000001b3ull;
	return h;
}

void lsp_job_sent(struct lsp_conn *c, const struct iovec *iov, int n)
{
	if (n <= 0 || !iov || !iov[0].iov_len)
		return;
	c->asked = words_of(iov, n);
	if (c->job && c->asked == c->fetch)
		lsp_job_end(c);
}
