/* The server span of a request that came in, and the client span of one that went out:
 * OpenTelemetry's semantic conventions for HTTP. */
#include "conn_table.h"
#include "../lib/core/hex.h"

#define NAME_BYTES    96
#define SEGMENT_BYTES 48
#define ATTR_BYTES    1024
#define KIND_SERVER   2
#define KIND_CLIENT   3
#define STATUS_ERROR  2

static bool is_known_method(const struct lsp_conn *c)
{
	static const char *const known[] = { "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH",
		"OPTIONS", "CONNECT", "TRACE" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == c->method_bytes &&
			memcmp(known[i], c->method, c->method_bytes) == 0)
			return true;
	return false;
}

/* True for what stands for one of many: numbers, hashes, UUIDs. A name must be of few kinds. */
static bool is_id(const char *segment, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		char c = (char)(segment[i] | 0x20);

		if (segment[i] >= '0' && segment[i] <= '9')
			digits++;
		else if ((c < 'a' || c > 'f') && segment[i] != '-')
			return false;
	}
	return digits > 0 && (digits == n || n >= 8);
}

/* "METHOD /first-segment", never a raw path. */
static size_t make_name(const struct lsp_conn *c, char *out)
{
	const char *path = c->path;
	size_t n = c->method_bytes, end = 1;

	if (is_known_method(c))
		memcpy(out, c->method, n);
	else
		memcpy(out, "HTTP", n = 4);
	if (c->path_bytes == 0 || path[0] != '/')
		return n;
	while (end < c->path_bytes && path[end] != '/' && end < SEGMENT_BYTES)
		end++;
	out[n++] = ' ';
	if (end > 1 && is_id(path + 1, end - 1)) {
		memcpy(out + n, "/{id}", 5);
		return n + 5;
	}
	memcpy(out + n, path, end);
	return n + end;
}

static void put_host(const struct lsp_conn *c, uint8_t *attrs, size_t *used)
{
	const char *colon = memchr(c->host, ':', c->host_bytes);
	size_t name = colon ? (size_t)(colon - c->host) : c->host_bytes;
	int64_t port = 0;

	if (c->host_bytes == 0 || c->host[0] == '[')
		return;
	(void)lsp_attr_put_string(attrs, ATTR_BYTES, used, "server.address", c->host, name);
	for (size_t i = name + 1; i < c->host_bytes && i < name + 6; i++) {
		if (c->host[i] < '0' || c->host[i] > '9')
			return;
		port = port * 10 + (c->host[i] - '0');
	}
	if (port)
		(void)lsp_attr_put_int(attrs, ATTR_BYTES, used, "server.port", port);
}

static bool is_zero_id(const uint8_t id[LSP_SPAN_ID_BYTES])
{
	return memcmp(id, (uint8_t[LSP_SPAN_ID_BYTES]){ 0 }, LSP_SPAN_ID_BYTES) == 0;
}

static size_t make_attrs(const struct lsp_conn *c, uint8_t attrs[ATTR_BYTES])
{
	size_t used = 0;

	(void)lsp_attr_put_string(
		attrs, ATTR_BYTES, &used, "http.request.method", c->method, c->method_bytes);
	(void)lsp_attr_put_string(attrs, ATTR_BYTES, &used, "url.path", c->path, c->path_bytes);
	if (c->status)
		(void)lsp_attr_put_int(
			attrs, ATTR_BYTES, &used, "http.response.status_code", c->status);
	put_host(c, attrs, &used);
	if (c->peer_bytes)
		(void)lsp_attr_put_string(
			attrs, ATTR_BYTES, &used, "network.peer.address", c->peer, c->peer_bytes);
	return used;
}

/* "error.type": why, else the status, else that there was none. */
static void put_error(const struct lsp_conn *c, const char *why, uint8_t *attrs, size_t *used)
{
	char digits[20];
	size_t n = lsp_decimal_encode(digits, c->status);

	if (why || c->status == 0) {
		why = why ? why : "no_response";
		(void)lsp_attr_put_string(attrs, ATTR_BYTES, used, "error.type", why, strlen(why));
	} else {
		(void)lsp_attr_put_string(attrs, ATTR_BYTES, used, "error.type", digits, n);
	}
}

static void put(const struct lsp_conn *c, const struct lsp_context *context, const uint8_t *parent,
	uint8_t kind, bool failed, const char *why)
{
	uint8_t attrs[ATTR_BYTES];
	char name[NAME_BYTES];
	size_t used = make_attrs(c, attrs);
	struct lsp_ring_span_in span = { .context = context,
		.parent_span_id = is_zero_id(parent) ? NULL : parent,
		.start_ns = c->start_ns,
		.end_ns = lsp_now_ns(),
		.tid = lsp_thread_id(),
		.kind = kind,
		.status = failed ? STATUS_ERROR : 0,
		.name = name,
		.name_bytes = make_name(c, name),
		.attrs = attrs };

	if (failed)
		put_error(c, why, attrs, &used);
	span.attr_bytes = used;
	if (lsp_ring_put_span(&lsp_shim.ring, LSP_RECORD_SPAN, &span) == 0)
		lsp_count(LSP_COUNTER_SPANS);
}

void lsp_conn_put_span(struct lsp_conn *c)
{
	/* A head without an answer is no request that was served; one that a parent process read is
	 * the parent's. */
	if (!lsp_shim.spans || !c->has_context || c->vetoed || c->status == 0 ||
		c->epoch != lsp_conn_epoch)
		return;
	put(c, &c->context, c->parent_span_id, KIND_SERVER, c->status >= 500, NULL);
}

void lsp_conn_put_client_span(struct lsp_conn *c)
{
	if (!lsp_shim.spans || c->epoch != lsp_conn_epoch)
		return;
	put(c, &c->client, c->client_parent, KIND_CLIENT, c->status == 0 || c->status >= 400, NULL);
}

void lsp_conn_died(const char *kind)
{
	for (int fd = 0; lsp_shim.spans && fd < LSP_CONN_MAX; fd++) {
		struct lsp_conn *c =
			lsp_conn_kinds[fd] == LSP_CONN_ACCEPTED ? lsp_conn_of(fd) : NULL;
		bool mine = c && c->seq && c->seq == lsp_thread.serving_request.seq;

		if (!c || c->open != 1 || !c->has_context || c->vetoed ||
			c->epoch != lsp_conn_epoch || atomic_exchange(&c->in_use, 1))
			continue;
		put(c, &c->context, c->parent_span_id, KIND_SERVER, true,
			mine ? kind : "process_died");
		c->vetoed = true; /* told */
		lsp_conn_give(c);
	}
}
