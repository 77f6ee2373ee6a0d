#include "otlp_request.h"
#include "otlp_encode.h"

/* Field numbers, which both signals share. */
enum {
	REQUEST_RESOURCE_ROWS = 1, /* ResourceSpans, ResourceLogs */
	RESOURCE = 1,
	SCOPE_ROWS = 2, /* ScopeSpans, ScopeLogs */
	SCOPE = 1,
	ROWS = 2,
};

#define BODY_BYTES_MAX (1u << 30) /* no row is so large */

struct rows {
	const struct lsp_batch *batch;
	bool logs;
	size_t n;
};

static struct lsp_slice encoded(const struct rows *r, size_t i)
{
	return r->logs ? r->batch->logs[i].encoded : r->batch->spans[i].encoded;
}

static uint32_t origin(const struct rows *r, size_t i)
{
	return r->logs ? r->batch->logs[i].origin : r->batch->spans[i].origin;
}

/* A field of n bytes, with its tag (one byte, for numbers below 16) and length. */
static size_t field_bytes(size_t n)
{
	size_t bytes = 2;
	for (size_t left = n; left > 0x7f; left >>= 7)
		bytes++;
	return bytes + n;
}

static int add(struct lsp_buf *out, unsigned field, struct lsp_slice s)
{
	return lsp_pb_bytes(out, field, s.at, s.len);
}

/* The head of a field whose n bytes follow. */
static int begin(struct lsp_buf *out, unsigned field, size_t n)
{
	uint8_t head[11] = { (uint8_t)(field << 3 | 2) };
	size_t at = 1;
	for (; n > 0x7f; n >>= 7)
		head[at++] = (uint8_t)(n & 0x7f) | 0x80;
	head[at++] = (uint8_t)n;
	return lsp_buf_add(out, head, at);
}

/* Rows from i on that share an origin and fit into max_bytes, one at least; returns the first that
 * is not among them. */
static size_t find_end(const struct rows *r, size_t i, size_t max_bytes, size_t *ret_bytes)
{
	size_t bytes = field_bytes(encoded(r, i).len), end = i + 1;
	for (; end < r->n && origin(r, end) == origin(r, i); end++) {
		size_t more = field_bytes(encoded(r, end).len);
		if (bytes + more > max_bytes)
			break;
		bytes += more;
	}
	*ret_bytes = bytes;
	return end;
}

static int add_run(
	struct lsp_buf *out, const struct rows *r, size_t i, size_t end, size_t rows_bytes)
{
	const struct lsp_origin *o = &r->batch->origins[origin(r, i)];
	size_t scope_bytes = (o->scope.len ? field_bytes(o->scope.len) : 0) + rows_bytes;
	size_t all =
		(o->resource.len ? field_bytes(o->resource.len) : 0) + field_bytes(scope_bytes);
	int rc = begin(out, REQUEST_RESOURCE_ROWS, all);
	if (rc == 0 && o->resource.len)
		rc = add(out, RESOURCE, o->resource);
	rc = rc ? rc : begin(out, SCOPE_ROWS, scope_bytes);
	if (rc == 0 && o->scope.len)
		rc = add(out, SCOPE, o->scope);
	for (; rc == 0 && i < end; i++)
		rc = add(out, ROWS, encoded(r, i));
	return rc;
}

int lsp_otlp_requests(const struct lsp_batch *b, bool logs, size_t max_bytes,
	int (*each)(void *arg, struct lsp_slice body, uint32_t n_rows), void *arg)
{
	const struct rows r = { b, logs, logs ? b->n_logs : b->n_spans };
	struct lsp_buf body;
	size_t first = 0, bytes;
	int rc = 0;
	lsp_buf_init(&body, BODY_BYTES_MAX);
	for (size_t i = 0; rc == 0 && i < r.n;) {
		size_t left = body.len < max_bytes ? max_bytes - body.len : 0;
		size_t end = find_end(&r, i, left, &bytes);
		if (body.len && bytes > left) { /* not even one */
			rc = each(arg, (struct lsp_slice){ body.at, body.len },
				(uint32_t)(i - first));
			lsp_buf_clear(&body);
			first = i;
			continue;
		}
		rc = add_run(&body, &r, i, end, bytes);
		i = end;
	}
	if (rc == 0 && body.len)
		rc = each(arg, (struct lsp_slice){ body.at, body.len }, (uint32_t)(r.n - first));
	lsp_buf_release(&body);
	return rc;
}
