/* Inbound requests and their responses, as the bytes go by. */
#include "conn_client.h"
#include "conn_job.h"
#include "content.h"

#include "../lib/core/carriers.h"

#include <errno.h>

#define FLAGS_NEW (LSP_FLAG_SAMPLED | LSP_FLAG_RANDOM)

static bool read_carrier(const struct lsp_http_head *h, struct lsp_context *ret)
{
	int r = lsp_carriers_read(h, ret);

	if (r == -EINVAL)
		lsp_count(LSP_COUNTER_BAD_CARRIER);
	return r == 0;
}

/* The context of a request: below its carrier, or of a new trace. Without spans the carrier's own
 * ids are all that is known. */
static void make_context(struct lsp_conn *c)
{
	bool carried = read_carrier(&c->request, &c->context);

	c->has_context = carried || lsp_shim.spans;
	memset(c->parent_span_id, 0, sizeof(c->parent_span_id));
	if (carried)
		memcpy(c->parent_span_id, c->context.span_id, sizeof(c->parent_span_id));
	if (!carried && lsp_shim.spans) {
		memset(&c->context, 0, sizeof(c->context));
		lsp_random_id(&lsp_thread.random, c->context.trace_id, LSP_TRACE_ID_BYTES);
		c->context.flags = FLAGS_NEW;
	}
	if (lsp_shim.spans)
		lsp_random_id(&lsp_thread.random, c->context.span_id, LSP_SPAN_ID_BYTES);
	c->context.source = LSP_SOURCE_FD;
}

static void copy(char *to, uint16_t *to_bytes, const char *from, size_t n)
{
	memcpy(to, from, n);
	*to_bytes = (uint16_t)n;
}

static void copy_head(struct lsp_conn *c)
{
	const struct lsp_http_head *h = &c->request;
	const char *query = memchr(h->target, '?', h->target_bytes);
	size_t path = query ? (size_t)(query - h->target) : h->target_bytes;

	copy(c->method, &c->method_bytes, h->method, h->method_bytes);
	copy(c->path, &c->path_bytes, h->target, path);
	copy(c->host, &c->host_bytes, lsp_http_value(h, LSP_HTTP_HOST),
		h->value_bytes[LSP_HTTP_HOST]);
	c->status = 0;
	c->answered = false;
	lsp_http_head_reset(&c->response);
}

static void begin_request(struct lsp_conn *c)
{
	copy_head(c);
	if (c->kind == LSP_CONN_BOUND) {
		lsp_client_begin(c);
		return;
	}
	/* Other threads that copy the context meanwhile see by this that it is not whole. */
	atomic_store_explicit(&c->seq, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	make_context(c);
	lsp_content_note(c);
	lsp_conn_request_begun(c);
}

static void give_up(struct lsp_conn *c)
{
	c->opaque = true;
	if (c->kind == LSP_CONN_ACCEPTED)
		c->has_context = false;
}

/* A request's head is complete. */
static void head_done(struct lsp_conn *c)
{
	if (!lsp_http_is_request(&c->request) ||
		!lsp_http_body_of_request(&c->request_body, &c->request)) {
		lsp_count(LSP_COUNTER_BAD_HEAD);
		give_up(c);
		return;
	}
	if (c->open < UINT8_MAX)
		c->open++;
	/* A second request while the first is open: whose line is a line now? */
	if (c->open > 1)
		c->vetoed = true;
	else
		begin_request(c);
	c->in_body = !c->request_body.done;
	lsp_http_head_reset(&c->request);
}

/* FastCGI: the parameters are the head. */
static void feed_fcgi_request(struct lsp_conn *c, const char *bytes, size_t n)
{
	bool had_head = c->fcgi_in.params_done;

	if (c->open == 0 && !c->fcgi_in.begun)
		c->start_ns = lsp_now_ns();
	lsp_fcgi_feed_request(&c->fcgi_in, &c->request, bytes, n);
	if (c->fcgi_in.bad)
		give_up(c);
	else if (c->fcgi_in.params_done && !had_head) {
		c->open = 1;
		begin_request(c);
		lsp_http_head_reset(&c->request);
	}
}

void lsp_conn_feed_request(struct lsp_conn *c, const char *bytes, size_t n)
{
	if (n > 0 && c->kind == LSP_CONN_ACCEPTED && !c->fcgi && c->seq == 0 && !c->opaque &&
		c->request.seen == 0 && lsp_fcgi_begins((uint8_t)bytes[0])) {
		c->fcgi = true;
		lsp_fcgi_reset(&c->fcgi_in);
		lsp_fcgi_reset(&c->fcgi_out);
	}
	if (c->fcgi) {
		feed_fcgi_request(c, bytes, n);
		return;
	}
	while (n > 0 && !c->opaque) {
		size_t took;

		if (c->in_body) {
			took = lsp_http_body_feed(&c->request_body, bytes, n);
			c->in_body = !c->request_body.done;
		} else {
			if (c->request.seen == 0 && c->open == 0) {
				if (c->kind == LSP_CONN_ACCEPTED) {
					c->start_ns = lsp_now_ns();
					c->has_context = false; /* between requests */
				}
			}
			took = lsp_http_head_feed(&c->request, bytes, n);
			if (c->request.state == LSP_HTTP_BAD)
				give_up(c);
			else if (c->request.state == LSP_HTTP_DONE)
				head_done(c);
		}
		bytes += took;
		n -= took;
		if (took == 0 && c->in_body)
			break;
	}
}

void lsp_conn_request_done(struct lsp_conn *c)
{
	if (c->job)
		lsp_job_end(c);
	else if (c->kind == LSP_CONN_BOUND)
		lsp_client_end(c);
	else
		lsp_conn_put_span(c);
}

void lsp_conn_skip_request(struct lsp_conn *c, size_t n)
{
	if (!c->in_body) {
		give_up(c); /* a head that nobody saw */
		return;
	}
	(void)lsp_http_body_feed(&c->request_body, NULL, n);
	c->in_body = !c->request_body.done;
}

/* The response is complete: the context stays for the lines that are logged after it, until the
 * connection's next request. */
static void response_done(struct lsp_conn *c)
{
	if (c->open == 1 && !c->vetoed)
		lsp_conn_request_done(c);
	if (c->open > 0 && --c->open == 0) {
		if (c->kind == LSP_CONN_ACCEPTED)
			lsp_conn_request_over(c);
		c->vetoed = false;
	}
	c->answered = false;
	lsp_http_head_reset(&c->response);
}

static bool response_head_done(struct lsp_conn *c)
{
	bool was_head = c->method_bytes == 4 && memcmp(c->method, "HEAD", 4) == 0;
	unsigned status = lsp_http_status(&c->response);

	if (status == 0 || !lsp_http_body_of_response(&c->response_body, &c->response, was_head))
		return false;
	if (status >= 100 && status < 200 && status != 101) {
		lsp_http_head_reset(&c->response); /* an interim one */
		return true;
	}
	c->status = (uint16_t)status;
	c->answered = true;
	return true;
}

static void feed_fcgi_answer(struct lsp_conn *c, const char *bytes, size_t n)
{
	if (bytes)
		lsp_fcgi_feed_answer(&c->fcgi_out, bytes, n);
	if (!bytes || c->fcgi_out.bad) {
		give_up(c);
	} else if (c->fcgi_out.ended) {
		c->status = c->fcgi_out.status;
		response_done(c);
		lsp_fcgi_reset(&c->fcgi_in);
		lsp_fcgi_reset(&c->fcgi_out);
	}
}

void lsp_conn_feed_response(struct lsp_conn *c, const char *bytes, size_t n)
{
	if (c->fcgi) {
		feed_fcgi_answer(c, bytes, n);
		return;
	}
	while (n > 0 && !c->opaque && c->open > 0) {
		size_t took;

		if (!c->answered) {
			if (!bytes) {
				give_up(c);
				return;
			}
			took = lsp_http_head_feed(&c->response, bytes, n);
			if (c->response.state == LSP_HTTP_BAD ||
				(c->response.state == LSP_HTTP_DONE && !response_head_done(c))) {
				c->opaque = true; /* the context of the open request stays */
				return;
			}
		} else {
			took = lsp_http_body_feed(&c->response_body, bytes, n);
		}
		if (c->answered && c->status == 101) {
			response_done(c);
			give_up(c);
			return;
		}
		if (c->answered && c->response_body.done)
			response_done(c);
		if (bytes)
			bytes += took;
		n -= took;
		if (took == 0)
			break;
	}
}
