#include "otlp_request.h"
#include "lib/wire/otlp_encode.h"
#include "lib/wire/utf8.h"

#include <errno.h>

#define MESSAGE_BYTES_MAX (1u << 20)
#define GROUP_BYTES_MAX   (64u << 20)
/* Field numbers of opentelemetry.proto.logs.v1. */
#define RESOURCE_LOGS  1
#define RESOURCE       1
#define SCOPE_LOGS     2
#define SCOPE          1
#define LOG_RECORDS    2
#define RESOURCE_ATTRS 1
#define LOG_ATTRS      6

struct lsp_otlp_group {
	gchar *service, *host;
	gsize service_len, host_len;
	struct lsp_buf records; /* LogRecord messages as fields of ScopeLogs */
};

void lsp_otlp_request_init(struct lsp_otlp_request *q)
{
	memset(q, 0, sizeof(*q));
	lsp_buf_init(&q->attrs, MESSAGE_BYTES_MAX);
	lsp_buf_init(&q->text, MESSAGE_BYTES_MAX);
	lsp_buf_init(&q->message, 4 * MESSAGE_BYTES_MAX);
}

void lsp_otlp_request_clear(struct lsp_otlp_request *q)
{
	for (gsize i = 0; i < q->n_groups; i++) {
		lsp_buf_release(&q->groups[i].records);
		g_free(q->groups[i].service);
		g_free(q->groups[i].host);
	}
	q->n_groups = q->last = q->bytes = 0;
}

void lsp_otlp_request_release(struct lsp_otlp_request *q)
{
	lsp_otlp_request_clear(q);
	g_free(q->groups);
	lsp_buf_release(&q->attrs);
	lsp_buf_release(&q->text);
	lsp_buf_release(&q->message);
}

static gboolean is_group(const struct lsp_otlp_group *g, const struct lsp_ng_record *r)
{
	return g->service_len == r->service.len && g->host_len == r->host.len &&
	       memcmp(g->service, r->service.at, r->service.len) == 0 &&
	       memcmp(g->host, r->host.at, r->host.len) == 0;
}

/* Messages of one program often follow each other, so the last group is tried first. */
static struct lsp_otlp_group *group_of(struct lsp_otlp_request *q, const struct lsp_ng_record *r)
{
	struct lsp_otlp_group *g;

	for (gsize i = 0; i < q->n_groups; i++) {
		gsize k = (q->last + i) % q->n_groups;
		if (is_group(&q->groups[k], r)) {
			q->last = k;
			return &q->groups[k];
		}
	}
	if (q->n_groups == q->cap_groups) {
		q->cap_groups = q->cap_groups ? 2 * q->cap_groups : 16;
		q->groups = g_renew(struct lsp_otlp_group, q->groups, q->cap_groups);
	}
	q->last = q->n_groups;
	g = &q->groups[q->n_groups++];
	*g = (struct lsp_otlp_group){ .service = g_strndup(r->service.at, r->service.len),
		.host = g_strndup(r->host.at, r->host.len),
		.service_len = r->service.len,
		.host_len = r->host.len };
	lsp_buf_init(&g->records, GROUP_BYTES_MAX);
	return g;
}

static struct lsp_slice content(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at ? b->at : "", b->len };
}

/* Strings of protobuf are UTF-8; other receivers refuse what is not. */
static struct lsp_slice mended(struct lsp_otlp_request *q, struct lsp_slice text)
{
	if (lsp_otlp_is_utf8(text))
		return text;
	lsp_buf_clear(&q->text);
	(void)lsp_otlp_add_utf8(&q->text, text);
	return content(&q->text);
}

gint lsp_otlp_request_add(struct lsp_otlp_request *q, const struct lsp_ng_record *r)
{
	struct lsp_log_row row = { .time_ns = r->time_ns, .severity = r->severity };
	struct lsp_otlp_group *g;
	gint rc = 0;

	memcpy(row.trace_id, r->context.trace_id, sizeof(row.trace_id));
	memcpy(row.span_id, r->context.span_id, sizeof(row.span_id));
	lsp_buf_clear(&q->attrs);
	lsp_buf_clear(&q->message);
	if (r->pid)
		rc = lsp_pb_attr_int(&q->attrs, LOG_ATTRS, LSP_SLICE("process.pid"), r->pid);
	if (r->has_uid)
		rc = rc ? rc
			: lsp_pb_attr_string(&q->attrs, LOG_ATTRS, LSP_SLICE("log.record.uid"),
				  (struct lsp_slice){ r->uid, sizeof(r->uid) });
	row.body = mended(q, r->text);
	rc = rc ? rc : lsp_otlp_encode_log(&q->message, &row, content(&q->attrs));
	if (rc)
		return rc;
	g = group_of(q, r);
	rc = lsp_pb_bytes(&g->records, LOG_RECORDS, q->message.at, q->message.len);
	if (rc == 0)
		q->bytes += q->message.len;
	return rc;
}

static gint encode_resource(struct lsp_otlp_request *q, const struct lsp_otlp_group *g)
{
	struct lsp_slice service = { g->service, g->service_len }, host = { g->host, g->host_len };
	gint rc;

	lsp_buf_clear(&q->attrs);
	rc = lsp_pb_attr_string(
		&q->attrs, RESOURCE_ATTRS, LSP_SLICE("service.name"), mended(q, service));
	if (rc == 0 && host.len)
		rc = lsp_pb_attr_string(
			&q->attrs, RESOURCE_ATTRS, LSP_SLICE("host.name"), mended(q, host));
	return rc;
}

gint lsp_otlp_request_encode(struct lsp_otlp_request *q, struct lsp_buf *out)
{
	static const gchar scope[] = "\x0a\x12linespan.syslog-ng"; /* its name */
	gint rc = 0;

	for (gsize i = 0; i < q->n_groups && rc == 0; i++) {
		const struct lsp_otlp_group *g = &q->groups[i];
		struct lsp_buf logs, all;

		lsp_buf_init(&logs, GROUP_BYTES_MAX);
		lsp_buf_init(&all, GROUP_BYTES_MAX);
		rc = encode_resource(q, g);
		rc = rc ? rc : lsp_pb_bytes(&logs, SCOPE, scope, sizeof(scope) - 1);
		rc = rc ? rc : lsp_buf_add(&logs, g->records.at, g->records.len);
		rc = rc ? rc : lsp_pb_bytes(&all, RESOURCE, q->attrs.at, q->attrs.len);
		rc = rc ? rc : lsp_pb_bytes(&all, SCOPE_LOGS, logs.at, logs.len);
		rc = rc ? rc : lsp_pb_bytes(out, RESOURCE_LOGS, all.at, all.len);
		lsp_buf_release(&logs);
		lsp_buf_release(&all);
	}
	return rc;
}
