/* Export requests, walked from the outside in:
 *
 *	request { 1: resource_spans { 1: resource, 2: scope_spans { 1: scope, 2: span } } }
 *
 * Traces and logs have the same outer shape and field numbers. */
#include "otlp_proto.h"
#include "otlp_record.h"
#include "pb_reader.h"

#include <stdio.h>

struct walk {
	struct lsp_batch *batch;
	struct lsp_otlp_result *result;
	const char *start; /* of the body, for offsets in messages */
	int (*take)(struct lsp_batch *b, struct lsp_slice record, uint32_t origin,
		struct lsp_otlp_result *result);
};

static int malformed(const struct walk *w, const char *what, const void *at)
{
	snprintf(w->result->message, sizeof(w->result->message),
		"malformed protobuf: %s, near byte %zu", what,
		at ? (size_t)((const char *)at - w->start) : (size_t)0);
	return -EBADMSG;
}

/* protobuf merges an embedded message that comes in several parts: their bytes, one after the
 * other. The first part, nearly always the only one, is not copied. */
static int merge(struct lsp_batch *b, struct lsp_slice *into, struct lsp_slice part)
{
	char *both;

	if (into->len == 0) {
		*into = part;
		return 0;
	}
	both = lsp_batch_alloc(b, into->len + part.len);
	if (!both)
		return -ENOMEM;
	memcpy(both, into->at, into->len);
	memcpy(both + into->len, part.at, part.len);
	*into = (struct lsp_slice){ both, into->len + part.len };
	return 0;
}

/* The only embedded message of its kind, all parts of it. */
static int collect(struct walk *w, struct lsp_slice message, uint32_t number, const char *what,
	struct lsp_slice *ret)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	int r;

	*ret = (struct lsp_slice){ "", 0 };
	while ((r = lsp_pb_next(&p, &f)) == 1)
		if (f.number == number && f.wire == LSP_PB_BYTES && merge(w->batch, ret, f.bytes))
			return -ENOMEM;
	return r ? malformed(w, what, p.at) : 0;
}

static int walk_scope(struct walk *w, struct lsp_slice scope_records, struct lsp_slice resource,
	struct lsp_slice service)
{
	struct lsp_pb p = lsp_pb_open(scope_records);
	struct lsp_pb_field f;
	struct lsp_origin *origin;
	struct lsp_slice scope;
	uint32_t index;
	int r = collect(w, scope_records, 1, "scope", &scope);

	if (r)
		return r;
	origin = lsp_batch_add_origin(w->batch, &index);
	if (!origin)
		return -ENOMEM;
	*origin = (struct lsp_origin){ service, resource, scope };
	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.number != 2 || f.wire != LSP_PB_BYTES)
			continue;
		r = w->take(w->batch, f.bytes, index, w->result);
		if (r == -EBADMSG)
			return malformed(w, "record", f.bytes.at);
		if (r)
			return r;
	}
	return r ? malformed(w, "scope's records", p.at) : 0;
}

static int walk_resource(struct walk *w, struct lsp_slice resource_records)
{
	struct lsp_pb p = lsp_pb_open(resource_records);
	struct lsp_pb_field f;
	struct lsp_slice resource, service;
	int r = collect(w, resource_records, 1, "resource", &resource);

	if (r)
		return r;
	if (lsp_otlp_service_of(resource, &service))
		return malformed(w, "resource", resource.at);
	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.number != 2 || f.wire != LSP_PB_BYTES)
			continue;
		r = walk_scope(w, f.bytes, resource, service);
		if (r)
			return r;
	}
	return r ? malformed(w, "resource's records", p.at) : 0;
}

static int walk_request(struct walk *w, struct lsp_slice body)
{
	struct lsp_pb p = lsp_pb_open(body);
	struct lsp_pb_field f;
	int r;

	memset(w->result, 0, sizeof(*w->result));
	w->start = body.at;
	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.number != 1)
			continue;
		if (f.wire != LSP_PB_BYTES)
			return malformed(w, "request", p.at);
		r = walk_resource(w, f.bytes);
		if (r)
			return r;
	}
	return r ? malformed(w, "request", p.at) : 0;
}

int lsp_otlp_proto_traces(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	struct walk w = { .batch = b, .result = ret, .take = lsp_otlp_take_span };

	return walk_request(&w, body);
}

int lsp_otlp_proto_logs(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	struct walk w = { .batch = b, .result = ret, .take = lsp_otlp_take_log };

	return walk_request(&w, body);
}
