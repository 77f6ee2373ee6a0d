/* The server span of a request: OpenTelemetry's semantic conventions for HTTP servers. */
#include "conn_table.h"

#define NAME_BYTES    96
#define SEGMENT_BYTES 48
#define ATTR_BYTES    1024
#define KIND_SERVER   2
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

void lsp_conn_put_span(struct lsp_conn *c)
{
	uint8_t attrs[ATTR_BYTES];
	char name[NAME_BYTES];
	size_t used = 0;
	bool root;
	struct lsp_ring_span_in span;

	/* A head without an answer is no request that was served; one that a parent process read is
	 * the parent's. */
	if (!lsp_shim.spans || !c->has_context || c->vetoed || c->status == 0 ||
		c->epoch != lsp_conn_epoch)
		return;
	(void)lsp_attr_put_string(
		attrs, ATTR_BYTES, &used, "http.request.method", c->method, c->method_bytes);
	(void)lsp_attr_put_string(attrs, ATTR_BYTES, &used, "url.path", c->path, c->path_bytes);
	(void)lsp_attr_put_int(attrs, ATTR_BYTES, &used, "http.response.status_code", c->status);
	put_host(c, attrs, &used);
	if (c->peer_bytes)
		(void)lsp_attr_put_string(
			attrs, ATTR_BYTES, &used, "network.peer.address", c->peer, c->peer_bytes);
	root = memcmp(c->parent_span_id, (uint8_t[LSP_SPAN_ID_BYTES]){ 0 }, LSP_SPAN_ID_BYTES) == 0;
	span = (struct lsp_ring_span_in){ .context = &c->context,
		.parent_span_id = root ? NULL : c->parent_span_id,
		.start_ns = c->start_ns,
		.end_ns = lsp_now_ns(),
		.tid = lsp_thread_id(),
		.kind = KIND_SERVER,
		.status = c->status >= 500 ? STATUS_ERROR : 0,
		.name = name,
		.name_bytes = make_name(c, name),
		.attrs = attrs,
		.attr_bytes = used };
	if (lsp_ring_put_span(&lsp_shim.ring, LSP_RECORD_SPAN, &span) == 0)
		lsp_count(LSP_COUNTER_SPANS);
}
