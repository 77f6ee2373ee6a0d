/* The Jaeger query API, as Grafana's Jaeger data source and jaeger-ui call it:
 * GET /api/traces?service=…   /api/traces/ID   /api/services   /api/services/S/operations
 *     /api/operations?service=…   /api/dependencies?endTs=…&lookback=… */
#include "api.h"
#include "json_jaeger.h"
#include "../lib/core/hex.h"
#include "../lib/wire/otlp_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRACES_MAX     1500 /* of one answer, as jaeger-ui asks at most */
#define TRACES_LIMIT   20
#define TRACES_SAMPLED 200 /* recent ones, for operations and dependencies */

/* The answer, or the error for rc. Takes the reference. */
static enum lsp_http_result answer(struct lsp_http_request *r, int rc, json_t *data)
{
	if (rc == 0)
		rc = data ? lsp_api_add_json(r, lsp_json_jaeger_data(data)) : -ENOMEM;
	else
		json_decref(data);
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static void refuse(struct lsp_http_request *r, unsigned status, const char *message)
{
	lsp_http_refuse_json(r, status, message);
	lsp_buf_clear(&r->answer.body);
	(void)lsp_api_add_json(r, lsp_json_jaeger_error((int)status, message));
}

static int load(struct lsp_http_request *r, const char *text, struct lsp_trace **ret)
{
	struct lsp_serve *s = r->app;
	struct lsp_trace_key key;
	int rc = lsp_trace_key_parse(&key, lsp_slice_of(text)) ? -EINVAL : 0;
	return rc ? rc : lsp_store_trace(s->store, &key, ret);
}

static json_t *trace_json(const struct lsp_trace *t)
{
	struct lsp_tree tree;
	if (lsp_tree_build(&tree, t))
		return NULL;
	json_t *json = lsp_json_jaeger_trace(&tree);
	lsp_tree_release(&tree);
	return json;
}

static enum lsp_http_result get_trace(struct lsp_http_request *r)
{
	struct lsp_trace *t;
	int rc = load(r, r->segment, &t);
	if (rc == -EINVAL)
		refuse(r, MHD_HTTP_BAD_REQUEST, "not a trace id");
	else if (rc == -ENOENT)
		refuse(r, MHD_HTTP_NOT_FOUND, "trace not found");
	else if (rc)
		lsp_api_fail(r, rc);
	if (rc)
		return LSP_HTTP_ANSWERED;
	json_t *list = json_array();
	if (json_array_append_new(list, trace_json(t)))
		rc = -ENOMEM;
	lsp_trace_free(t);
	return answer(r, rc, list);
}

/* ---- search
 * -------------------------------------------------------------------------------------- */

struct ids {
	uint8_t at[TRACES_MAX][LSP_TRACE_ID_BYTES];
	size_t n, max;
};

static int add_id(void *arg, const struct lsp_trace_summary *t)
{
	struct ids *ids = arg;
	if (ids->n >= ids->max)
		return 1;
	memcpy(ids->at[ids->n++], t->trace_id, LSP_TRACE_ID_BYTES);
	return 0;
}

static enum MHD_Result add_asked(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct ids *ids = arg;
	struct lsp_trace_key key;
	char hex[LSP_TRACE_ID_HEX + 1];
	(void)kind;
	if (strcmp(name, "traceID") == 0 && value && ids->n < ids->max &&
		lsp_trace_key_parse(&key, lsp_slice_of(value)) == 0) {
		lsp_trace_key_format(&key, hex);
		if (lsp_hex_decode(ids->at[ids->n], hex, LSP_TRACE_ID_BYTES))
			ids->n++;
	}
	return MHD_YES;
}

/* A number of microseconds, as Jaeger's clients send times. */
static uint64_t micros(const struct lsp_http_request *r, const char *name)
{
	const char *text = lsp_http_parameter(r, name);
	return text ? strtoull(text, NULL, 10) * 1000u : 0;
}

static bool has_tag(const struct lsp_span *s, const char *key, const char *wanted)
{
	const json_t *v = json_object_get(s->attributes, key);
	if (!v)
		v = json_object_get(s->resource, key);
	if (!v && strcmp(key, "error") == 0)
		return (s->status == LSP_STATUS_ERROR) == (strcmp(wanted, "true") == 0);
	if (!v && strcmp(key, "span.kind") == 0)
		return strcmp(lsp_kind_name(s->kind), wanted) == 0;
	char *dump = json_is_string(v) ? NULL : v ? json_dumps(v, JSON_ENCODE_ANY) : NULL;
	const char *text = json_is_string(v) ? json_string_value(v) : dump;
	bool same = text && strcmp(text, wanted) == 0;
	free(dump);
	return same;
}

/* One span of the service has all tags. */
static bool fits(const struct lsp_trace *t, const char *service, const json_t *tags)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		bool all = !service || strcmp(t->spans[i].service, service) == 0;
		const char *key;
		json_t *value;
		json_object_foreach((json_t *)tags, key, value) all =
			all && json_is_string(value) &&
			has_tag(&t->spans[i], key, json_string_value(value));
		if (all)
			return true;
	}
	return json_object_size(tags) == 0;
}

static int load_at(
	struct lsp_http_request *r, const struct ids *ids, size_t i, struct lsp_trace **ret)
{
	char hex[LSP_TRACE_ID_HEX + 1] = "";
	lsp_hex_encode(hex, ids->at[i], LSP_TRACE_ID_BYTES);
	return load(r, hex, ret);
}

static json_t *traces_of(
	struct lsp_http_request *r, const struct ids *ids, const json_t *tags, size_t limit)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ids->n && json_array_size(list) < limit; i++) {
		struct lsp_trace *t;
		if (load_at(r, ids, i, &t))
			continue;
		if (t->n_spans && fits(t, lsp_http_parameter(r, "service"), tags))
			json_array_append_new(list, trace_json(t));
		lsp_trace_free(t);
	}
	return list;
}

static enum lsp_http_result search(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	struct lsp_trace_query query = { .since_ns = micros(r, "start"),
		.until_ns = micros(r, "end") };
	struct lsp_api_query q;
	uint64_t limit = TRACES_LIMIT;
	const char *tags_text = NULL;
	lsp_api_query_init(&q, r);
	lsp_api_text(&q, "service", &query.service);
	lsp_api_text(&q, "operation", &query.operation);
	lsp_api_text(&q, "tags", &tags_text);
	lsp_api_duration(&q, "minDuration", &query.min_duration_ns);
	lsp_api_duration(&q, "maxDuration", &query.max_duration_ns);
	lsp_api_number(&q, "limit", TRACES_MAX, &limit);
	if (q.bad)
		return LSP_HTTP_ANSWERED;
	json_t *tags = tags_text ? json_loads(tags_text, 0, NULL) : NULL;
	struct ids *ids = calloc(1, sizeof(*ids));
	int rc = ids ? 0 : -ENOMEM;
	if (tags_text && !json_is_object(tags)) {
		refuse(r, MHD_HTTP_BAD_REQUEST, "tags: not a JSON object of texts");
	} else if (rc == 0) {
		ids->max = json_object_size(tags) ? TRACES_MAX : limit;
		MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_asked, ids);
		query.limit = ids->max;
		if (ids->n == 0)
			rc = lsp_store_search(s->store, &query, add_id, ids);
		(void)answer(r, rc < 0 ? rc : 0, rc < 0 ? NULL : traces_of(r, ids, tags, limit));
	} else {
		lsp_api_fail(r, rc);
	}
	free(ids);
	json_decref(tags);
	return LSP_HTTP_ANSWERED;
}

/* ---- services, operations
 * ------------------------------------------------------------------------ */

static int add_service(void *arg, const char *service)
{
	return json_array_append_new(arg, lsp_otlp_string_json(lsp_slice_of(service)));
}

static enum lsp_http_result get_services(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	json_t *services = json_array();
	int rc = lsp_store_services(s->store, add_service, services);
	return answer(r, rc, services);
}

/* Calls each for recent traces that the query finds. */
static int sample(struct lsp_http_request *r, struct lsp_trace_query *q,
	void (*each)(json_t *into, const struct lsp_trace *t, const char *service), json_t *into)
{
	struct lsp_serve *s = r->app;
	struct ids *ids = calloc(1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	q->limit = ids->max = TRACES_SAMPLED;
	int rc = lsp_store_search(s->store, q, add_id, ids);
	for (size_t i = 0; rc >= 0 && i < ids->n; i++) {
		struct lsp_trace *t;
		if (load_at(r, ids, i, &t))
			continue;
		each(into, t, q->service);
		lsp_trace_free(t);
	}
	free(ids);
	return rc < 0 ? rc : 0;
}

static void note_operations(json_t *into, const struct lsp_trace *t, const char *service)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		const struct lsp_span *s = &t->spans[i];
		if (strcmp(s->service, service) == 0 && s->name && *s->name)
			json_object_set_new(
				into, s->name, json_string(s->kind ? lsp_kind_name(s->kind) : ""));
	}
}

static enum lsp_http_result operations(
	struct lsp_http_request *r, const char *service, bool with_kind)
{
	struct lsp_trace_query q = { .service = service };
	const char *wanted = lsp_http_parameter(r, "spanKind"), *name;
	json_t *found = json_object(), *list = json_array(), *kind;
	if (!service || !*service) {
		refuse(r, MHD_HTTP_BAD_REQUEST, "parameter 'service' is required");
		json_decref(found);
		json_decref(list);
		return LSP_HTTP_ANSWERED;
	}
	int rc = sample(r, &q, note_operations, found);
	json_object_foreach(found, name, kind)
	{
		if (wanted && *wanted && strcmp(wanted, json_string_value(kind)) != 0)
			continue;
		json_array_append_new(
			list, with_kind ? json_pack("{s:s,s:O}", "name", name, "spanKind", kind)
					: json_string(name));
	}
	json_decref(found);
	return answer(r, rc, list);
}

static enum lsp_http_result get_operations(struct lsp_http_request *r)
{
	return operations(r, lsp_http_parameter(r, "service"), true);
}

static enum lsp_http_result get_service_operations(struct lsp_http_request *r)
{
	return operations(r, r->segment, false);
}

/* ---- dependencies
 * -------------------------------------------------------------------------------- */

static void note_call(json_t *into, const char *parent, const char *child)
{
	json_t *calls = json_object_get(into, parent);
	if (!calls) {
		json_object_set_new(into, parent, json_object());
		calls = json_object_get(into, parent);
	}
	json_int_t n = json_integer_value(json_object_get(calls, child));
	json_object_set_new(calls, child, json_integer(n + 1));
}

static void note_calls(json_t *into, const struct lsp_trace *t, const char *unused)
{
	struct lsp_tree tree;
	(void)unused;
	if (lsp_tree_build(&tree, t))
		return;
	for (size_t i = 0; i < t->n_spans; i++) {
		size_t parent = tree.nodes[i].parent;
		if (parent != LSP_TREE_NONE &&
			strcmp(t->spans[parent].service, t->spans[i].service) != 0)
			note_call(into, t->spans[parent].service, t->spans[i].service);
	}
	lsp_tree_release(&tree);
}

static enum lsp_http_result get_dependencies(struct lsp_http_request *r)
{
	const char *end = lsp_http_parameter(r, "endTs"), *back = lsp_http_parameter(r, "lookback");
	struct lsp_trace_query q = { .until_ns = end ? strtoull(end, NULL, 10) * 1000000u : 0 };
	uint64_t lookback_ns = back ? strtoull(back, NULL, 10) * 1000000u : 0;
	json_t *found = json_object(), *list = json_array(), *calls, *n;
	const char *parent, *child;
	if (q.until_ns && lookback_ns)
		q.since_ns = lookback_ns < q.until_ns ? q.until_ns - lookback_ns : 0;
	int rc = sample(r, &q, note_calls, found);
	json_object_foreach(found, parent, calls)
	{
		json_object_foreach(calls, child, n)
			json_array_append_new(list, json_pack("{s:s,s:s,s:O}", "parent", parent,
							    "child", child, "callCount", n));
	}
	json_decref(found);
	return answer(r, rc, list);
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/traces", search, LSP_HTTP_SLOW, refuse },
	{ "GET", "/api/traces/*", get_trace, LSP_HTTP_SLOW, refuse },
	{ "GET", "/api/services", get_services, LSP_HTTP_SLOW, refuse },
	{ "GET", "/api/services/*/operations", get_service_operations, LSP_HTTP_SLOW, refuse },
	{ "GET", "/api/operations", get_operations, LSP_HTTP_SLOW, refuse },
	{ "GET", "/api/dependencies", get_dependencies, LSP_HTTP_SLOW, refuse },
};
const struct lsp_http_routes lsp_routes_jaeger = { routes, sizeof(routes) / sizeof(routes[0]) };
