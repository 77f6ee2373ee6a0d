#include "otlp_record.h"
#include "otlp_check.h"
#include "otlp_findings.h"
#include "otlp_value.h"
#include "pb_reader.h"

#include <stdlib.h>

#define SEVERITY_MAX 24
#define RECORD_LEVEL 3 /* a record is in a scope's, in a resource's, in a request */

int lsp_otlp_service_of(struct lsp_slice resource, struct lsp_slice *ret)
{
	static const struct lsp_slice name = { "service.name", 12 };
	struct lsp_pb attributes = lsp_pb_open(resource);
	struct lsp_pb_field attribute, f;
	int r;

	*ret = (struct lsp_slice){ "", 0 };
	while ((r = lsp_pb_next(&attributes, &attribute)) == 1) {
		struct lsp_otlp_any value = { .kind = LSP_OTLP_ANY_NONE };
		struct lsp_slice key = { "", 0 };
		struct lsp_pb p;

		if (attribute.number != 1 || attribute.wire != LSP_PB_BYTES)
			continue;
		p = lsp_pb_open(attribute.bytes);
		while ((r = lsp_pb_next(&p, &f)) == 1) {
			if (f.wire == LSP_PB_BYTES && f.number == 1)
				key = f.bytes;
			else if (f.wire == LSP_PB_BYTES && f.number == 2 &&
				 lsp_otlp_any_read(&value, f.bytes))
				return -EBADMSG;
		}
		if (r)
			return r;
		if (lsp_slice_equal(key, name))
			*ret = value.kind == LSP_OTLP_ANY_STRING ? value.bytes
								 : (struct lsp_slice){ "", 0 };
	}
	return r;
}

static bool is_zero(struct lsp_slice id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.at[i])
			return false;
	return true;
}

static bool is_id(struct lsp_slice id, size_t n)
{
	return id.len == n && !is_zero(id);
}

/* An enum, of which protobuf takes the low 32 bits; 0 is what is not known. */
static uint32_t known(uint64_t value, uint32_t max)
{
	return (uint32_t)value <= max ? (uint32_t)value : 0;
}

/* ---- spans ----------------------------------------------------------------------------------- */

struct span_fields {
	struct lsp_slice trace_id, span_id, parent, name;
	uint64_t start_ns, end_ns, kind, status;
	uint64_t dropped; /* attributes, events, links: any */
};

static int read_status(struct lsp_slice encoded, uint64_t *ret)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1)
		if (f.number == 3 && f.wire == LSP_PB_VARINT)
			*ret = f.value;
	return r;
}

static int read_span_bytes(struct span_fields *s, const struct lsp_pb_field *f)
{
	switch (f->number) {
	case 1:
		s->trace_id = f->bytes;
		return 0;
	case 2:
		s->span_id = f->bytes;
		return 0;
	case 4:
		s->parent = f->bytes;
		return 0;
	case 5:
		s->name = f->bytes;
		return 0;
	case 9:
		return lsp_otlp_check(f->bytes, LSP_OTLP_KEY_VALUE, RECORD_LEVEL + 1);
	case 11:
		return lsp_otlp_check(f->bytes, LSP_OTLP_EVENT, RECORD_LEVEL + 1);
	case 13:
		return lsp_otlp_check(f->bytes, LSP_OTLP_LINK, RECORD_LEVEL + 1);
	case 15:
		return read_status(f->bytes, &s->status);
	default:
		return 0;
	}
}

static int read_span(struct lsp_slice encoded, struct span_fields *s)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.wire == LSP_PB_BYTES) {
			if (read_span_bytes(s, &f))
				return -EBADMSG;
		} else if (f.wire == LSP_PB_VARINT) {
			if (f.number == 6)
				s->kind = f.value;
			else if (f.number == 10 || f.number == 12 || f.number == 14)
				s->dropped |= f.value;
		} else if (f.number == 7 && f.wire == LSP_PB_FIXED64) {
			s->start_ns = f.value;
		} else if (f.number == 8 && f.wire == LSP_PB_FIXED64) {
			s->end_ns = f.value;
		}
	}
	return r;
}

/* False when it has no good ids, which is noted. */
static bool judge_ids(const struct span_fields *s, unsigned unread, struct lsp_otlp_result *result)
{
	if (!is_id(s->trace_id, LSP_TRACE_ID_BYTES))
		lsp_otlp_find_bad_id(result, LSP_OTLP_SPAN_REJECTED, "trace_id", s->trace_id.len,
			LSP_TRACE_ID_BYTES, unread & LSP_OTLP_TRACE_UNREAD);
	else if (!is_id(s->span_id, LSP_SPAN_ID_BYTES))
		lsp_otlp_find_bad_id(result, LSP_OTLP_SPAN_REJECTED, "span_id", s->span_id.len,
			LSP_SPAN_ID_BYTES, unread & LSP_OTLP_SPAN_UNREAD);
	else
		return true;
	result->rejected++;
	return false;
}

static void take_parent(struct lsp_span_row *row, const struct span_fields *s, unsigned unread,
	struct lsp_otlp_result *result)
{
	if (is_id(s->parent, LSP_SPAN_ID_BYTES))
		memcpy(row->parent_span_id, s->parent.at, LSP_SPAN_ID_BYTES);
	else if ((s->parent.len != 0 && s->parent.len != LSP_SPAN_ID_BYTES) ||
		 unread & LSP_OTLP_PARENT_UNREAD)
		lsp_otlp_find_bad_id(result, LSP_OTLP_PARENT_BAD, "parent_span_id", s->parent.len,
			LSP_SPAN_ID_BYTES, unread & LSP_OTLP_PARENT_UNREAD);
}

int lsp_otlp_take_span(struct lsp_batch *b, struct lsp_slice encoded, uint32_t origin,
	unsigned unread, struct lsp_otlp_result *result)
{
	struct span_fields s = { .name = { "", 0 } };
	struct lsp_span_row *row;

	if (read_span(encoded, &s))
		return -EBADMSG;
	if (!judge_ids(&s, unread, result))
		return 0;
	row = lsp_batch_add_span(b);
	if (!row)
		return -ENOMEM;
	memcpy(row->trace_id, s.trace_id.at, LSP_TRACE_ID_BYTES);
	memcpy(row->span_id, s.span_id.at, LSP_SPAN_ID_BYTES);
	take_parent(row, &s, unread, result);
	row->start_ns = s.start_ns;
	row->end_ns = s.end_ns;
	row->kind = (uint8_t)known(s.kind, LSP_KIND_CONSUMER);
	row->status = (uint8_t)known(s.status, LSP_STATUS_ERROR);
	row->intake = LSP_INTAKE_OTLP;
	row->name = s.name;
	row->encoded = encoded;
	row->origin = origin;
	lsp_otlp_judge_span(result, row, &b->origins[origin], s.dropped);
	result->accepted++;
	return 0;
}

/* ---- logs ------------------------------------------------------------------------------------ */

struct log_fields {
	struct lsp_slice trace_id, span_id, severity_text;
	struct lsp_otlp_any body;
	uint64_t time_ns, observed_ns, severity, dropped;
};

static int read_body(struct lsp_otlp_any *body, struct lsp_slice encoded)
{
	int r = lsp_otlp_check(encoded, LSP_OTLP_ANY_VALUE, RECORD_LEVEL + 1);

	return r ? r : lsp_otlp_any_read(body, encoded);
}

static int read_log_bytes(struct log_fields *l, const struct lsp_pb_field *f)
{
	switch (f->number) {
	case 3:
		l->severity_text = f->bytes;
		return 0;
	case LSP_OTLP_LOG_BODY:
		return read_body(&l->body, f->bytes);
	case 6:
		return lsp_otlp_check(f->bytes, LSP_OTLP_KEY_VALUE, RECORD_LEVEL + 1);
	case 9:
		l->trace_id = f->bytes;
		return 0;
	case 10:
		l->span_id = f->bytes;
		return 0;
	default:
		return 0;
	}
}

static int read_log(struct lsp_slice encoded, struct log_fields *l)
{
	struct lsp_pb p = lsp_pb_open(encoded);
	struct lsp_pb_field f;
	int r;

	while ((r = lsp_pb_next(&p, &f)) == 1) {
		if (f.wire == LSP_PB_BYTES) {
			if (read_log_bytes(l, &f))
				return -EBADMSG;
		} else if (f.wire == LSP_PB_FIXED64) {
			if (f.number == 1)
				l->time_ns = f.value;
			else if (f.number == 11)
				l->observed_ns = f.value;
		} else if (f.wire == LSP_PB_VARINT) {
			if (f.number == 2)
				l->severity = f.value;
			else if (f.number == 7)
				l->dropped = f.value;
		}
	}
	return r;
}

/* The body as text: a string as it is, anything else as compact JSON. */
static int body_text(struct lsp_batch *b, const struct log_fields *l, struct lsp_slice encoded,
	struct lsp_slice *ret)
{
	json_t *json;
	char *text;
	int r;

	*ret = l->body.bytes;
	if (l->body.kind == LSP_OTLP_ANY_STRING)
		return 0;
	*ret = (struct lsp_slice){ "", 0 };
	if (l->body.kind == LSP_OTLP_ANY_NONE)
		return 0;
	json = lsp_otlp_body_json(encoded);
	text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
	if (!text)
		return 0;
	r = lsp_batch_copy(b, lsp_slice_of(text), ret);
	free(text);
	return r;
}

/* Zeros are how some senders say "none". */
static bool is_wrong(struct lsp_slice id, bool unread)
{
	return unread || !is_zero(id);
}

/* Returns true when there is a span id without a trace id. */
static bool take_ids(struct lsp_log_row *row, const struct log_fields *l, unsigned unread,
	struct lsp_otlp_result *result)
{
	bool trace = is_id(l->trace_id, LSP_TRACE_ID_BYTES);
	bool span = is_id(l->span_id, LSP_SPAN_ID_BYTES);
	bool trace_unread = unread & LSP_OTLP_TRACE_UNREAD;
	bool span_unread = unread & LSP_OTLP_SPAN_UNREAD;

	if (trace)
		memcpy(row->trace_id, l->trace_id.at, LSP_TRACE_ID_BYTES);
	if (trace && span)
		memcpy(row->span_id, l->span_id.at, LSP_SPAN_ID_BYTES);
	if (!trace && is_wrong(l->trace_id, trace_unread)) {
		lsp_otlp_find_bad_id(result, LSP_OTLP_LOG_UNCORRELATED, "trace_id", l->trace_id.len,
			LSP_TRACE_ID_BYTES, trace_unread);
		result->uncorrelated++;
	} else if (!trace && span) {
		result->uncorrelated++;
		return true;
	} else if (trace && !span && is_wrong(l->span_id, span_unread)) {
		lsp_otlp_find_bad_id(result, LSP_OTLP_LOG_SPANLESS, "span_id", l->span_id.len,
			LSP_SPAN_ID_BYTES, span_unread);
	}
	return false;
}

int lsp_otlp_take_log(struct lsp_batch *b, struct lsp_slice encoded, uint32_t origin,
	unsigned unread, struct lsp_otlp_result *result)
{
	struct log_fields l = { .body = { .kind = LSP_OTLP_ANY_NONE } };
	struct lsp_slice body;
	struct lsp_log_row *row;
	bool traceless;
	int r = read_log(encoded, &l);

	if (r == 0)
		r = body_text(b, &l, encoded, &body);
	if (r)
		return r;
	row = lsp_batch_add_log(b);
	if (!row)
		return -ENOMEM;
	traceless = take_ids(row, &l, unread, result);
	row->time_ns = l.time_ns ? l.time_ns : l.observed_ns;
	row->severity = (uint8_t)known(l.severity, SEVERITY_MAX);
	if (l.severity == 0 && l.severity_text.len)
		row->severity = (uint8_t)lsp_severity_of(l.severity_text);
	row->intake = LSP_INTAKE_OTLP;
	row->body = body;
	row->encoded = encoded;
	row->origin = origin;
	lsp_otlp_judge_log(result, row, &b->origins[origin], l.dropped, traceless);
	result->accepted++;
	return 0;
}
