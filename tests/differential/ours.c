/* What our reader makes of a message: its rows, and the rest of each as decoded for display. */
#include "differential.h"
#include "lib/wire/otlp_decode.h"
#include "lib/wire/otlp_proto.h"
#include "lib/wire/otlp_value.h"

#include "lib/core/hex.h"

#include <inttypes.h>
#include <stdlib.h>

static json_t *hex(const uint8_t *id, size_t n)
{
	char text[64];
	lsp_hex_encode(text, id, n);
	return json_stringn(text, 2 * n);
}

static json_t *number(uint64_t n)
{
	return json_sprintf("%" PRIu64, n);
}

static void put_origin(json_t *row, const struct lsp_origin *o)
{
	json_object_set_new(row, "service", lsp_otlp_string_json(o->service));
	json_object_set_new(row, "resource", lsp_otlp_decode_resource(o->resource));
	json_object_set_new(row, "scope", lsp_otlp_decode_scope(o->scope));
}

static json_t *span_json(const struct lsp_batch *b, const struct lsp_span_row *s)
{
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_span *d = lsp_trace_add_span(t);
	json_t *row = json_object();
	if (lsp_otlp_decode_span(d, s->encoded))
		json_object_set_new(row, "damaged", json_true());
	json_object_set_new(row, "trace", hex(s->trace_id, 16));
	json_object_set_new(row, "span", hex(s->span_id, 8));
	json_object_set_new(row, "parent", hex(s->parent_span_id, 8));
	json_object_set_new(row, "start", number(s->start_ns));
	json_object_set_new(row, "end", number(s->end_ns));
	json_object_set_new(row, "kind", json_integer(s->kind));
	json_object_set_new(row, "status", json_integer(s->status));
	json_object_set_new(row, "name", lsp_otlp_string_json(s->name));
	json_object_set_new(
		row, "message", json_string(d->status_message ? d->status_message : ""));
	json_object_set(row, "attributes", d->attributes);
	json_object_set(row, "events", d->events);
	json_object_set(row, "links", d->links);
	put_origin(row, &b->origins[s->origin]);
	lsp_trace_free(t);
	return row;
}

static json_t *log_json(const struct lsp_batch *b, const struct lsp_log_row *l)
{
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_log *d = lsp_trace_add_log(t);
	json_t *row = json_object();
	if (lsp_otlp_decode_log(d, l->encoded))
		json_object_set_new(row, "damaged", json_true());
	json_object_set_new(row, "trace", hex(l->trace_id, 16));
	json_object_set_new(row, "span", hex(l->span_id, 8));
	json_object_set_new(row, "time", number(l->time_ns));
	json_object_set_new(row, "severity", json_integer(l->severity));
	json_object_set_new(row, "body", lsp_otlp_string_json(l->body));
	json_object_set(row, "attributes", d->attributes);
	put_origin(row, &b->origins[l->origin]);
	lsp_trace_free(t);
	return row;
}

json_t *ours(const uint8_t *at, size_t n, bool logs)
{
	struct lsp_slice body = { (const char *)at, n };
	struct lsp_otlp_result result;
	struct lsp_batch b;
	json_t *all = NULL, *rows = json_array();
	lsp_batch_init(&b);
	int rc = logs ? lsp_otlp_proto_logs(&b, body, &result)
		      : lsp_otlp_proto_traces(&b, body, &result);
	for (size_t i = 0; rc == 0 && i < b.n_spans; i++)
		json_array_append_new(rows, span_json(&b, &b.spans[i]));
	for (size_t i = 0; rc == 0 && i < b.n_logs; i++)
		json_array_append_new(rows, log_json(&b, &b.logs[i]));
	if (rc == 0)
		all = json_pack("{s:I,s:I,s:O}", "rejected", (json_int_t)result.rejected,
			"uncorrelated", (json_int_t)result.uncorrelated, "rows", rows);
	json_decref(rows);
	lsp_batch_release(&b);
	return all;
}
