#include "rows.h"

#include "../../wire/otlp_decode.h"

#include <errno.h>
#include <stdlib.h>

#define NUMBERS_BYTES (8 + 1 + 4 * 8 + 2 * 8 + 3 + 2 * 4)

/* RowBinary is little-endian, as the machines that we run on. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "RowBinary");

/* ---- pieces ---------------------------------------------------------------------------------- */

int lsp_click_put_varint(struct lsp_buf *out, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	return lsp_buf_add(out, bytes, n);
}

int lsp_click_put_text(struct lsp_buf *out, struct lsp_slice s)
{
	int rc = lsp_click_put_varint(out, s.len);

	return rc || s.len == 0 ? rc : lsp_buf_add(out, s.at, s.len);
}

static bool take_bytes(struct lsp_slice *data, void *out, size_t n)
{
	if (data->len < n)
		return false;
	memcpy(out, data->at, n);
	data->at += n;
	data->len -= n;
	return true;
}

bool lsp_click_take_u64(struct lsp_slice *data, uint64_t *ret)
{
	return take_bytes(data, ret, sizeof(*ret));
}

bool lsp_click_take_text(struct lsp_slice *data, struct lsp_slice *ret)
{
	uint64_t n = 0;
	uint8_t byte = 0x80;

	for (unsigned shift = 0; byte & 0x80; shift += 7) {
		if (shift > 63 || !take_bytes(data, &byte, 1))
			return false;
		n |= (uint64_t)(byte & 0x7f) << shift;
	}
	if (n > data->len)
		return false;
	*ret = (struct lsp_slice){ data->at, (size_t)n };
	data->at += n;
	data->len -= (size_t)n;
	return true;
}

/* ---- rows in --------------------------------------------------------------------------------- */

static uint64_t id_of(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap64(value);
}

static int put_row(struct lsp_buf *out, const struct lsp_click_row *r)
{
	char *at = lsp_buf_reserve(out, NUMBERS_BYTES), *p = at;
	const uint64_t ids[] = { r->trace_high, r->trace_low, r->span_id, r->parent_id, r->time_ns,
		r->end_ns };
	int rc;

	if (!at)
		return out->len + NUMBERS_BYTES > out->max ? -E2BIG : -ENOMEM;
	memcpy(p, &r->row, 8);
	p[8] = (char)r->signal;
	memcpy(p + 9, ids, sizeof(ids));
	p += 9 + sizeof(ids);
	*p++ = (char)r->kind;
	*p++ = (char)r->status;
	*p++ = (char)r->intake;
	memcpy(p, &r->pid, 4);
	memcpy(p + 4, &r->tid, 4);
	out->len += NUMBERS_BYTES;
	rc = lsp_click_put_text(out, r->service);
	rc = rc ? rc : lsp_click_put_text(out, r->text);
	rc = rc ? rc : lsp_click_put_text(out, r->encoded);
	rc = rc ? rc : lsp_click_put_text(out, r->resource);
	return rc ? rc : lsp_click_put_text(out, r->scope);
}

static void of_span(struct lsp_click_row *r, const struct lsp_span_row *s)
{
	*r = (struct lsp_click_row){ .signal = LSP_CLICK_SPAN,
		.trace_high = id_of(s->trace_id),
		.trace_low = id_of(s->trace_id + 8),
		.span_id = id_of(s->span_id),
		.parent_id = id_of(s->parent_span_id),
		.time_ns = s->start_ns,
		.end_ns = s->end_ns,
		.kind = s->kind,
		.status = s->status,
		.intake = s->intake,
		.text = s->name,
		.encoded = s->encoded };
}

static void of_log(struct lsp_click_row *r, const struct lsp_log_row *l)
{
	*r = (struct lsp_click_row){ .signal = LSP_CLICK_LOG,
		.trace_high = id_of(l->trace_id),
		.trace_low = id_of(l->trace_id + 8),
		.span_id = id_of(l->span_id),
		.time_ns = l->time_ns,
		.kind = l->severity,
		.status = l->context_source,
		.intake = l->intake,
		.pid = l->pid,
		.tid = l->tid,
		.text = l->body,
		.encoded = l->encoded };
}

int lsp_click_rows_put(
	struct lsp_buf *out, const struct lsp_batch *b, uint64_t *row, uint64_t row_step)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->n_spans + b->n_logs; i++) {
		bool span = i < b->n_spans;
		const struct lsp_origin *o =
			&b->origins[span ? b->spans[i].origin : b->logs[i - b->n_spans].origin];
		struct lsp_click_row r;

		if (span)
			of_span(&r, &b->spans[i]);
		else
			of_log(&r, &b->logs[i - b->n_spans]);
		r.row = *row;
		r.service = o->service;
		r.resource = o->resource;
		r.scope = o->scope;
		rc = put_row(out, &r);
		*row += row_step;
	}
	return rc;
}

/* ---- rows out -------------------------------------------------------------------------------- */

int lsp_click_rows_take(struct lsp_slice *data, struct lsp_click_row *r)
{
	if (data->len == 0)
		return 0;
	if (take_bytes(data, &r->row, 8) && take_bytes(data, &r->signal, 1) &&
		take_bytes(data, &r->trace_high, 8) && take_bytes(data, &r->trace_low, 8) &&
		take_bytes(data, &r->span_id, 8) && take_bytes(data, &r->parent_id, 8) &&
		take_bytes(data, &r->time_ns, 8) && take_bytes(data, &r->end_ns, 8) &&
		take_bytes(data, &r->kind, 1) && take_bytes(data, &r->status, 1) &&
		take_bytes(data, &r->intake, 1) && take_bytes(data, &r->pid, 4) &&
		take_bytes(data, &r->tid, 4) && lsp_click_take_text(data, &r->service) &&
		lsp_click_take_text(data, &r->text) && lsp_click_take_text(data, &r->encoded) &&
		lsp_click_take_text(data, &r->resource) && lsp_click_take_text(data, &r->scope))
		return 1;
	return -EBADMSG;
}

void lsp_click_put_id(uint8_t *out, uint64_t id)
{
	id = __builtin_bswap64(id);
	memcpy(out, &id, sizeof(id));
}

void lsp_click_row_trace_id(const struct lsp_click_row *r, uint8_t out[LSP_TRACE_ID_BYTES])
{
	lsp_click_put_id(out, r->trace_high);
	lsp_click_put_id(out + 8, r->trace_low);
}

static char *text_of(struct lsp_slice s)
{
	char *copy = malloc(s.len + 1);

	if (copy) {
		memcpy(copy, s.at, s.len);
		copy[s.len] = 0;
	}
	return copy;
}

int lsp_click_row_to_span(const struct lsp_click_row *r, struct lsp_span *s)
{
	lsp_click_row_trace_id(r, s->trace_id);
	lsp_click_put_id(s->span_id, r->span_id);
	lsp_click_put_id(s->parent_span_id, r->parent_id);
	s->start_ns = r->time_ns;
	s->end_ns = r->end_ns;
	s->kind = r->kind;
	s->status = r->status;
	s->intake = r->intake;
	s->name = text_of(r->text);
	(void)lsp_otlp_decode_span(s, r->encoded);
	s->service = text_of(r->service);
	json_decref(s->resource);
	s->resource = lsp_otlp_decode_resource(r->resource);
	json_decref(s->scope);
	s->scope = lsp_otlp_decode_scope(r->scope);
	return s->name && s->service && s->resource && s->scope ? 0 : -ENOMEM;
}

int lsp_click_row_to_log(const struct lsp_click_row *r, struct lsp_log *l)
{
	lsp_click_row_trace_id(r, l->trace_id);
	lsp_click_put_id(l->span_id, r->span_id);
	l->time_ns = r->time_ns;
	l->severity = r->kind;
	l->context_source = r->status;
	l->intake = r->intake;
	l->pid = r->pid;
	l->tid = r->tid;
	l->body = text_of(r->text);
	l->body_bytes = l->body ? r->text.len : 0;
	(void)lsp_otlp_decode_log(l, r->encoded);
	l->service = text_of(r->service);
	json_decref(l->resource);
	l->resource = lsp_otlp_decode_resource(r->resource);
	return l->body && l->service && l->resource ? 0 : -ENOMEM;
}
