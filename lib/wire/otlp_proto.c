/* Export requests, walked from the outside in:
 *
 *	request { 1: resource_spans { 1: resource, 2: scope_spans { 1: scope, 2: span } } }
 *
 * Traces and logs have the same outer shape and field numbers. */
#include "otlp_proto.h"
#include "otlp_check.h"
#include "otlp_findings.h"
#include "otlp_record.h"
#include "pb_reader.h"

#include <stdio.h>

/* In how many messages a resource and a scope are. */
static const int levels[] = { [LSP_OTLP_RESOURCE] = 2, [LSP_OTLP_SCOPE] = 3 };

struct walk {
	struct lsp_batch *batch;
	struct lsp_otlp_result *result;
	struct lsp_slice body; /* for offsets in messages */
	int (*take)(struct lsp_batch *b, struct lsp_slice record, uint32_t origin, unsigned unread,
		struct lsp_otlp_result *result);
};

/* No offset when `at` is in a copy: see collect(). */
static int malformed(const struct walk *w, const char *what, const void *at)
{
	size_t offset = (size_t)((uintptr_t)at - (uintptr_t)w->body.at);
	int n = snprintf(
		w->result->message, sizeof(w->result->message), "malformed protobuf: %s", what);

	if (offset <= w->body.len)
		snprintf(w->result->message + n, sizeof(w->result->message) - (size_t)n,
			", near byte %zu", offset);
	return -EBADMSG;
}

/* An embedded message. protobuf merges one that comes in several parts, each well-formed: their
 * bytes, one after the other. A single part, nearly always the case, is not copied. */
static int collect(struct walk *w, struct lsp_slice message, enum lsp_otlp_shape shape,
	const char *what, struct lsp_slice *ret)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_slice last = { "", 0 };
	struct lsp_pb_field f;
	size_t parts = 0, size = 0, used = 0;
	char *all;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1)
		if (f.number == 1 && f.wire == LSP_PB_BYTES && f.bytes.len > 0) {
			if (lsp_otlp_check(f.bytes, shape, levels[shape]))
				return malformed(w, what, f.bytes.at);
			last = f.bytes;
			size += f.bytes.len;
			parts++;
		}
	if (r)
		return malformed(w, what, p.at);
	*ret = last;
	if (parts < 2)
		return 0;
	all = lsp_batch_alloc(w->batch, size);
	if (!all)
		return -ENOMEM;
	for (p = lsp_pb_open(message); lsp_pb_next(&p, &f) == 1;)
		if (f.number == 1 && f.wire == LSP_PB_BYTES) {
			memcpy(all + used, f.bytes.at, f.bytes.len);
			used += f.bytes.len;
		}
	*ret = (struct lsp_slice){ all, size };
	return 0;
}

/* The origin of a scope's records is added with the first one, so that scopes without any, two
 * bytes each, take no memory. */
static int take_record(struct walk *w, struct lsp_slice record, const struct lsp_origin *from,
	bool *known, uint32_t *index)
{
	int r;

	if (!*known) {
		struct lsp_origin *origin = lsp_batch_add_origin(w->batch, index);

		if (!origin)
			return -ENOMEM;
		*origin = *from;
		*known = true;
	}
	r = w->take(w->batch, record, *index, 0, w->result);
	return r == -EBADMSG ? malformed(w, "record", record.at) : r;
}

static int walk_scope(struct walk *w, struct lsp_slice scope_records, struct lsp_slice resource,
	struct lsp_slice service)
{
	struct lsp_pb p = lsp_pb_open(scope_records);
	struct lsp_origin from = { .service = service, .resource = resource };
	struct lsp_pb_field f;
	uint32_t index = 0;
	bool known = false;
	int r = collect(w, scope_records, LSP_OTLP_SCOPE, "scope", &from.scope);

	if (r)
		return r;
	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.number != 2 || f.wire != LSP_PB_BYTES)
			continue;
		r = take_record(w, f.bytes, &from, &known, &index);
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
	int r = collect(w, resource_records, LSP_OTLP_RESOURCE, "resource", &resource);

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
	w->body = body;
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
	int r = walk_request(&w, body);

	if (r == 0)
		lsp_otlp_findings_say(ret, "spans");
	return r;
}

int lsp_otlp_proto_logs(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	struct walk w = { .batch = b, .result = ret, .take = lsp_otlp_take_log };
	int r = walk_request(&w, body);

	if (r == 0)
		lsp_otlp_findings_say(ret, "log records");
	return r;
}
