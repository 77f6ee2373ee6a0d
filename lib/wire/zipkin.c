#include "zipkin.h"
#include "otlp_json_schema.h"
#include "otlp_record.h"
#include "../core/hex.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SPAN_BYTES_MAX (16u * 1024 * 1024)
#define US_MAX         (UINT64_MAX / 1000)

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	return value ? value : "";
}

/* {"key":…,"value":{"stringValue":…}} onto a list. */
static void add_attr(json_t *list, const char *key, json_t *value)
{
	if (value)
		json_array_append_new(list, json_pack("{s:s,s:o}", "key", key, "value", value));
}

static void add_text(json_t *list, const char *key, const json_t *value)
{
	if (json_is_string(value) && json_string_length(value))
		add_attr(list, key, json_pack("{s:O}", "stringValue", value));
}

static void add_number(json_t *list, const char *key, const json_t *value)
{
	if (json_is_integer(value) && json_integer_value(value) > 0)
		add_attr(list, key, json_pack("{s:O}", "intValue", value));
}

/* Microseconds, as a number or a decimal string, as OTLP's nanoseconds. */
static bool read_us(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(object, key);
	char *end;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
	} else if (json_is_real(value) && json_real_value(value) >= 0 &&
		   json_real_value(value) < 1e16) {
		*ret = (uint64_t)json_real_value(value);
	} else if (json_is_string(value) && json_string_length(value)) {
		*ret = strtoull(json_string_value(value), &end, 10);
		if (*end || *json_string_value(value) == '-')
			return false;
	} else {
		return false;
	}
	return *ret <= US_MAX;
}

static json_t *ns_of(uint64_t us)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRIu64, us * 1000);
	return json_string(digits);
}

/* ---- the parts of a span --------------------------------------------------------------------- */

static int kind_of(const json_t *zipkin)
{
	static const struct {
		const char *name;
		int kind;
	} kinds[] = { { "SERVER", LSP_KIND_SERVER }, { "CLIENT", LSP_KIND_CLIENT },
		{ "PRODUCER", LSP_KIND_PRODUCER }, { "CONSUMER", LSP_KIND_CONSUMER } };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(text(zipkin, "kind"), kinds[i].name) == 0)
			return kinds[i].kind;
	return LSP_KIND_INTERNAL;
}

/* "error" may be a message, or just there. What OpenTelemetry's exporters wrote says it better. */
static json_t *status_of(const json_t *tags)
{
	const json_t *code = json_object_get(tags, "otel.status_code");
	const json_t *error = json_object_get(tags, "error");
	if (code)
		return json_pack("{s:i,s:s}", "code",
			strcmp(json_string_value(code) ? json_string_value(code) : "", "ERROR") == 0
				? LSP_STATUS_ERROR
				: LSP_STATUS_OK,
			"message",
			json_is_string(error) ? json_string_value(error)
					      : text(tags, "otel.status_description"));
	if (!error || strcmp(text(tags, "error"), "false") == 0)
		return NULL;
	return json_pack("{s:i,s:s}", "code", LSP_STATUS_ERROR, "message",
		strcmp(text(tags, "error"), "true") == 0 ? "" : text(tags, "error"));
}

static const json_t *address_of(const json_t *endpoint)
{
	const json_t *v4 = json_object_get(endpoint, "ipv4");
	return v4 ? v4 : json_object_get(endpoint, "ipv6");
}

static json_t *attributes_of(const json_t *zipkin, json_t *tags)
{
	const json_t *remote = json_object_get(zipkin, "remoteEndpoint");
	json_t *list = json_array(), *value;
	const char *key;
	json_object_foreach(tags, key, value) if (strncmp(key, "otel.status_", 12) != 0)
		add_text(list, key, value);
	add_text(list, "peer.service", json_object_get(remote, "serviceName"));
	add_text(list, "network.peer.address", address_of(remote));
	add_number(list, "network.peer.port", json_object_get(remote, "port"));
	return list;
}

static json_t *events_of(const json_t *zipkin)
{
	const json_t *annotations = json_object_get(zipkin, "annotations"), *one;
	json_t *events = json_array();
	size_t i;
	json_array_foreach(annotations, i, one)
	{
		uint64_t at = 0;
		(void)read_us(one, "timestamp", &at);
		json_array_append_new(events, json_pack("{s:o,s:s}", "timeUnixNano", ns_of(at),
						      "name", text(one, "value")));
	}
	return events;
}

/* 64-bit trace ids are the low half. */
static void put_trace_id(json_t *span, const char *id)
{
	char padded[LSP_TRACE_ID_HEX + 1];
	size_t n = strlen(id);
	if (n && n <= LSP_TRACE_ID_HEX) {
		memset(padded, '0', LSP_TRACE_ID_HEX);
		memcpy(padded + LSP_TRACE_ID_HEX - n, id, n + 1);
		id = padded;
	}
	json_object_set_new(span, "traceId", json_string(id));
}

/* Zipkin lets the two ends of a call have one id. */
static void put_ids(json_t *span, const json_t *zipkin)
{
	const char *id = text(zipkin, "id"), *parent = text(zipkin, "parentId");
	uint8_t bytes[LSP_SPAN_ID_BYTES];
	char own[LSP_SPAN_ID_HEX + 1];
	put_trace_id(span, text(zipkin, "traceId"));
	if (json_is_true(json_object_get(zipkin, "shared")) && strlen(id) == LSP_SPAN_ID_HEX &&
		lsp_hex_decode(bytes, id, sizeof(bytes)) == 0) {
		parent = id;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] ^= 0x5a;
		lsp_hex_encode(own, bytes, sizeof(bytes));
		own[LSP_SPAN_ID_HEX] = 0;
		id = own;
	}
	json_object_set_new(span, "spanId", json_string(id));
	if (*parent)
		json_object_set_new(span, "parentSpanId", json_string(parent));
}

static json_t *otlp_span_of(const json_t *zipkin)
{
	json_t *tags = json_object_get(zipkin, "tags"), *span = json_object(), *status;
	uint64_t start = 0, duration = 0;
	(void)read_us(zipkin, "timestamp", &start);
	(void)read_us(zipkin, "duration", &duration);
	if (start + duration > US_MAX)
		duration = 0;
	put_ids(span, zipkin);
	json_object_set_new(span, "name", json_string(text(zipkin, "name")));
	json_object_set_new(span, "kind", json_integer(kind_of(zipkin)));
	json_object_set_new(span, "startTimeUnixNano", ns_of(start));
	json_object_set_new(span, "endTimeUnixNano", ns_of(start + duration));
	json_object_set_new(span, "attributes", attributes_of(zipkin, tags));
	json_object_set_new(span, "events", events_of(zipkin));
	status = status_of(tags);
	if (status)
		json_object_set_new(span, "status", status);
	return span;
}

static json_t *resource_of(const json_t *zipkin)
{
	const json_t *local = json_object_get(zipkin, "localEndpoint");
	json_t *list = json_array();
	add_text(list, "service.name", json_object_get(local, "serviceName"));
	add_text(list, "host.ip", address_of(local));
	return json_pack("{s:o}", "attributes", list);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Takes over the reference. */
static int encode(struct lsp_batch *b, json_t *object, const struct lsp_json_message *message,
	struct lsp_slice *ret, struct lsp_otlp_result *result)
{
	char why[160] = "";
	struct lsp_buf out;
	lsp_buf_init(&out, SPAN_BYTES_MAX);
	int rc = object ? lsp_json_encode(&out, object, message, why, sizeof(why), NULL) : -ENOMEM;
	json_decref(object);
	*ret = (struct lsp_slice){ "", 0 };
	if (rc == 0 && out.len)
		rc = lsp_batch_copy(b, (struct lsp_slice){ out.at, out.len }, ret);
	lsp_buf_release(&out);
	if (rc == -EBADMSG)
		snprintf(result->message, sizeof(result->message), "span rejected: %s", why);
	return rc;
}

static int take_span(struct lsp_batch *b, const json_t *zipkin, struct lsp_otlp_result *result)
{
	struct lsp_slice resource, encoded;
	uint32_t index;
	int rc = encode(b, resource_of(zipkin), &lsp_json_resource, &resource, result);
	rc = rc ? rc : encode(b, otlp_span_of(zipkin), &lsp_json_span, &encoded, result);
	if (rc == -EBADMSG) {
		result->rejected++;
		return 0;
	}
	struct lsp_origin *origin = rc ? NULL : lsp_batch_add_origin(b, &index);
	if (!origin)
		return rc ? rc : -ENOMEM;
	origin->resource = resource;
	(void)lsp_otlp_service_of(resource, &origin->service);
	size_t before = b->n_spans;
	rc = lsp_otlp_take_span(b, encoded, index, 0, result);
	if (rc == 0 && b->n_spans > before)
		b->spans[before].intake = LSP_INTAKE_ZIPKIN;
	return rc;
}

int lsp_zipkin_spans(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	json_error_t error;
	const json_t *one;
	size_t i;
	int rc = 0;
	memset(ret, 0, sizeof(*ret));
	json_t *list = json_loadb(body.len ? body.at : "", body.len, 0, &error);
	if (!json_is_array(list)) {
		snprintf(ret->message, sizeof(ret->message), "not a list of Zipkin spans: %s",
			list ? "no JSON array" : error.text);
		json_decref(list);
		return -EBADMSG;
	}
	json_array_foreach(list, i, one)
	{
		if (!json_is_object(one)) {
			snprintf(ret->message, sizeof(ret->message),
				"not a list of Zipkin spans: element %zu is no object", i);
			rc = -EBADMSG;
		}
		rc = rc ? rc : take_span(b, one, ret);
		if (rc)
			break;
	}
	json_decref(list);
	return rc;
}
