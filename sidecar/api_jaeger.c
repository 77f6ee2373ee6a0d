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
		if (lsp_hex_decode(ids->at[ids->n], hex, LSP_TRACE_ID_BYTES) == 0)
			ids->n++;
	}
	return MHD_YES;
}

/* A number of units of unit_ns, as Jaeger's clients send times. */
static void number_of(struct lsp_api_query *q, const char *name, uint64_t unit_ns, uint64_t *ret_ns)
{
	uint64_t n = 0;
	lsp_api_number(q, name, UINT64_MAX / unit_ns, &n);
	if (n)
		*ret_ns = n * unit_ns;
}

/* "tags" is a JSON object of texts, "tag" one "key:value" of many: all of them in one object. */
static enum MHD_Result add_tag(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	json_t *tags = arg;
	const char *colon = value ? strchr(value, ':') : NULL;
	(void)kind;
	if (strcmp(name, "tag") == 0 && colon)
		json_object_setn_new(tags, value, (size_t)(colon - value), json_string(colon + 1));
	return MHD_YES;
}

/* NULL when the request has been refused. */
static json_t *read_tags(struct lsp_http_request *r)
{
	const char *text = lsp_http_parameter(r, "tags"), *key;
	json_t *tags = text && *text ? json_loads(text, 0, NULL) : json_object(), *value;
	bool good = json_is_object(tags);
	if (good)
		json_object_foreach(tags, key, value) good = good && json_is_string(value);
	if (!good) {
		refuse(r, MHD_HTTP_BAD_REQUEST,
			"unable to parse param 'tags': not a JSON object of texts");
		json_decref(tags);
		return NULL;
	}
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_tag, tags);
	return tags;
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

/* Reads the parameters; false when the request has been refused. */
static bool read_search(struct lsp_http_request *r, struct lsp_trace_query *query, uint64_t *limit)
{
	struct lsp_api_query q;
	lsp_api_query_init(&q, r);
	lsp_api_text(&q, "service", &query->service);
	lsp_api_text(&q, "operation", &query->operation);
	lsp_api_duration(&q, "minDuration", &query->min_duration_ns);
	lsp_api_duration(&q, "maxDuration", &query->max_duration_ns);
	number_of(&q, "start", 1000, &query->since_ns);
	number_of(&q, "end", 1000, &query->until_ns);
	lsp_api_number(&q, "limit", UINT32_MAX, limit);
	if (*limit > TRACES_MAX)
		*limit = TRACES_MAX;
	return !q.bad;
}

static enum lsp_http_result search(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	struct lsp_trace_query query = { 0 };
	uint64_t limit = TRACES_LIMIT;
	json_t *tags = read_search(r, &query, &limit) ? read_tags(r) : NULL;
	struct ids *ids = tags ? calloc(1, sizeof(*ids)) : NULL;
	if (!tags)
		return LSP_HTTP_ANSWERED;
	int rc = ids ? 0 : -ENOMEM;
	if (ids) {
		ids->max = TRACES_MAX;
		MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_asked, ids);
	}
	if (rc == 0 && ids->n == 0 && !query.service && !lsp_http_parameter(r, "traceID")) {
		refuse(r, MHD_HTTP_BAD_REQUEST, "parameter 'service' is required");
	} else {
		if (rc == 0 && ids->n == 0 && query.service) {
			query.limit = ids->max = json_object_size(tags) ? TRACES_MAX : limit;
			rc = lsp_store_search(s->store, &query, add_id, ids);
		}
		(void)answer(r, rc < 0 ? rc : 0, rc < 0 ? NULL : traces_of(r, ids, tags, limit));
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

/* {"name": {"kind": true}} */
static void note_operations(json_t *into, const struct lsp_trace *t, const char *service)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		const struct lsp_span *s = &t->spans[i];
		if (strcmp(s->service, service) != 0 || !s->name || !*s->name)
			continue;
		json_t *name = lsp_otlp_string_json(lsp_slice_of(s->name));
		json_t *kinds = json_object_get(into, json_string_value(name));
		if (!kinds) {
			kinds = json_object();
			json_object_set_new(into, json_string_value(name), kinds);
		}
		json_object_set_new(kinds, s->kind ? lsp_kind_name(s->kind) : "", json_true());
		json_decref(name);
	}
}

static void list_operations(json_t *list, json_t *found, const char *wanted, bool with_kind)
{
	const char *name, *kind;
	json_t *kinds, *yes;
	json_object_foreach(found, name, kinds)
	{
		if (!with_kind)
			json_array_append_new(list, json_string(name));
		json_object_foreach(kinds, kind, yes)
		{
			if (with_kind && (!wanted || !*wanted || strcmp(wanted, kind) == 0))
				json_array_append_new(list,
					json_pack("{s:s,s:s}", "name", name, "spanKind", kind));
		}
	}
}

static enum lsp_http_result operations(
	struct lsp_http_request *r, const char *service, bool with_kind)
{
	struct lsp_trace_query q = { .service = service };
	if (!service || !*service) {
		refuse(r, MHD_HTTP_BAD_REQUEST, "parameter 'service' is required");
		return LSP_HTTP_ANSWERED;
	}
	json_t *found = json_object(), *list = json_array();
	int rc = sample(r, &q, note_operations, found);
	list_operations(list, found, lsp_http_parameter(r, "spanKind"), with_kind);
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
	struct lsp_trace_query q = { 0 };
	struct lsp_api_query parameters;
	uint64_t lookback_ns = 0;
	lsp_api_query_init(&parameters, r);
	number_of(&parameters, "endTs", 1000000, &q.until_ns);
	number_of(&parameters, "lookback", 1000000, &lookback_ns);
	if (parameters.bad)
		return LSP_HTTP_ANSWERED;
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
