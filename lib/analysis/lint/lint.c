#include "rules.h"
#include "../../wire/otlp_attrs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RESOURCES_BYTES_MAX (32u << 20)
#define SEVERITY_DEBUG_LAST 8

struct lsp_lint *lsp_lint_new(void)
{
	struct lsp_lint *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	lsp_vocabulary_init(&l->vocabulary);
	lsp_window_init(&l->window, &l->vocabulary);
	lsp_interns_init(&l->resource_bytes, RESOURCES_BYTES_MAX);
	l->debug_service = LSP_INTERN_NONE;
	return l;
}

struct lsp_lint *lsp_lint_free(struct lsp_lint *l)
{
	if (!l)
		return NULL;
	lsp_window_release(&l->window);
	lsp_vocabulary_release(&l->vocabulary);
	lsp_interns_release(&l->resource_bytes);
	free(l->resources);
	free(l->places);
	free(l->cells);
	free(l);
	return NULL;
}

static bool begins(struct lsp_slice key, const char *with)
{
	size_t n = strlen(with);
	return key.len >= n && memcmp(key.at, with, n) == 0;
}

static bool begins_any(struct lsp_slice key, const char *const *with, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (begins(key, with[i]))
			return true;
	return false;
}

/* ---- resources ------------------------------------------------------------------------------- */

struct reading {
	struct lsp_lint *l;
	struct lsp_lint_resource *r;
	int rc;
};

static void name_it(struct reading *g, uint32_t *ret, struct lsp_slice value)
{
	if (value.len &&
		lsp_interns_add(&g->l->vocabulary.names, value.at, value.len, ret) == -ENOMEM)
		g->rc = -ENOMEM;
}

static void read_resource_attr(void *arg, struct lsp_slice key, struct lsp_slice value)
{
	/* What differs from request to request. */
	static const char *const of_spans[] = { "http.", "url.", "rpc.", "messaging.", "db.",
		"exception." };
	struct reading *g = arg;
	struct lsp_lint_resource *r = g->r;
	if (lsp_slice_equal(key, LSP_SLICE("service.instance.id")))
		name_it(g, &r->instance, value);
	else if (lsp_slice_equal(key, LSP_SLICE("k8s.pod.uid")))
		r->pod_uid = value.len > 0;
	else if (lsp_slice_equal(key, LSP_SLICE("deployment.environment.name")) ||
		 lsp_slice_equal(key, LSP_SLICE("deployment.environment")))
		r->production = begins(value, "prod");
	else if (begins_any(key, of_spans, sizeof(of_spans) / sizeof(of_spans[0]))) {
		r->misplaced = true;
		snprintf(r->misplaced_key, sizeof(r->misplaced_key), "%.*s", (int)key.len, key.at);
	}
	if (begins(key, "k8s.pod."))
		r->pod = true;
	if (lsp_slice_equal(key, LSP_SLICE("host.id")) ||
		(r->host == LSP_INTERN_NONE &&
			(lsp_slice_equal(key, LSP_SLICE("host.name")) ||
				lsp_slice_equal(key, LSP_SLICE("k8s.pod.name")))))
		name_it(g, &r->host, value);
}

static int add_resource(
	struct lsp_lint *l, const struct lsp_origin *from, const struct lsp_lint_resource **ret)
{
	uint32_t at, known = l->resource_bytes.n;
	int rc = lsp_interns_add(&l->resource_bytes, from->resource.at, from->resource.len, &at);
	if (rc == -E2BIG)
		at = 0; /* so many resources: one more changes no verdict */
	else if (rc)
		return rc;
	if (at >= l->resources_cap) {
		uint32_t cap = at < 32 ? 64 : at * 2;
		struct lsp_lint_resource *grown = realloc(l->resources, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->resources = grown;
		l->resources_cap = cap;
	}
	struct reading g = { l, &l->resources[at], 0 };
	if (at == known) {
		*g.r = (struct lsp_lint_resource){ .instance = LSP_INTERN_NONE,
			.host = LSP_INTERN_NONE };
		rc = lsp_interns_add(
			&l->vocabulary.names, from->service.at, from->service.len, &g.r->service);
		lsp_otlp_each_attr(from->resource, LSP_ATTRS_RESOURCE, read_resource_attr, &g);
	}
	*ret = g.r;
	return rc == -ENOMEM ? rc : g.rc;
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct span_reading {
	struct lsp_lint *l;
	uint8_t flags;
};

static void read_span_attr(void *arg, struct lsp_slice key, struct lsp_slice value)
{
	/* What a process has once. */
	static const char *const of_resources[] = { "service.name", "service.version",
		"service.namespace", "service.instance.", "telemetry.sdk.", "host.name", "host.id",
		"k8s.pod.", "os.", "deployment.environment" };
	struct span_reading *g = arg;
	(void)value;
	if (begins(key, "db.") || begins(key, "messaging."))
		g->flags |= LSP_LINT_DATABASE;
	if (begins_any(key, of_resources, sizeof(of_resources) / sizeof(of_resources[0]))) {
		g->flags |= LSP_LINT_MISPLACED;
		snprintf(g->l->misplaced_key, sizeof(g->l->misplaced_key), "%.*s", (int)key.len,
			key.at);
	}
}

int lsp_lint_add_span(
	struct lsp_lint *l, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	const struct lsp_lint_resource *resource;
	struct span_reading g = { l, 0 };
	int rc = add_resource(l, from, &resource);
	if (rc)
		return rc;
	lsp_otlp_each_attr(row->encoded, LSP_ATTRS_SPAN, read_span_attr, &g);
	return lsp_window_add_span(&l->window, row, from->service, g.flags);
}

int lsp_lint_add_log(
	struct lsp_lint *l, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	const struct lsp_lint_resource *resource;
	int rc = add_resource(l, from, &resource);
	if (rc)
		return rc;
	if (resource->production && row->severity && row->severity <= SEVERITY_DEBUG_LAST) {
		if (!l->debug_first_ns || row->time_ns < l->debug_first_ns)
			l->debug_first_ns = row->time_ns;
		if (row->time_ns > l->debug_last_ns)
			l->debug_last_ns = row->time_ns;
		l->debug_service = resource->service;
	}
	return lsp_window_add_log(&l->window, row, from->service);
}

/* ---- counting -------------------------------------------------------------------------------- */

struct lsp_lint_cell *lsp_lint_cell(struct lsp_lint *l, uint32_t service, int rule)
{
	return &l->cells[(l->places[service] - 1) * LSP_RULE_N + (uint32_t)rule];
}

void lsp_lint_count(struct lsp_lint *l, enum lsp_rule rule, uint32_t service, bool failed,
	struct lsp_slice example, uint32_t trace)
{
	struct lsp_lint_cell *c = lsp_lint_cell(l, service, rule);
	c->checked++;
	if (!failed)
		return;
	c->failed++;
	if (example.len && c->n_examples < LSP_LINT_EXAMPLES) {
		char text[sizeof(c->examples[0])];
		int n = snprintf(text, sizeof(text), "%.*s", (int)example.len, example.at);
		/* Whole characters only. */
		if (n >= (int)sizeof(text)) {
			n = sizeof(text) - 1;
			while (n && (text[n] & 0xc0) == 0x80)
				n--;
			while (n && (text[n - 1] & 0xc0) == 0x80)
				n--;
			n -= n && (text[n - 1] & 0x80);
			text[n] = 0;
		}
		for (uint32_t i = 0; i < c->n_examples; i++)
			if (strcmp(c->examples[i], text) == 0)
				n = 0;
		if (n)
			memcpy(c->examples[c->n_examples++], text, sizeof(text));
	}
	if (trace == LSP_INTERN_NONE || c->n_traces == LSP_LINT_EXAMPLES)
		return;
	for (uint32_t i = 0; i < c->n_traces; i++)
		if (c->traces[i] == trace)
			return;
	c->traces[c->n_traces++] = trace;
}
