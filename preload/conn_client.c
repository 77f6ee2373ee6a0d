/* What goes into a request that is being sent. */
#include "conn_client.h"
#include "propagate.h"
#include "../lib/core/traceparent.h"

#include <strings.h>

static const char header_name[] = "traceparent: ";

/* The parent of a request's span: what the thread serves when that is proven, else the process.
 * With neither, a request that may carry a context begins a trace; in the middle of a request of
 * which we are not sure, it does not. */
static bool find_parent(struct lsp_conn *c)
{
	const struct lsp_thread *t = &lsp_thread;

	memset(&c->client, 0, sizeof(c->client));
	if (t->has_serving) {
		if (!lsp_conn_proven())
			return false;
		c->client = t->serving;
	} else if (lsp_shim.has_env) {
		lsp_process_span_begin();
		c->client = lsp_shim.env_context;
	}
	memcpy(c->client_parent, c->client.span_id, sizeof(c->client_parent));
	return true;
}

static bool make_client(struct lsp_conn *c, bool may_begin)
{
	if (c->planned)
		return true; /* the same request, tried again */
	if (!find_parent(c))
		return false;
	if (!lsp_context_has_trace(&c->client)) {
		if (!may_begin || !lsp_shim.spans)
			return false;
		lsp_random_id(&lsp_thread.random, c->client.trace_id, LSP_TRACE_ID_BYTES);
		c->client.flags = LSP_FLAG_SAMPLED | LSP_FLAG_RANDOM;
	}
	if (lsp_shim.spans)
		lsp_random_id(&lsp_thread.random, c->client.span_id, LSP_SPAN_ID_BYTES);
	return lsp_context_has_span(&c->client);
}

/* The first bytes of a vector in one piece. */
static size_t gather_head(char *out, size_t cap, const struct iovec *iov, int n)
{
	size_t used = 0;

	for (int i = 0; i < n && used < cap; i++) {
		size_t part = iov[i].iov_len < cap - used ? iov[i].iov_len : cap - used;

		memcpy(out + used, iov[i].iov_base, part);
		used += part;
	}
	return used;
}

/* Where the value of a header begins, 0 when it is not there. name ends with ":". */
static size_t find_value(const char *head, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = head; (at = memchr(at, '\n', n - (size_t)(at - head)));) {
		size_t from = (size_t)(++at - head);

		if (n - from < len)
			return 0;
		if (strncasecmp(at, name, len) != 0)
			continue;
		for (from += len; from < n && (head[from] == ' ' || head[from] == '\t');)
			from++;
		return from;
	}
	return 0;
}

/* True when a header only says what the inbound request said: the program passed it through. */
static bool is_passed_through(const struct lsp_context *carried)
{
	const struct lsp_conn *inbound = lsp_conn_at(lsp_thread.serving_request);

	if (!lsp_thread.has_serving || !inbound ||
		memcmp(carried->trace_id, inbound->context.trace_id, LSP_TRACE_ID_BYTES) != 0)
		return false;
	return memcmp(carried->span_id, inbound->parent_span_id, LSP_SPAN_ID_BYTES) == 0 ||
	       memcmp(carried->span_id, inbound->context.span_id, LSP_SPAN_ID_BYTES) == 0;
}

static void plan_replace(
	struct lsp_conn *c, const char *head, size_t value, size_t n, struct lsp_plan *p)
{
	struct lsp_context carried;

	if (n - value < LSP_TRACEPARENT_CHARS ||
		lsp_traceparent_parse(head + value, LSP_TRACEPARENT_CHARS, &carried) ||
		(head[value + LSP_TRACEPARENT_CHARS] != '\r' &&
			head[value + LSP_TRACEPARENT_CHARS] != '\n') ||
		!is_passed_through(&carried) || !lsp_shim.spans || !make_client(c, false))
		return;
	p->what = LSP_PLAN_REPLACE;
	p->at = value;
	p->n = LSP_TRACEPARENT_CHARS;
	lsp_traceparent_format(&c->client, p->text);
	c->planned = true;
}

static void plan_insert(struct lsp_conn *c, const char *head, size_t n, struct lsp_plan *p)
{
	const char *line = memchr(head, '\n', n);

	if (!line || line + 1 - head > LSP_PLAN_LINE_BYTES || !make_client(c, true))
		return;
	p->what = LSP_PLAN_INSERT;
	p->at = (size_t)(line + 1 - head);
	memcpy(p->text, header_name, sizeof(header_name) - 1);
	lsp_traceparent_format(&c->client, p->text + sizeof(header_name) - 1);
	p->n = sizeof(header_name) - 1 + LSP_TRACEPARENT_CHARS;
	/* Its end is what the other lines end with. */
	if (line > head && line[-1] == '\r')
		p->text[p->n++] = '\r';
	p->text[p->n++] = '\n';
	c->planned = true;
}

/* Not inlined: its buffer must not lie on the stack of calls that have nothing to plan. */
static __attribute__((noinline)) void plan(
	struct lsp_conn *c, const struct iovec *iov, int n, struct lsp_plan *p)
{
	char head[LSP_PLAN_HEAD_BYTES];
	struct lsp_http_head parsed;
	size_t bytes = gather_head(head, sizeof(head), iov, n), end, value;

	lsp_http_head_reset(&parsed);
	end = lsp_http_head_feed(&parsed, head, bytes);
	if (parsed.state != LSP_HTTP_DONE || !lsp_http_is_request(&parsed))
		return;
	if (!c->propagates && !lsp_propagate_to_host(lsp_http_value(&parsed, LSP_HTTP_HOST),
				      parsed.value_bytes[LSP_HTTP_HOST]))
		return;
	value = find_value(head, end, "traceparent:");
	if (value)
		plan_replace(c, head, value, end, p);
	else
		plan_insert(c, head, end, p);
}

/* "GET /", "POST http…": how a request begins. */
static bool begins_request(const struct iovec *iov, int n)
{
	const char *at = n > 0 ? iov[0].iov_base : NULL;
	size_t len = at ? iov[0].iov_len : 0, i = 0;

	while (i < len && i < 8 && at[i] >= 'A' && at[i] <= 'Z')
		i++;
	return i >= 3 && i + 1 < len && at[i] == ' ' && (at[i + 1] == '/' || at[i + 1] == 'h');
}

bool lsp_client_begins(const struct lsp_conn *c, const struct iovec *iov, int n)
{
	return iov && !c->opaque && !c->in_body && c->request.seen == 0 && c->open == 0 &&
	       begins_request(iov, n);
}

void lsp_client_plan(struct lsp_conn *c, const struct iovec *iov, int n, struct lsp_plan *ret)
{
	if (!lsp_conn_take(c))
		return;
	c->http = true;
	c->start_ns = lsp_now_ns(); /* before the server can have it */
	if (lsp_shim.settings.propagate[0])
		plan(c, iov, n, ret);
	lsp_conn_give(c);
}

/* ---- the span -------------------------------------------------------------------------------- */

void lsp_client_begin(struct lsp_conn *c)
{
	bool own_header = c->request.value_bytes[LSP_HTTP_TRACEPARENT] != 0;

	/* A request with a header of its own is its program's business; one that was not planned
	 * (split, or to a host that is not on the list) is still an attempt that took time. */
	c->has_client = c->planned || (lsp_shim.spans && !own_header && make_client(c, false));
	c->planned = false;
	c->epoch = lsp_conn_epoch;
}

void lsp_client_end(struct lsp_conn *c)
{
	if (c->has_client)
		lsp_conn_put_client_span(c);
	c->has_client = false;
}
