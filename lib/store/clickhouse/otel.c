#include "otel.h"
#include "otel_value.h"

#include "../../core/hex.h"

#include <errno.h>
#include <stdio.h>

/* What a row has for the columns. */
enum text {
	TRACE_ID,
	SPAN_ID,
	PARENT_ID,
	TRACE_STATE,
	NAME,
	KIND,
	SERVICE,
	SCOPE_NAME,
	SCOPE_VERSION,
	STATUS,
	STATUS_MESSAGE,
	SEVERITY,
	BODY,
	EVENT_NAME,
	NOTHING,
	N_TEXTS
};
enum number { DURATION, FLAGS, SEVERITY_NUMBER, N_NUMBERS };
enum message { RECORD, RESOURCE, SCOPE, N_MESSAGES };

struct values {
	struct lsp_slice text[N_TEXTS];
	uint64_t number[N_NUMBERS];
	uint64_t time_ns;
	struct lsp_slice message[N_MESSAGES];
	char hex[LSP_TRACE_ID_HEX + 2 * LSP_SPAN_ID_HEX];
};

enum shape { TEXT, NUMBER, TIME, MAP, LIST_TEXT, LIST_ID, LIST_TIME, LIST_MAP };

struct lsp_otel_source {
	const char *name;
	unsigned signals; /* bits: of which tables */
	enum shape shape;
	unsigned at; /* which text, number or message */
	unsigned field; /* of MAP: its number; of LIST: that of the elements in the record */
	unsigned inner; /* of LIST: the number in the element */
};

enum { SPANS = 1 << LSP_CLICK_SPAN, LOGS = 1 << LSP_CLICK_LOG, BOTH = SPANS | LOGS };
enum { EVENTS = 11, LINKS = 13 };

static const struct lsp_otel_source sources[] = {
	{ "Timestamp", BOTH, TIME, 0, 0, 0 },
	{ "TimestampTime", LOGS, TIME, 0, 0, 0 },
	{ "TraceId", BOTH, TEXT, TRACE_ID, 0, 0 },
	{ "SpanId", BOTH, TEXT, SPAN_ID, 0, 0 },
	{ "ParentSpanId", SPANS, TEXT, PARENT_ID, 0, 0 },
	{ "TraceState", SPANS, TEXT, TRACE_STATE, 0, 0 },
	{ "TraceFlags", LOGS, NUMBER, FLAGS, 0, 0 },
	{ "SpanName", SPANS, TEXT, NAME, 0, 0 },
	{ "SpanKind", SPANS, TEXT, KIND, 0, 0 },
	{ "ServiceName", BOTH, TEXT, SERVICE, 0, 0 },
	{ "ResourceSchemaUrl", LOGS, TEXT, NOTHING, 0, 0 },
	{ "ResourceAttributes", BOTH, MAP, RESOURCE, 1, 0 },
	{ "ScopeSchemaUrl", LOGS, TEXT, NOTHING, 0, 0 },
	{ "ScopeName", BOTH, TEXT, SCOPE_NAME, 0, 0 },
	{ "ScopeVersion", BOTH, TEXT, SCOPE_VERSION, 0, 0 },
	{ "ScopeAttributes", LOGS, MAP, SCOPE, 3, 0 },
	{ "SpanAttributes", SPANS, MAP, RECORD, 9, 0 },
	{ "LogAttributes", LOGS, MAP, RECORD, 6, 0 },
	{ "Duration", SPANS, NUMBER, DURATION, 0, 0 },
	{ "StatusCode", SPANS, TEXT, STATUS, 0, 0 },
	{ "StatusMessage", SPANS, TEXT, STATUS_MESSAGE, 0, 0 },
	{ "SeverityText", LOGS, TEXT, SEVERITY, 0, 0 },
	{ "SeverityNumber", LOGS, NUMBER, SEVERITY_NUMBER, 0, 0 },
	{ "Body", LOGS, TEXT, BODY, 0, 0 },
	{ "EventName", LOGS, TEXT, EVENT_NAME, 0, 0 },
	{ "Events.Timestamp", SPANS, LIST_TIME, 0, EVENTS, 1 },
	{ "Events.Name", SPANS, LIST_TEXT, 0, EVENTS, 2 },
	{ "Events.Attributes", SPANS, LIST_MAP, 0, EVENTS, 3 },
	{ "Links.TraceId", SPANS, LIST_ID, 0, LINKS, 1 },
	{ "Links.SpanId", SPANS, LIST_ID, 0, LINKS, 2 },
	{ "Links.TraceState", SPANS, LIST_TEXT, 0, LINKS, 3 },
	{ "Links.Attributes", SPANS, LIST_MAP, 0, LINKS, 4 },
};

/* ---- columns --------------------------------------------------------------------------------- */

static bool holds(const struct lsp_otel_type *t, enum shape shape)
{
	if (t->array != (shape >= LIST_TEXT))
		return false;
	switch (shape) {
	case TEXT:
	case LIST_TEXT:
	case LIST_ID:
		return t->kind == LSP_OTEL_TEXT;
	case NUMBER:
		return t->kind == LSP_OTEL_UINT;
	case TIME:
	case LIST_TIME:
		return t->kind == LSP_OTEL_SECONDS || t->kind == LSP_OTEL_TICKS ||
		       (t->kind == LSP_OTEL_UINT && t->bytes == 8);
	default:
		return t->kind == LSP_OTEL_MAP;
	}
}

void lsp_otel_learn(struct lsp_otel_table *t, struct lsp_slice name, struct lsp_slice type,
	struct lsp_slice default_kind)
{
	size_t used = strlen(t->names);
	struct lsp_otel_type parsed;

	if (lsp_slice_equal(default_kind, LSP_SLICE("MATERIALIZED")) ||
		lsp_slice_equal(default_kind, LSP_SLICE("ALIAS")) ||
		t->n_columns == LSP_OTEL_COLUMNS_MAX || !lsp_otel_parse_type(&parsed, type))
		return;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!(sources[i].signals >> t->signal & 1) || !holds(&parsed, sources[i].shape) ||
			!lsp_slice_equal(name, lsp_slice_of(sources[i].name)) ||
			used + name.len + 6 > sizeof(t->names))
			continue;
		snprintf(t->names + used, sizeof(t->names) - used, "%s`%s`", used ? ", " : "",
			sources[i].name);
		t->columns[t->n_columns++] =
			(struct lsp_otel_column){ .source = &sources[i], .type = parsed };
	}
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct lsp_slice hex_of(char *out, uint64_t high, uint64_t low, bool wide)
{
	uint8_t id[LSP_TRACE_ID_BYTES];
	size_t n = wide ? 16 : 8;

	if (high == 0 && low == 0)
		return (struct lsp_slice){ "", 0 };
	lsp_click_put_id(id, high);
	lsp_click_put_id(id + 8, low);
	lsp_hex_encode(out, wide ? id : id + 8, n);
	return (struct lsp_slice){ out, 2 * n };
}

static void gather_span(struct values *v, const struct lsp_click_row *r)
{
	static const char *const kinds[] = { "Unspecified", "Internal", "Server", "Client",
		"Producer", "Consumer" };
	static const char *const statuses[] = { "Unset", "Ok", "Error" };

	v->text[NAME] = r->text;
	v->text[KIND] = lsp_slice_of(kinds[r->kind < 6 ? r->kind : 0]);
	v->text[STATUS] = lsp_slice_of(statuses[r->status < 3 ? r->status : 0]);
	v->text[STATUS_MESSAGE] = lsp_otel_bytes(lsp_otel_bytes(r->encoded, 15), 2);
	v->text[TRACE_STATE] = lsp_otel_bytes(r->encoded, 3);
	v->number[DURATION] = r->end_ns > r->time_ns ? r->end_ns - r->time_ns : 0;
}

static void gather_log(struct values *v, const struct lsp_click_row *r)
{
	const char *severity = lsp_severity_name(r->kind);

	v->text[BODY] = r->text;
	v->text[SEVERITY] = lsp_otel_bytes(r->encoded, 3);
	if (v->text[SEVERITY].len == 0 && severity)
		v->text[SEVERITY] = lsp_slice_of(severity);
	v->text[EVENT_NAME] = lsp_otel_bytes(r->encoded, 12);
	v->number[FLAGS] = lsp_otel_number(r->encoded, 8) & 0xff;
	v->number[SEVERITY_NUMBER] = r->kind;
}

static void gather(struct values *v, const struct lsp_click_row *r)
{
	memset(v->text, 0, sizeof(v->text));
	memset(v->number, 0, sizeof(v->number));
	v->time_ns = r->time_ns;
	v->message[RECORD] = r->encoded;
	v->message[RESOURCE] = r->resource;
	v->message[SCOPE] = r->scope;
	v->text[SERVICE] = r->service;
	v->text[TRACE_ID] = hex_of(v->hex, r->trace_high, r->trace_low, true);
	v->text[SPAN_ID] = hex_of(v->hex + LSP_TRACE_ID_HEX, 0, r->span_id, false);
	v->text[PARENT_ID] =
		hex_of(v->hex + LSP_TRACE_ID_HEX + LSP_SPAN_ID_HEX, 0, r->parent_id, false);
	v->text[SCOPE_NAME] = lsp_otel_bytes(r->scope, 1);
	v->text[SCOPE_VERSION] = lsp_otel_bytes(r->scope, 2);
	if (r->signal == LSP_CLICK_SPAN)
		gather_span(v, r);
	else
		gather_log(v, r);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Times that a type cannot hold become its last one. */
static int put_time(struct lsp_buf *out, const struct lsp_otel_type *t, uint64_t ns)
{
	uint64_t ticks = t->kind == LSP_OTEL_TICKS ? ns / t->ns_per_tick : ns;
	uint32_t seconds =
		ns / 1000000000u < UINT32_MAX ? (uint32_t)(ns / 1000000000u) : UINT32_MAX;

	if (t->kind == LSP_OTEL_SECONDS)
		return lsp_buf_add(out, &seconds, sizeof(seconds));
	if (t->kind == LSP_OTEL_TICKS && ticks > INT64_MAX)
		ticks = INT64_MAX;
	return lsp_buf_add(out, &ticks, sizeof(ticks));
}

static int put_id_text(struct lsp_buf *out, struct lsp_slice id)
{
	char hex[2 * LSP_TRACE_ID_BYTES];
	size_t n = id.len < LSP_TRACE_ID_BYTES ? id.len : LSP_TRACE_ID_BYTES;

	lsp_hex_encode(hex, (const uint8_t *)id.at, n);
	return lsp_click_put_text(out, (struct lsp_slice){ hex, 2 * n });
}

static int put_element(struct lsp_buf *out, const struct lsp_otel_column *c, struct lsp_slice m)
{
	const struct lsp_otel_source *s = c->source;

	if (c->type.nullable && lsp_buf_add(out, "", 1))
		return -ENOMEM;
	switch (s->shape) {
	case LIST_TIME:
		return put_time(out, &c->type, lsp_otel_number(m, s->inner));
	case LIST_ID:
		return put_id_text(out, lsp_otel_bytes(m, s->inner));
	case LIST_MAP:
		return lsp_otel_put_map(out, m, s->inner);
	default:
		return lsp_click_put_text(out, lsp_otel_bytes(m, s->inner));
	}
}

struct list {
	struct lsp_buf *out;
	const struct lsp_otel_column *column;
	int rc;
};

static void take_element(void *arg, struct lsp_slice element)
{
	struct list *l = arg;

	l->rc = l->rc ? l->rc : put_element(l->out, l->column, element);
}

static int put_list(struct lsp_buf *out, const struct lsp_otel_column *c, struct lsp_slice record)
{
	struct list l = { .out = out, .column = c };

	l.rc = lsp_click_put_varint(out, lsp_otel_count(record, c->source->field));
	lsp_otel_each(record, c->source->field, take_element, &l);
	return l.rc;
}

static int put_column(struct lsp_buf *out, const struct lsp_otel_column *c, const struct values *v)
{
	const struct lsp_otel_source *s = c->source;

	if (s->shape >= LIST_TEXT)
		return put_list(out, c, v->message[RECORD]);
	if (c->type.nullable && lsp_buf_add(out, "", 1))
		return -ENOMEM;
	switch (s->shape) {
	case TEXT:
		return lsp_click_put_text(out, v->text[s->at]);
	case NUMBER:
		return lsp_buf_add(out, &v->number[s->at], c->type.bytes);
	case TIME:
		return put_time(out, &c->type, v->time_ns);
	default:
		return lsp_otel_put_map(out, v->message[s->at], s->field);
	}
}

int lsp_otel_rows(struct lsp_buf *out, const struct lsp_otel_table *t, struct lsp_slice rows)
{
	struct lsp_click_row r;
	struct values v;
	int more, rc = 0;

	while (rc == 0 && (more = lsp_click_rows_take(&rows, &r)) != 0) {
		if (more < 0)
			return more;
		if (r.signal != t->signal)
			continue;
		gather(&v, &r);
		for (size_t i = 0; rc == 0 && i < t->n_columns; i++)
			rc = put_column(out, &t->columns[i], &v);
	}
	return rc;
}
