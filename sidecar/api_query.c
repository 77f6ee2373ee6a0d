#include "api.h"
#include "json_write.h"
#include "when.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_CHARS 32

void lsp_api_query_init(struct lsp_api_query *q, struct lsp_http_request *r)
{
	*q = (struct lsp_api_query){ .request = r, .now_ns = lsp_now_ns() };
}

static void refuse(struct lsp_api_query *q, const char *message)
{
	if (!q->bad)
		q->request->route->refuse(q->request, MHD_HTTP_BAD_REQUEST, message);
	q->bad = true;
}

void lsp_api_refuse(
	struct lsp_api_query *q, const char *name, const char *value, const char *wanted)
{
	char message[512];
	snprintf(message, sizeof(message), "%s: \"%.100s\" is not %s", name, value, wanted);
	refuse(q, message);
}

/* "no-trace" as programs that cannot write a "-" in a name spell it. */
static const char *with_underscores(const char *name, char out[NAME_CHARS])
{
	snprintf(out, NAME_CHARS, "%s", name);
	for (char *p = out; *p; p++)
		if (*p == '-')
			*p = '_';
	return out;
}

void lsp_api_allow(struct lsp_api_query *q, const char *const *names, size_t n)
{
	char spelled[32][NAME_CHARS];
	const char *both[64] = { NULL };
	size_t m = 0;
	for (size_t i = 0; i < n && i < 32; i++) {
		both[m++] = names[i];
		both[m++] = with_underscores(names[i], spelled[i]);
	}
	const char *unknown = lsp_http_unknown_parameter(q->request, both, m);
	if (!unknown)
		return;
	char message[512];
	int used =
		snprintf(message, sizeof(message), "%.64s: no such parameter; there are", unknown);
	for (size_t i = 0; i < n && used < (int)sizeof(message); i++)
		used += snprintf(message + used, sizeof(message) - (size_t)used, "%s %s",
			i ? "," : "", names[i]);
	refuse(q, message);
}

static const char *value_of(struct lsp_api_query *q, const char *name)
{
	char spelled[NAME_CHARS];
	const char *value = lsp_http_parameter(q->request, name);
	if (!value)
		value = lsp_http_parameter(q->request, with_underscores(name, spelled));
	return value && *value ? value : NULL;
}

void lsp_api_text(struct lsp_api_query *q, const char *name, const char **ret)
{
	const char *value = value_of(q, name);
	if (value)
		*ret = value;
}

void lsp_api_flag(struct lsp_api_query *q, const char *name, bool *ret)
{
	static const char *const words[] = { "false", "true", "0", "1", "no", "yes", "off", "on" };
	const char *value = value_of(q, name);
	char spelled[NAME_CHARS];
	/* "?errors" alone is an option without a value. */
	if (!value) {
		*ret = *ret ||
		       MHD_lookup_connection_value_n(q->request->connection, MHD_GET_ARGUMENT_KIND,
			       name, strlen(name), NULL, NULL) == MHD_YES ||
		       MHD_lookup_connection_value_n(q->request->connection, MHD_GET_ARGUMENT_KIND,
			       with_underscores(name, spelled), strlen(name), NULL,
			       NULL) == MHD_YES;
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i & 1;
			return;
		}
	}
	lsp_api_refuse(q, name, value, "true or false");
}

void lsp_api_time(struct lsp_api_query *q, const char *name, uint64_t *ret_ns)
{
	const char *value = value_of(q, name);
	if (value && lsp_when_parse(value, q->now_ns, ret_ns))
		lsp_api_refuse(q, name, value, LSP_WHEN_FORMS);
}

void lsp_api_duration(struct lsp_api_query *q, const char *name, uint64_t *ret_ns)
{
	const char *value = value_of(q, name);
	if (value && lsp_duration_parse(value, ret_ns))
		lsp_api_refuse(q, name, value, LSP_DURATION_FORMS);
}

void lsp_api_number(struct lsp_api_query *q, const char *name, uint64_t max, uint64_t *ret)
{
	const char *value = value_of(q, name);
	if (!value)
		return;
	char *end, wanted[64];
	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || n > max) {
		snprintf(wanted, sizeof(wanted), "a number up to %llu", (unsigned long long)max);
		lsp_api_refuse(q, name, value, wanted);
		return;
	}
	*ret = n;
}

struct attrs_reader {
	struct lsp_api_query *q;
	struct lsp_attrs *attrs;
};

/* Empty ones are left out, as all parameters. */
static enum MHD_Result add_attr(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct attrs_reader *a = arg;
	(void)kind;
	if (strcmp(name, "attr") == 0 && value && *value &&
		lsp_attrs_add_text(a->attrs, value, '='))
		lsp_api_refuse(a->q, name, value, LSP_ATTR_FORM);
	return MHD_YES;
}

void lsp_api_attrs(struct lsp_api_query *q, struct lsp_attrs *ret)
{
	struct attrs_reader a = { q, ret };
	MHD_get_connection_values(q->request->connection, MHD_GET_ARGUMENT_KIND, add_attr, &a);
}

/* ---- answers --------------------------------------------------------------------------------- */

int lsp_api_add_json(struct lsp_http_request *r, json_t *json)
{
	int rc = json ? lsp_json_write(&r->answer.body, json) : -ENOMEM;
	json_decref(json);
	return rc;
}

int lsp_api_add_notes(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	uint64_t damaged = lsp_store_set_aside(s->store);
	return damaged ? lsp_buf_printf(&r->answer.body,
				 ",\"notes\":[\"%" PRIu64 " damaged partition(s) of the store set "
				 "aside: this may be incomplete\"]",
				 damaged)
		       : 0;
}

void lsp_api_fail(struct lsp_http_request *r, int rc)
{
	char message[128];
	lsp_buf_release(&r->answer.body);
	if (rc == -E2BIG) {
		lsp_http_refuse_json(r, MHD_HTTP_INTERNAL_SERVER_ERROR,
			"the answer is larger than 512 MB: ask for less with limit, since, until");
	} else if (rc == -ETIMEDOUT) {
		lsp_http_refuse_json(r, MHD_HTTP_SERVICE_UNAVAILABLE,
			"the answer took longer than 30 seconds: narrow it by since, until, "
			"service");
	} else if (rc == -EAGAIN || rc == -ENOMEM) {
		r->answer.retry_after_s = 1;
		lsp_http_refuse_json(
			r, MHD_HTTP_SERVICE_UNAVAILABLE, "too busy to answer: try again");
	} else {
		snprintf(
			message, sizeof(message), "the store could not be read: %s", strerror(-rc));
		lsp_http_refuse_json(r, MHD_HTTP_INTERNAL_SERVER_ERROR, message);
	}
}
