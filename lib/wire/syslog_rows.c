/* Lines of syslog and of files as rows of a batch. */
#include "log_text.h"
#include "otlp_encode.h"
#include "otlp_value.h"
#include "syslog_rows.h"
#include "syslog_time.h"

#include <errno.h>

#define ATTRS_BYTES_MAX   (256u * 1024)
#define MESSAGE_BYTES_MAX (1024u * 1024)
#define ORIGINS_LOOKED_AT 64
#define LOG_ATTR          LSP_ROWS_LOG_ATTR
#define RESOURCE_ATTR     1

const uint8_t lsp_rows_severities[8] = { 21, 19, 18, 17, 13, 10, 9, 5 };

void lsp_syslog_scratch_init(struct lsp_syslog_scratch *s)
{
	lsp_buf_init(&s->attrs, ATTRS_BYTES_MAX);
	lsp_buf_init(&s->message, MESSAGE_BYTES_MAX);
	lsp_buf_init(&s->text, ATTRS_BYTES_MAX);
	lsp_buf_init(&s->resource, ATTRS_BYTES_MAX);
	lsp_buf_init(&s->key, ATTRS_BYTES_MAX);
	s->service_bytes = s->origin = 0;
}

void lsp_syslog_scratch_release(struct lsp_syslog_scratch *s)
{
	lsp_buf_release(&s->attrs);
	lsp_buf_release(&s->message);
	lsp_buf_release(&s->text);
	lsp_buf_release(&s->resource);
	lsp_buf_release(&s->key);
}

static struct lsp_slice content(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at ? b->at : "", b->len };
}

/* Valid until the next call. */
static struct lsp_slice mended(struct lsp_syslog_scratch *s, struct lsp_slice text)
{
	if (lsp_otlp_is_utf8(text))
		return text;
	lsp_buf_clear(&s->text);
	(void)lsp_otlp_add_utf8(&s->text, text);
	return content(&s->text);
}

static int encode_resource(
	struct lsp_syslog_scratch *s, struct lsp_slice service, struct lsp_slice host)
{
	int rc;

	lsp_buf_clear(&s->attrs);
	rc = lsp_pb_attr_string(&s->attrs, RESOURCE_ATTR, LSP_SLICE("service.name"), service);
	if (rc == 0 && host.len)
		rc = lsp_pb_attr_string(
			&s->attrs, RESOURCE_ATTR, LSP_SLICE("host.name"), mended(s, host));
	return rc;
}

/* Lines of one program follow each other: the last one's origin, when it is this batch's. */
static bool is_last_origin(const struct lsp_batch *b, const struct lsp_syslog_scratch *s,
	struct lsp_slice service, struct lsp_slice host)
{
	struct lsp_slice key = content(&s->key);

	return key.len == service.len + host.len && s->service_bytes == service.len &&
	       memcmp(key.at, service.at, service.len) == 0 &&
	       memcmp(key.at + service.len, host.at, host.len) == 0 && s->origin < b->n_origins &&
	       lsp_slice_equal(b->origins[s->origin].resource, content(&s->resource));
}

static void remember_origin(struct lsp_syslog_scratch *s, struct lsp_slice service,
	struct lsp_slice host, uint32_t origin)
{
	lsp_buf_clear(&s->key);
	lsp_buf_clear(&s->resource);
	s->origin = origin;
	s->service_bytes = service.len;
	if (lsp_buf_add_slice(&s->key, service) || lsp_buf_add_slice(&s->key, host) ||
		lsp_buf_add_slice(&s->resource, content(&s->attrs)))
		lsp_buf_clear(&s->key);
}

/* The origin with this service and host, made when it is not among the last ones. */
int lsp_rows_origin(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice service,
	struct lsp_slice host, uint32_t *ret)
{
	struct lsp_origin made = { .scope = { "", 0 } }, *added;
	int rc;

	if (is_last_origin(b, s, service, host)) {
		*ret = s->origin;
		return 0;
	}
	rc = lsp_batch_copy(b, mended(s, service), &made.service);
	rc = rc ? rc : encode_resource(s, made.service, host);
	if (rc)
		return rc;
	for (size_t i = b->n_origins; i-- > 0 && b->n_origins - i <= ORIGINS_LOOKED_AT;) {
		if (lsp_slice_equal(b->origins[i].resource, content(&s->attrs))) {
			*ret = (uint32_t)i;
			remember_origin(s, service, host, *ret);
			return 0;
		}
	}
	rc = lsp_batch_copy(b, content(&s->attrs), &made.resource);
	if (rc)
		return rc;
	added = lsp_batch_add_origin(b, ret);
	if (!added)
		return -ENOMEM;
	*added = made;
	remember_origin(s, service, host, *ret);
	return 0;
}

uint32_t lsp_rows_number(struct lsp_slice s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || i == 10)
			return 0;
		n = n * 10 + (uint64_t)(s.at[i] - '0');
	}
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

void lsp_rows_ids(struct lsp_log_row *row, struct lsp_slice first, struct lsp_slice text)
{
	struct lsp_found found;

	if ((first.len == 0 || lsp_log_text_find(first, &found)) && lsp_log_text_find(text, &found))
		return;
	memcpy(row->trace_id, found.context.trace_id, sizeof(row->trace_id));
	memcpy(row->span_id, found.context.span_id, sizeof(row->span_id));
	row->context_source = LSP_SOURCE_TEXT;
}

/* Body, encoding and attributes (in s->attrs) of a row whose other fields are set. */
int lsp_rows_add(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_log_row *row,
	struct lsp_slice text)
{
	struct lsp_log_row *added;
	int rc = lsp_batch_copy(b, mended(s, text), &row->body);

	lsp_buf_clear(&s->message);
	rc = rc ? rc : lsp_otlp_encode_log(&s->message, row, content(&s->attrs));
	rc = rc ? rc : lsp_batch_copy(b, content(&s->message), &row->encoded);
	if (rc)
		return -ENOMEM;
	added = lsp_batch_add_log(b);
	if (!added)
		return -ENOMEM;
	*added = *row;
	return 0;
}

int lsp_rows_text_attr(struct lsp_syslog_scratch *s, struct lsp_slice key, struct lsp_slice value)
{
	return value.len ? lsp_pb_attr_string(&s->attrs, LOG_ATTR, key, mended(s, value)) : 0;
}

int lsp_syslog_take(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice line,
	const struct lsp_syslog_clock *clock, uint32_t pid)
{
	struct lsp_log_row row = { .intake = LSP_INTAKE_SYSLOG };
	struct lsp_syslog m;
	int rc;

	lsp_syslog_parse(line, clock, &m);
	row.time_ns = m.time_ns;
	/* RFC 3164 has whole seconds: when the message came says more. */
	if (m.time_ns == 0 ||
		(m.time_ns % 1000000000u == 0 && clock->now_ns - m.time_ns < 2000000000u))
		row.time_ns = clock->now_ns;
	row.severity = m.has_priority ? lsp_rows_severities[m.level]
				      : (uint8_t)lsp_log_text_severity(m.text);
	row.pid = pid ? pid : lsp_rows_number(m.procid);
	lsp_rows_ids(&row, m.sdata, m.text);
	rc = lsp_rows_origin(
		b, s, m.app.len ? m.app : LSP_SLICE("unknown_service"), m.host, &row.origin);
	lsp_buf_clear(&s->attrs);
	if (rc == 0 && m.has_priority)
		rc = lsp_pb_attr_int(
			&s->attrs, LOG_ATTR, LSP_SLICE("syslog.facility.code"), m.facility);
	rc = rc ? rc : lsp_rows_text_attr(s, LSP_SLICE("syslog.msg.id"), m.msgid);
	rc = rc ? rc : lsp_rows_text_attr(s, LSP_SLICE("syslog.structured_data"), m.sdata);
	return rc ? -ENOMEM : lsp_rows_add(b, s, &row, m.text);
}

/* "time":"…", time=…, ts, timestamp, @timestamp; else a time that the line begins with. */
static uint64_t time_of(struct lsp_slice line, const struct lsp_syslog_clock *clock)
{
	static const char *const names[] = { "time\":\"", "time\": \"", "timestamp\":\"",
		"timestamp\": \"", "ts\":\"", "ts\": \"", "time=", "time=\"", "ts=", "ts=\"" };
	uint64_t ns = 0;

	for (size_t i = 0; i < 2 && i < line.len; i++) { /* "[2026-…" */
		struct lsp_slice at = { line.at + i, line.len - i };
		if (lsp_time_rfc3339(at, clock, &ns) || lsp_time_rfc3164(at, clock, &ns))
			return ns;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);
		const char *at = memmem(line.at, line.len < 512 ? line.len : 512, names[i], n);
		if (at && lsp_time_rfc3339((struct lsp_slice){ at + n,
						   line.len - n - (size_t)(at - line.at) },
				  clock, &ns))
			return ns;
	}
	return clock->now_ns;
}

int lsp_file_line_take(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice line,
	const struct lsp_syslog_clock *clock, const struct lsp_file_place *place)
{
	struct lsp_log_row row = { .intake = LSP_INTAKE_FILE };
	int rc;

	while (line.len && memchr("\r\n", line.at[line.len - 1], 2))
		line.len--;
	row.time_ns = time_of(line, clock);
	row.severity = (uint8_t)lsp_log_text_severity(line);
	lsp_rows_ids(&row, (struct lsp_slice){ "", 0 }, line);
	rc = lsp_rows_origin(b, s,
		place->service.len ? place->service : LSP_SLICE("unknown_service"),
		(struct lsp_slice){ "", 0 }, &row.origin);
	lsp_buf_clear(&s->attrs);
	rc = rc ? rc : lsp_rows_text_attr(s, LSP_SLICE("log.file.path"), place->path);
	rc = rc ? rc
		: lsp_pb_attr_int(&s->attrs, LOG_ATTR, LSP_SLICE(LSP_FILE_OFFSET_ATTR),
			  (int64_t)place->offset);
	return rc ? -ENOMEM : lsp_rows_add(b, s, &row, line);
}
