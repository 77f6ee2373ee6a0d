#include "otlp_json.h"
#include "otlp_findings.h"
#include "otlp_json_schema.h"
#include "otlp_record.h"
#include "otlp_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD_BYTES_MAX (64u * 1024 * 1024)

/* The names of one signal's layers, and what takes its records. */
struct signal {
	const char *resources, *scopes, *records;
	const struct lsp_json_message *message;
	int (*take)(struct lsp_batch *b, struct lsp_slice encoded, uint32_t origin, unsigned unread,
		struct lsp_otlp_result *result);
	const char *what;
};

static int bad(struct lsp_otlp_result *result, const char *what, const char *detail)
{
	snprintf(result->message, sizeof(result->message), "malformed JSON: %s%s", what, detail);
	return -EBADMSG;
}

/* An object's message, in the batch's memory. A missing object is an empty message. */
static int encode(struct lsp_batch *b, const json_t *object, const struct lsp_json_message *message,
	struct lsp_slice *ret, unsigned *ret_unread, struct lsp_otlp_result *result)
{
	char why[160] = "";
	struct lsp_buf out;
	int r = 0;

	*ret = (struct lsp_slice){ "", 0 };
	*ret_unread = 0;
	if (!object || json_is_null(object))
		return 0;
	lsp_buf_init(&out, RECORD_BYTES_MAX);
	r = lsp_json_encode(&out, object, message, why, sizeof(why), ret_unread);
	if (r == 0 && out.len)
		r = lsp_batch_copy(b, (struct lsp_slice){ out.at, out.len }, ret);
	lsp_buf_release(&out);
	return r == -EBADMSG ? bad(result, why, "") : r;
}

/* The array of that name; a missing one is empty. Returns -EBADMSG for anything else. */
static int list(
	const json_t *object, const char *key, const json_t **ret, struct lsp_otlp_result *result)
{
	*ret = json_object_get(object, key);
	if (!json_is_object(object))
		return bad(result, key, ": not inside an object");
	if (*ret && !json_is_null(*ret) && !json_is_array(*ret))
		return bad(result, key, ": not an array");
	return 0;
}

static int take_scope(struct lsp_batch *b, const json_t *scope_records, const struct signal *s,
	struct lsp_slice resource, struct lsp_otlp_result *result)
{
	const json_t *records, *record;
	struct lsp_origin *origin;
	struct lsp_slice encoded;
	uint32_t index;
	unsigned unread;
	size_t i;
	int r = list(scope_records, s->records, &records, result);

	if (r == 0)
		r = encode(b, json_object_get(scope_records, "scope"), &lsp_json_scope, &encoded,
			&unread, result);
	if (r)
		return r;
	if (json_array_size(records) == 0)
		return 0;
	origin = lsp_batch_add_origin(b, &index);
	if (!origin)
		return -ENOMEM;
	origin->resource = resource;
	origin->scope = encoded;
	(void)lsp_otlp_service_of(resource, &origin->service);
	json_array_foreach(records, i, record)
	{
		if (!json_is_object(record))
			return bad(result, s->records, ": a record is not an object");
		r = encode(b, record, s->message, &encoded, &unread, result);
		if (r == 0)
			r = s->take(b, encoded, index, unread, result);
		if (r)
			return r;
	}
	return 0;
}

static int take_resource(struct lsp_batch *b, const json_t *resource_records,
	const struct signal *s, struct lsp_otlp_result *result)
{
	const json_t *scopes, *scope;
	struct lsp_slice resource;
	unsigned unread;
	size_t i;
	int r = list(resource_records, s->scopes, &scopes, result);

	if (r == 0)
		r = encode(b, json_object_get(resource_records, "resource"), &lsp_json_resource,
			&resource, &unread, result);
	if (r)
		return r;
	json_array_foreach(scopes, i, scope)
	{
		r = take_scope(b, scope, s, resource, result);
		if (r)
			return r;
	}
	return 0;
}

static json_t *parse(struct lsp_slice body, struct lsp_otlp_result *result)
{
	json_error_t error;
	char where[80];
	json_t *request = json_loadb(
		body.len ? body.at : "{}", body.len ? body.len : 2, JSON_ALLOW_NUL, &error);

	memset(result, 0, sizeof(*result));
	if (!request) {
		snprintf(where, sizeof(where), " at line %d column %d", error.line, error.column);
		(void)bad(result, error.text, where);
	} else if (!json_is_object(request)) {
		(void)bad(result, "not an object", "");
		json_decref(request);
		request = NULL;
	}
	return request;
}

static int take_request(struct lsp_batch *b, struct lsp_slice body, const struct signal *s,
	struct lsp_otlp_result *result)
{
	json_t *request = parse(body, result);
	const json_t *resources, *resource;
	size_t i;
	int r;

	if (!request)
		return -EBADMSG;
	r = list(request, s->resources, &resources, result);
	if (r == 0)
		json_array_foreach(resources, i, resource)
		{
			r = take_resource(b, resource, s, result);
			if (r)
				break;
		}
	json_decref(request);
	if (r == 0)
		lsp_otlp_findings_say(result, s->what);
	return r;
}

int lsp_otlp_json_traces(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	static const struct signal traces = { "resourceSpans", "scopeSpans", "spans",
		&lsp_json_span, lsp_otlp_take_span, "spans" };

	return take_request(b, body, &traces, ret);
}

int lsp_otlp_json_logs(struct lsp_batch *b, struct lsp_slice body, struct lsp_otlp_result *ret)
{
	static const struct signal logs = { "resourceLogs", "scopeLogs", "logRecords",
		&lsp_json_log_record, lsp_otlp_take_log, "log records" };

	return take_request(b, body, &logs, ret);
}

/* ---- metrics --------------------------------------------------------------------------------- */

static uint64_t count_points(const json_t *metric)
{
	static const char *const kinds[] = { "gauge", "sum", "histogram", "exponentialHistogram",
		"summary" };
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		n += json_array_size(
			json_object_get(json_object_get(metric, kinds[i]), "dataPoints"));
	return n;
}

int lsp_otlp_json_metrics(struct lsp_slice body, struct lsp_otlp_result *ret)
{
	json_t *request = parse(body, ret);
	const json_t *resource, *scope, *metric;
	uint64_t points = 0;
	size_t i, k, m;

	if (!request)
		return -EBADMSG;
	json_array_foreach(json_object_get(request, "resourceMetrics"), i, resource)
		json_array_foreach(json_object_get(resource, "scopeMetrics"), k, scope)
			json_array_foreach(json_object_get(scope, "metrics"), m, metric) points +=
		count_points(metric);
	json_decref(request);
	lsp_otlp_metrics_say(ret, points);
	return 0;
}

/* ---- answers --------------------------------------------------------------------------------- */

static int put_json(struct lsp_buf *out, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	int r = text ? lsp_buf_add_text(out, text) : -ENOMEM;

	free(text);
	json_decref(json);
	return r;
}

int lsp_otlp_json_response(struct lsp_buf *out, const struct lsp_otlp_result *r, const char *kind)
{
	const char *key = strcmp(kind, "traces") == 0 ? "rejectedSpans"
			  : strcmp(kind, "logs") == 0 ? "rejectedLogRecords"
						      : "rejectedDataPoints";
	json_t *answer = json_object(), *partial;
	char count[24];

	if (r->rejected || r->message[0]) {
		partial = json_object();
		snprintf(count, sizeof(count), "%llu", (unsigned long long)r->rejected);
		if (r->rejected)
			json_object_set_new(partial, key, json_string(count));
		if (r->message[0])
			json_object_set_new(partial, "errorMessage",
				lsp_otlp_string_json(lsp_slice_of(r->message)));
		json_object_set_new(answer, "partialSuccess", partial);
	}
	return put_json(out, answer);
}

int lsp_otlp_json_status(struct lsp_buf *out, int grpc_code, const char *message)
{
	json_t *status = json_object();

	json_object_set_new(status, "code", json_integer(grpc_code));
	json_object_set_new(status, "message", lsp_otlp_string_json(lsp_slice_of(message)));
	return put_json(out, status);
}
