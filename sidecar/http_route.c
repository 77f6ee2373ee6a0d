#include "http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* One star in a pattern, at most; it stands for a segment that is not empty. */
static bool matches(const char *pattern, const char *path, char segment[LSP_HTTP_SEGMENT_MAX])
{
	const char *star = strchr(pattern, '*');
	if (!star) {
		segment[0] = 0;
		return strcmp(pattern, path) == 0;
	}
	size_t before = (size_t)(star - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	size_t n = strcspn(path + before, "/");
	if (n == 0 || n >= LSP_HTTP_SEGMENT_MAX || strcmp(path + before + n, star + 1) != 0)
		return false;
	memcpy(segment, path + before, n);
	segment[n] = 0;
	return true;
}

static bool takes(const struct lsp_http_route *route, const char *method)
{
	bool head = strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0;
	return head || strcmp(method, route->method) == 0;
}

int lsp_http_find_route(struct lsp_http_request *r, const struct lsp_http_routes *const *tables,
	size_t n, const char *method, const char *path)
{
	for (size_t t = 0; t < n; t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct lsp_http_route *route = &tables[t]->at[i];
			if (!matches(route->path, path, r->segment))
				continue;
			r->route = route;
			if (takes(route, method))
				return 0;
			r->answer.allow =
				strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method;
		}
	}
	return r->route ? -EPERM : -ENOENT;
}

bool lsp_http_is_ours(struct MHD_Connection *connection, bool has_token)
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
	const char *name = origin ? strstr(origin, "://") : NULL;
	if (has_token)
		return !origin || (name && host && strcasecmp(name + 3, host) == 0);
	if (host && !lsp_address_host_is_loopback(host))
		return false;
	return !origin || (name && lsp_address_host_is_loopback(name + 3));
}

const char *lsp_http_parameter(const struct lsp_http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct name_check {
	const char *const *allowed;
	size_t n;
	const char *unknown;
};

static enum MHD_Result check_name(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct name_check *c = arg;
	(void)kind;
	(void)value;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->allowed[i], name) == 0)
			return MHD_YES;
	c->unknown = name;
	return MHD_NO;
}

const char *lsp_http_unknown_parameter(
	const struct lsp_http_request *r, const char *const *allowed, size_t n)
{
	struct name_check c = { .allowed = allowed, .n = n };
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, check_name, &c);
	return c.unknown;
}
