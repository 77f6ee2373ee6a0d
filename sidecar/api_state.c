/* GET /api/v1/services {"services":["…"…]}, sorted
 * GET /healthz         "ok", or 503 and what is wrong
 * GET /metrics         Prometheus text format 0.0.4 */
#include "api.h"
#include "../lib/wire/otlp_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum lsp_http_result get_health(struct lsp_http_request *r)
{
	char why[256];
	if (lsp_serve_is_ill(r->app, why, sizeof(why) - 1))
		lsp_http_answer_text(r, MHD_HTTP_SERVICE_UNAVAILABLE, strcat(why, "\n"));
	else
		lsp_http_answer_text(r, MHD_HTTP_OK, "ok\n");
	return LSP_HTTP_ANSWERED;
}

static int add_service(void *arg, const char *service)
{
	return json_array_append_new(arg, lsp_otlp_string_json(lsp_slice_of(service)));
}

static enum lsp_http_result get_services(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	json_t *services = json_array();
	int rc = services ? lsp_store_services(s->store, add_service, services) : -ENOMEM;
	if (rc == 0)
		rc = lsp_api_add_json(r, json_pack("{s:O}", "services", services));
	if (rc)
		lsp_api_fail(r, rc);
	json_decref(services);
	return LSP_HTTP_ANSWERED;
}

/* ---- metrics --------------------------------------------------------------------------------- */

struct metric {
	const char *name; /* with labels */
	const char *type, *help;
	uint64_t value;
};

/* HELP and TYPE stand once before all lines of one name, and name no labels. */
static int add_metric(struct lsp_buf *out, const struct metric *m)
{
	int n = (int)strcspn(m->name, "{"), rc = 0;
	if (m->help[0])
		rc = lsp_buf_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, m->name, m->help, n,
			m->name, m->type);
	return rc ? rc : lsp_buf_printf(out, "%s %" PRIu64 "\n", m->name, m->value);
}

static int add_counters(struct lsp_buf *out, struct lsp_serve *s)
{
	static const struct {
		const char *name, *help;
	} names[] = {
#define X(id, name, help) { name, help },
		LSP_SERVE_COUNTER_TABLE(X)
#undef X
	};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < LSP_SERVED_N; i++)
		rc = add_metric(out,
			&(struct metric){ names[i].name, "counter", names[i].help,
				atomic_load_explicit(&s->counters.at[i], memory_order_relaxed) });
	return rc;
}

static int add_ways(struct lsp_buf *out, struct lsp_serve *s)
{
	const char *help = "Records that are durable in the store, by the way they came.";
	char name[128];
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < 2 * LSP_INTAKE_N; i++) {
		unsigned way = i / 2;
		bool spans = i % 2 == 0;
		_Atomic uint64_t *at =
			spans ? &s->counters.spans_by[way] : &s->counters.logs_by[way];
		snprintf(name, sizeof(name),
			"linespan_stored_by_source_total{signal=\"%s\",source=\"%s\"}",
			spans ? "spans" : "logs", lsp_intake_name(way));
		rc = add_metric(out, &(struct metric){ name, "counter", i ? "" : help,
					     atomic_load_explicit(at, memory_order_relaxed) });
	}
	return rc;
}

static int add_gauges(struct lsp_buf *out, struct lsp_serve *s)
{
	struct lsp_ring_reader_stats ring;
	struct lsp_store_stats store = { 0 };
	lsp_ring_intake_get_stats(s->ring, &ring);
	int rc = lsp_store_get_stats(s->store, &store);
	struct lsp_writer_state writer;
	char why[256];
	lsp_writer_get_state(s->writer, &writer);
	const struct metric metrics[] = {
		{ "linespan_build_info{version=\"" LINESPAN_VERSION_TEXT "\"}", "gauge",
			"Always 1.", 1 },
		{ "linespan_healthy", "gauge", "1: /healthz says ok.",
			!lsp_serve_is_ill(s, why, sizeof(why)) },
		{ "linespan_queue_age_seconds", "gauge",
			"How long the oldest batch has waited for the store.",
			writer.oldest_ms / 1000 },
		{ "linespan_queue_bytes", "gauge", "Waiting for the store.",
			lsp_writer_queue_bytes(s->writer) },
		{ "linespan_rings_open", "gauge", "Processes under the shim.", ring.rings_open },
		{ "linespan_ring_records_total", "counter", "Records read from rings.",
			ring.records },
		{ "linespan_ring_bad_records_total", "counter", "Records that made no sense.",
			ring.bad_records },
		{ "linespan_ring_bad_rings_total", "counter", "Rings that were set aside.",
			ring.bad_rings },
		{ "linespan_ring_lost_records_total", "counter",
			"Records whose writer died or stalled in the middle.", ring.lost_records },
		{ "linespan_ring_dropped_total", "counter",
			"Records that found their ring full, as counted by the writers.",
			ring.dropped_by_writers },
		{ "linespan_store_up", "gauge", "1: the store could be asked.", rc == 0 },
		{ "linespan_store_records{signal=\"spans\"}", "gauge", "Records in the store.",
			store.spans },
		{ "linespan_store_records{signal=\"logs\"}", "gauge", "", store.logs },
		{ "linespan_store_disk_bytes", "gauge", "Size of the store.", store.disk_bytes },
		{ "linespan_store_partitions", "gauge", "Time partitions.", store.partitions },
		{ "linespan_store_set_aside", "gauge", "Damaged files that were set aside.",
			store.set_aside },
	};
	rc = 0;
	if (s->tls)
		rc = add_metric(
			out, &(struct metric){ "linespan_tls_certificate_expiry_timestamp_seconds",
				     "gauge", "When the certificate expires, Unix time.",
				     (uint64_t)lsp_tls_expires_s(s->tls) });
	for (size_t i = 0; rc == 0 && i < sizeof(metrics) / sizeof(metrics[0]); i++)
		rc = add_metric(out, &metrics[i]);
	return rc;
}

static enum lsp_http_result get_metrics(struct lsp_http_request *r)
{
	struct lsp_serve *s = r->app;
	r->answer.type = "text/plain; version=0.0.4; charset=utf-8";
	int rc = add_counters(&r->answer.body, s);
	rc = rc ? rc : add_ways(&r->answer.body, s);
	rc = rc ? rc : add_gauges(&r->answer.body, s);
	rc = rc ? rc
		: lsp_histogram_print(&r->answer.body, &s->queries,
			  "linespan_query_duration_seconds", "What look-ups take.");
	rc = rc ? rc : lsp_metrics_forward(&r->answer.body, s->forward);
	if (rc)
		lsp_api_fail(r, rc);
	return LSP_HTTP_ANSWERED;
}

static const struct lsp_http_route routes[] = {
	{ "GET", "/api/v1/services", get_services, LSP_HTTP_SLOW, lsp_http_refuse_json },
	{ "GET", "/healthz", get_health, LSP_HTTP_OPEN, lsp_http_refuse_json },
	{ "GET", "/metrics", get_metrics, LSP_HTTP_SLOW, lsp_http_refuse_json },
};
const struct lsp_http_routes lsp_routes_state = { routes, sizeof(routes) / sizeof(routes[0]) };
