#include "json_trace_parse.h"
#include "../lib/core/hex.h"

#include <errno.h>
#include <stdlib.h>

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* Copies n bytes of hexadecimal; anything else leaves zeros. */
static void id_of(uint8_t *ret, size_t n, const json_t *o, const char *name)
{
	const char *hex = text_of(o, name);
	if (hex && strlen(hex) == 2 * n)
		(void)lsp_hex_decode(ret, hex, n);
}

/* 64-bit times are strings, as in OTLP; a number is accepted, too. */
static uint64_t ns_of(const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);
	if (json_is_integer(value))
		return json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
	const char *text = json_string_value(value);
	return text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : 0;
}

static uint32_t u32_of(const json_t *o, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(o, name));
	return n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static uint8_t number_of(const char *text, const char *(*name)(unsigned), unsigned n)
{
	for (unsigned i = 0; text && i < n; i++) {
		const char *candidate = name(i);
		if (candidate && strcmp(candidate, text) == 0)
			return (uint8_t)i;
	}
	return 0;
}

static int copy_text(char **ret, const json_t *o, const char *name)
{
	const char *text = text_of(o, name);
	free(*ret);
	*ret = strdup(text ? text : "");
	return *ret ? 0 : -ENOMEM;
}

/* Takes over a member when it has the right type; else the empty value that is there stays. */
static void take_json(json_t **ret, const json_t *o, const char *name, bool array)
{
	json_t *value = json_object_get(o, name);
	if (array ? json_is_array(value) : json_is_object(value)) {
		json_decref(*ret);
		*ret = json_incref(value);
	} else if (!*ret) {
		*ret = array ? json_array() : json_object();
	}
}

int lsp_json_log_parse(struct lsp_log *ret, const json_t *json)
{
	if (!json_is_object(json))
		return -EBADMSG;
	id_of(ret->trace_id, LSP_TRACE_ID_BYTES, json, "trace_id");
	id_of(ret->span_id, LSP_SPAN_ID_BYTES, json, "span_id");
	ret->time_ns = ns_of(json, "time_unix_nano");
	const char *severity = text_of(json, "severity");
	ret->severity = severity ? (uint8_t)lsp_severity_of(lsp_slice_of(severity)) : 0;
	ret->intake = number_of(text_of(json, "source"), lsp_intake_name, LSP_INTAKE_N);
	ret->context_source =
		number_of(text_of(json, "context_source"), lsp_source_name, LSP_SOURCE_N);
	ret->pid = u32_of(json, "pid");
	ret->tid = u32_of(json, "tid");
	take_json(&ret->attributes, json, "attributes", false);
	take_json(&ret->resource, json, "resource", false);
	const json_t *body = json_object_get(json, "body");
	ret->body_bytes = json_string_length(body);
	free(ret->body);
	ret->body = malloc(ret->body_bytes + 1);
	if (!ret->body)
		return -ENOMEM;
	memcpy(ret->body, ret->body_bytes ? json_string_value(body) : "", ret->body_bytes);
	ret->body[ret->body_bytes] = 0;
	return copy_text(&ret->service, json, "service");
}

static int add_logs(struct lsp_trace *t, const json_t *logs)
{
	size_t i;
	json_t *one;
	json_array_foreach(logs, i, one)
	{
		struct lsp_log *log = lsp_trace_add_log(t);
		int rc = log ? lsp_json_log_parse(log, one) : -ENOMEM;
		if (rc)
			return rc;
	}
	return 0;
}

static int parse_span(struct lsp_span *s, const json_t *o)
{
	id_of(s->trace_id, LSP_TRACE_ID_BYTES, o, "trace_id");
	id_of(s->span_id, LSP_SPAN_ID_BYTES, o, "span_id");
	id_of(s->parent_span_id, LSP_SPAN_ID_BYTES, o, "parent_span_id");
	s->start_ns = ns_of(o, "start_unix_nano");
	s->end_ns = s->start_ns + ns_of(o, "duration_ns");
	if (s->end_ns < s->start_ns)
		s->end_ns = UINT64_MAX;
	s->skew_ns = json_integer_value(json_object_get(o, "skew_ns"));
	s->kind = number_of(text_of(o, "kind"), lsp_kind_name, LSP_KIND_CONSUMER + 1);
	s->status = number_of(text_of(o, "status"), lsp_status_name, LSP_STATUS_ERROR + 1);
	take_json(&s->attributes, o, "attributes", false);
	take_json(&s->resource, o, "resource", false);
	take_json(&s->scope, o, "scope", false);
	take_json(&s->events, o, "events", true);
	take_json(&s->links, o, "links", true);
	int rc = copy_text(&s->service, o, "service");
	rc = rc ? rc : copy_text(&s->name, o, "name");
	return rc ? rc : copy_text(&s->status_message, o, "status_message");
}

static int add_spans(struct lsp_trace *t, const json_t *spans)
{
	size_t i;
	json_t *one;
	json_array_foreach(spans, i, one)
	{
		if (!json_is_object(one))
			return -EBADMSG;
		struct lsp_span *span = lsp_trace_add_span(t);
		int rc = span ? parse_span(span, one) : -ENOMEM;
		if (rc)
			return rc;
		memcpy(span->trace_id, t->trace_id, LSP_TRACE_ID_BYTES);
		rc = add_logs(t, json_object_get(one, "logs"));
		if (rc)
			return rc;
	}
	return 0;
}

int lsp_json_trace_parse(struct lsp_trace **ret, const json_t *json)
{
	const json_t *spans = json_object_get(json, "spans");
	if (!text_of(json, "trace_id") || !json_is_array(spans))
		return -EBADMSG;
	struct lsp_trace *t = lsp_trace_new();
	if (!t)
		return -ENOMEM;
	id_of(t->trace_id, LSP_TRACE_ID_BYTES, json, "trace_id");
	int rc = add_spans(t, spans);
	rc = rc ? rc : add_logs(t, json_object_get(json, "logs"));
	if (rc) {
		lsp_trace_free(t);
		return rc;
	}
	take_json(&t->notes, json, "notes", true);
	lsp_trace_finish(t);
	*ret = t;
	return 0;
}
