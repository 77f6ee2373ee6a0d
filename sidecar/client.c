#include "client.h"
#include "absence.h"
#include "json_summary.h"
#include "json_explain.h"
#include "json_trace.h"
#include "json_trace_parse.h"
#include "json_write.h"
#include "show_text.h"
#include "../lib/analysis/skew.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES_MAX    (32u * 1024)
#define TRACE_PATH_CHARS  128
#define EXACT_TIME        "%" PRIu64 ".%09" PRIu64
#define EXACT_TIME_OF(ns) (ns) / 1000000000, (ns) % 1000000000

void lsp_client_set(struct lsp_client *c, int which, const char *value)
{
	enum {
#define X(id, ...) id,
		LSP_CLIENT_OPTION_TABLE(X)
#undef X
			N_OPTIONS
	};
	const char **const places[N_OPTIONS] = { [SERVER] = &c->server,
		[DATA] = &c->data,
		[TOKEN_FILE] = &c->token_file,
		[CA_FILE] = &c->ca_file };
	if (which >= 0 && which < N_OPTIONS && places[which])
		*places[which] = value;
}

int lsp_client_open(struct lsp_client *c)
{
	if (c->server && c->data) {
		snprintf(c->why, sizeof(c->why), "--server and --data: one of them, not both");
		return -EINVAL;
	}
	if (c->data) {
		struct lsp_store_config config = { .data_dir = c->data, .read_only = true };
		return lsp_store_open(&c->store, &config, c->why);
	}
	int rc = lsp_http_open(
		&c->http, c->server, c->token_file, c->ca_file, c->why, sizeof(c->why));
	c->server = c->http.server;
	return rc;
}

void lsp_client_close(struct lsp_client *c)
{
	uint64_t damaged = c->store ? lsp_store_set_aside(c->store) : 0;
	if (damaged)
		fprintf(stderr,
			"linespan: %llu damaged partition(s) of the store in %s left out: this may "
			"be incomplete\n",
			(unsigned long long)damaged, c->data);
	if (c->store)
		lsp_store_free(c->store);
	lsp_http_close(&c->http);
	c->store = NULL;
}

/* Keeps a reason that is there already. */
static int fail(struct lsp_client *c, int rc)
{
	if (rc && !c->why[0])
		snprintf(c->why, sizeof(c->why), "%s: %s", c->data ? c->data : c->server,
			rc == -EBADMSG ? "the answer is not what a linespan sidecar sends"
				       : strerror(-rc));
	return rc;
}

static int not_found(struct lsp_client *c, const struct lsp_trace_key *key)
{
	char id[LSP_TRACE_ID_HEX + 1], more[LSP_ABSENCE_CHARS] = "";
	lsp_trace_key_format(key, id);
	if (c->asked)
		lsp_absence_of_trace(more, lsp_slice_of(c->asked), lsp_now_ns());
	snprintf(c->why, sizeof(c->why),
		"%s: nothing is known of this trace at %s: not sent, sampled out, older than the "
		"retention or not arrived yet%s",
		id, c->data ? c->data : c->server, more);
	return -ENOENT;
}

static int get(struct lsp_client *c, const char *path, json_t **ret)
{
	c->why[0] = 0;
	return lsp_http_get_json(&c->http, path, ret, c->why, sizeof(c->why));
}

static void trace_path(
	const struct lsp_trace_key *key, const char *part, char path[TRACE_PATH_CHARS])
{
	char id[LSP_TRACE_ID_HEX + 1];
	lsp_trace_key_format(key, id);
	snprintf(path, TRACE_PATH_CHARS, "/api/v1/traces/%s%s", id, part);
}

static int get_trace(
	struct lsp_client *c, const struct lsp_trace_key *key, const char *part, json_t **ret)
{
	char path[TRACE_PATH_CHARS];
	trace_path(key, part, path);
	int rc = get(c, path, ret);
	return rc == -ENOENT ? not_found(c, key) : rc;
}

static int read_trace(struct lsp_client *c, const struct lsp_trace_key *key, struct lsp_trace **ret)
{
	c->why[0] = 0;
	int rc = lsp_store_trace(c->store, key, ret);
	if (rc == 0) {
		rc = lsp_skew_correct(*ret);
		if (rc)
			*ret = lsp_trace_free(*ret);
	}
	return rc == -ENOENT ? not_found(c, key) : fail(c, rc);
}

int lsp_client_trace(struct lsp_client *c, const struct lsp_trace_key *key, struct lsp_trace **ret)
{
	if (c->store)
		return read_trace(c, key, ret);
	json_t *json = NULL;
	int rc = get_trace(c, key, "", &json);
	if (rc)
		return rc;
	rc = fail(c, lsp_json_trace_parse(ret, json));
	json_decref(json);
	return rc;
}

static int trace_json(const struct lsp_trace *trace, struct lsp_buf *out)
{
	struct lsp_tree tree = { 0 };
	int rc = lsp_tree_build(&tree, trace);
	json_t *json = rc ? NULL : lsp_json_trace(trace, &tree);
	if (rc == 0)
		rc = json ? lsp_json_write(out, json) : -ENOMEM;
	json_decref(json);
	lsp_tree_release(&tree);
	return rc;
}

int lsp_client_trace_json(
	struct lsp_client *c, const struct lsp_trace_key *key, struct lsp_buf *out)
{
	struct lsp_trace *trace = NULL;
	char path[TRACE_PATH_CHARS];
	if (c->store) {
		int rc = read_trace(c, key, &trace);
		if (rc)
			return rc;
		rc = trace_json(trace, out);
		lsp_trace_free(trace);
		return fail(c, rc);
	}
	trace_path(key, "", path);
	c->why[0] = 0;
	int rc = lsp_http_get(&c->http, path, out, c->why, sizeof(c->why));
	if (rc == 0 && out->at[0] != '{')
		return fail(c, -EBADMSG);
	return rc == -ENOENT ? not_found(c, key) : rc;
}

static int show_trace(
	const struct lsp_trace *trace, const struct lsp_term *term, struct lsp_buf *out)
{
	struct lsp_tree tree = { 0 };
	int rc = lsp_tree_build(&tree, trace);
	rc = rc ? rc : lsp_show_text(out, term, &tree);
	lsp_tree_release(&tree);
	return rc;
}

int lsp_client_trace_text(struct lsp_client *c, const struct lsp_trace_key *key,
	const struct lsp_term *term, struct lsp_buf *out)
{
	struct lsp_trace *trace = NULL;
	char path[TRACE_PATH_CHARS], part[64];
	if (!c->store) {
		snprintf(part, sizeof(part), "/text?columns=%zu&utf8=%d&colour=%d&cut=%d",
			term->columns, term->utf8, term->colour, term->tty);
		trace_path(key, part, path);
		c->why[0] = 0;
		int rc = lsp_http_get(&c->http, path, out, c->why, sizeof(c->why));
		if (rc != -ENOENT)
			return rc;
		/* No such trace, or a sidecar that does not draw. */
		lsp_buf_clear(out);
	}
	int rc = lsp_client_trace(c, key, &trace);
	if (rc)
		return rc;
	rc = show_trace(trace, term, out);
	lsp_trace_free(trace);
	return fail(c, rc);
}

int lsp_client_explain(struct lsp_client *c, const struct lsp_trace_key *key, json_t **ret)
{
	if (!c->store)
		return get_trace(c, key, "/explain", ret);
	struct lsp_trace *trace = NULL;
	int rc = read_trace(c, key, &trace);
	if (rc)
		return rc;
	rc = lsp_json_explain(c->store, trace, ret);
	lsp_trace_free(trace);
	return fail(c, rc);
}

int lsp_client_compare(struct lsp_client *c, const struct lsp_compare_query *q, json_t **ret)
{
	c->why[0] = 0;
	if (c->store)
		return fail(c, lsp_compare_windows(c->store, q, ret));
	char path[256];
	snprintf(path, sizeof(path),
		"/api/v1/compare?baseline=" EXACT_TIME ".." EXACT_TIME "&incident=" EXACT_TIME
		".." EXACT_TIME,
		EXACT_TIME_OF(q->baseline_ns[0]), EXACT_TIME_OF(q->baseline_ns[1]),
		EXACT_TIME_OF(q->incident_ns[0]), EXACT_TIME_OF(q->incident_ns[1]));
	return get(c, path, ret);
}

/* "seconds.nanoseconds", which loses nothing. */
static int add_time(struct lsp_buf *path, const char *name, uint64_t ns)
{
	char text[48];
	if (ns == 0)
		return 0;
	snprintf(text, sizeof(text), EXACT_TIME, EXACT_TIME_OF(ns));
	return lsp_http_add_parameter(path, name, text);
}

static int add_number(struct lsp_buf *path, const char *name, uint64_t n)
{
	char text[24];
	if (n == 0)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return lsp_http_add_parameter(path, name, text);
}

static int add_duration(struct lsp_buf *path, const char *name, uint64_t ns)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64 "ns", ns);
	return ns ? lsp_http_add_parameter(path, name, text) : 0;
}

static int add_text(struct lsp_buf *path, const char *name, const char *value)
{
	return value ? lsp_http_add_parameter(path, name, value) : 0;
}

static int add_attrs(struct lsp_buf *path, const struct lsp_attrs *attrs)
{
	char text[LSP_ATTR_BYTES_MAX + 2];
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < attrs->n; i++) {
		const struct lsp_attr *a = &attrs->at[i];
		snprintf(text, sizeof(text), "%.*s=%.*s", (int)a->key.len, a->key.at,
			(int)a->value.len, a->value.at);
		rc = lsp_http_add_parameter(path, "attr", text);
	}
	return rc;
}

int lsp_client_lint(struct lsp_client *c, const struct lsp_lint_query *q, json_t **ret)
{
	c->why[0] = 0;
	if (c->store)
		return fail(c, lsp_lint_store(c->store, q, ret));
	struct lsp_buf path;
	lsp_buf_init(&path, PATH_BYTES_MAX);
	int rc = lsp_buf_add_text(&path, "/api/v1/lint");
	rc = rc ? rc : add_text(&path, "service", q->service);
	rc = rc ? rc : add_time(&path, "since", q->since_ns);
	rc = rc ? rc : get(c, path.at, ret);
	lsp_buf_release(&path);
	return fail(c, rc);
}

/* By its name, where that says all. */
static int add_severity(struct lsp_buf *path, unsigned severity)
{
	const char *name = lsp_severity_name(severity);
	if (name && lsp_severity_of(lsp_slice_of(name)) == severity)
		return add_text(path, "severity", name);
	return add_number(path, "severity", severity);
}

static int logs_path(struct lsp_buf *path, const struct lsp_log_query *q)
{
	char id[LSP_TRACE_ID_HEX + 1];
	if (q->trace)
		lsp_trace_key_format(q->trace, id);
	int rc = lsp_buf_add_text(path, "/api/v1/logs");
	rc = rc ? rc : add_text(path, "service", q->service);
	rc = rc ? rc : add_severity(path, q->min_severity);
	rc = rc ? rc : add_text(path, "text", q->text);
	rc = rc ? rc : add_attrs(path, &q->attrs);
	rc = rc ? rc : add_text(path, "trace", q->trace ? id : NULL);
	rc = rc ? rc : add_text(path, "no-trace", q->no_trace ? "true" : NULL);
	rc = rc ? rc : add_time(path, "since", q->since_ns);
	rc = rc ? rc : add_time(path, "until", q->until_ns);
	rc = rc ? rc : add_number(path, "after_row", q->after_row);
	return rc ? rc : add_number(path, "limit", q->limit);
}

static int each_log(
	const json_t *logs, int (*each)(void *arg, const struct lsp_log *log), void *arg)
{
	size_t i;
	json_t *one;
	int rc = json_is_array(logs) ? 0 : -EBADMSG, stop = 0;
	json_array_foreach(logs, i, one)
	{
		struct lsp_log log = { 0 };
		rc = lsp_json_log_parse(&log, one);
		if (rc == 0)
			stop = each(arg, &log);
		lsp_log_release(&log);
		if (rc || stop)
			break;
	}
	return rc;
}

int lsp_client_logs(struct lsp_client *c, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row)
{
	if (c->store) {
		c->why[0] = 0;
		return fail(c, lsp_store_logs(c->store, q, each, arg, ret_last_row));
	}
	struct lsp_buf path;
	lsp_buf_init(&path, PATH_BYTES_MAX);
	json_t *json = NULL;
	int rc = logs_path(&path, q);
	rc = rc ? rc : get(c, path.at, &json);
	lsp_buf_release(&path);
	if (rc == 0) {
		rc = each_log(json_object_get(json, "logs"), each, arg);
		const char *row = json_string_value(json_object_get(json, "last_row"));
		if (ret_last_row && row)
			*ret_last_row = strtoull(row, NULL, 10);
	}
	json_decref(json);
	return fail(c, rc);
}

static int search_path(struct lsp_buf *path, const struct lsp_trace_query *q)
{
	int rc = lsp_buf_add_text(path, "/api/v1/traces");
	rc = rc ? rc : add_text(path, "service", q->service);
	rc = rc ? rc : add_text(path, "operation", q->operation);
	rc = rc ? rc : add_text(path, "text", q->text);
	rc = rc ? rc : add_attrs(path, &q->attrs);
	rc = rc ? rc : add_duration(path, "min-duration", q->min_duration_ns);
	rc = rc ? rc : add_duration(path, "max-duration", q->max_duration_ns);
	rc = rc ? rc : add_text(path, "errors", q->errors ? "true" : NULL);
	rc = rc ? rc : add_time(path, "since", q->since_ns);
	rc = rc ? rc : add_time(path, "until", q->until_ns);
	return rc ? rc : add_number(path, "limit", q->limit);
}

int lsp_client_search(struct lsp_client *c, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg)
{
	if (c->store) {
		c->why[0] = 0;
		return fail(c, lsp_store_search(c->store, q, each, arg));
	}
	struct lsp_buf path;
	lsp_buf_init(&path, PATH_BYTES_MAX);
	json_t *json = NULL, *one;
	int rc = search_path(&path, q), stop = 0;
	rc = rc ? rc : get(c, path.at, &json);
	lsp_buf_release(&path);
	const json_t *traces = json_object_get(json, "traces");
	if (rc == 0 && !json_is_array(traces))
		rc = -EBADMSG;
	size_t n = rc ? 0 : json_array_size(traces);
	for (size_t i = 0; i < n && rc == 0 && stop == 0; i++) {
		struct lsp_trace_summary t;
		one = json_array_get(traces, i);
		rc = lsp_json_summary_parse(&t, one);
		stop = rc ? 0 : each(arg, &t);
	}
	json_decref(json);
	return fail(c, rc);
}
