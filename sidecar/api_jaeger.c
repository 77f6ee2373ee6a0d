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

/* What "tags" and "tag" ask for. */
struct tags {
	json_t *json; /* owns what attrs points to */
	struct lsp_attrs attrs;
	const char *bad; /* the first "tag" that is none */
	int rc;
};

static void release_tags(struct tags *t)
{
	json_decref(t->json);
}

static enum MHD_Result add_tag(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct tags *t = arg;
	(void)kind;
	if (strcmp(name, "tag") != 0 || t->rc)
		return MHD_YES;
	t->rc = value ? lsp_attrs_add_text(&t->attrs, value, ':') : -EINVAL;
	t->bad = value ? value : "";
	return MHD_YES;
}

static int read_json_tags(struct tags *t, const char *text)
{
	const char *key;
	json_t *value;
	int rc = 0;
	t->json = json_loads(text, 0, NULL);
	if (!json_is_object(t->json))
		return -EINVAL;
	json_object_foreach(t->json, key, value)
	{
		struct lsp_slice v = { json_string_value(value), json_string_length(value) };
		rc = rc ? rc : !v.at ? -EINVAL : lsp_attrs_add(&t->attrs, lsp_slice_of(key), v);
	}
	return rc;
}

/* "tags" is a JSON object of texts, "tag" one "key:value" of many. False when the request has been
 * refused. */
static bool read_tags(struct lsp_http_request *r, struct tags *t)
{
	const char *text = lsp_http_parameter(r, "tags");
	char message[512];
	t->rc = text && *text ? read_json_tags(t, text) : 0;
	if (t->rc) {
		refuse(r, MHD_HTTP_BAD_REQUEST,
			"unable to parse param 'tags': not a JSON object of at most 16 texts");
		return false;
	}
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_tag, t);
	if (t->rc) {
		snprintf(message, sizeof(message),
			"malformed 'tag' parameter, expected key:value, at most 16: %.100s",
			t->bad);
		refuse(r, MHD_HTTP_BAD_REQUEST, message);
	}
	return t->rc == 0;
}

static int load_at(
	struct lsp_http_request *r, const struct ids *ids, size_t i, struct lsp_trace **ret)
{
	char hex[LSP_TRACE_ID_HEX + 1] = "";
	lsp_hex_encode(hex, ids->at[i], LSP_TRACE_ID_BYTES);
	return load(r, hex, ret);
}

static json_t *traces_of(struct lsp_http_request *r, const struct ids *ids)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ids->n; i++) {
		struct lsp_trace *t;
		if (load_at(r, ids, i, &t))
			continue;
		if (t->n_spans)
			json_array_append_new(list, trace_json(t));
		lsp_trace_free(t);
	}
	return list;
}

/* Reads the parameters; false when the request has been refused. */
static bool read_search(struct lsp_http_request *r, struct lsp_trace_query *query)
{
	struct lsp_api_query q;
	uint64_t limit = query->limit;
	lsp_api_query_init(&q, r);
	lsp_api_text(&q, "service", &query->service);
	lsp_api_text(&q, "operation", &query->operation);
	lsp_api_duration(&q, "minDuration", &query->min_duration_ns);
	lsp_api_duration(&q, "maxDuration", &query->max_duration_ns);
	number_of(&q, "start", 1000, &query->since_ns);
	number_of(&q, "end", 1000, &query->until_ns);
	lsp_api_number(&q, "limit", UINT32_MAX, &limit);
	query->limit = limit < TRACES_MAX ? limit : TRACES_MAX;
	return !q.bad;
}

static int find(struct lsp_http_request *r, struct lsp_trace_query *query, struct ids *ids)
{
	struct lsp_serve *s = r->app;
	ids->max = TRACES_MAX;
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_asked, ids);
	if (ids->n || !query->service)
		return 0;
	ids->max = query->limit;
	int rc = lsp_store_search(s->store, query, add_id, ids);
	return rc < 0 ? rc : 0;
}

static enum lsp_http_result search(struct lsp_http_request *r)
{
	struct lsp_trace_query query = { .limit = TRACES_LIMIT };
	struct tags tags = { 0 };
	if (!read_search(r, &query))
		return LSP_HTTP_ANSWERED;
	if (!read_tags(r, &tags)) {
		release_tags(&tags);
		return LSP_HTTP_ANSWERED;
	}
	query.attrs = tags.attrs;
	if (!query.service && !lsp_http_parameter(r, "traceID")) {
		refuse(r, MHD_HTTP_BAD_REQUEST, "parameter 'service' is required");
	} else {
		struct ids *ids = calloc(1, sizeof(*ids));
		int rc = ids ? find(r, &query, ids) : -ENOMEM;
		(void)answer(r, rc, rc ? NULL : traces_of(r, ids));
		free(ids);
	}
	release_tags(&tags);
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
