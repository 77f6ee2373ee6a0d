#include "ring_decode.h"
#include "log_text.h"
#include "otlp_encode.h"
#include "otlp_value.h"
#include "ring_attrs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>

#define ATTRS_BYTES_MAX     (256u * 1024)
#define MESSAGE_BYTES_MAX   (512u * 1024)
#define ORIGINS_LOOKED_AT   64 /* for one of the same service; more only cost memory */
#define SEVERITY_FATAL      21
#define SEVERITY_MAX        24
#define FIELD_RESOURCE_ATTR 1 /* opentelemetry.proto.resource.v1.Resource.attributes */
#define FIELD_SCOPE_NAME    1 /* opentelemetry.proto.common.v1.InstrumentationScope */
#define FIELD_SCOPE_VERSION 2
#define FIELD_LOG_ATTR      6 /* opentelemetry.proto.logs.v1.LogRecord.attributes */
#define KEY(text)           LSP_SLICE(text)

void lsp_ring_scratch_init(struct lsp_ring_scratch *s)
{
	lsp_buf_init(&s->attrs, ATTRS_BYTES_MAX);
	lsp_buf_init(&s->message, MESSAGE_BYTES_MAX);
	lsp_buf_init(&s->replaced, ATTRS_BYTES_MAX);
	s->name_frames = NULL;
	struct utsname names;
	snprintf(s->host, sizeof(s->host), "%s", uname(&names) == 0 ? names.nodename : "");
}

void lsp_ring_scratch_release(struct lsp_ring_scratch *s)
{
	lsp_buf_release(&s->attrs);
	lsp_buf_release(&s->message);
	lsp_buf_release(&s->replaced);
}

static struct lsp_slice content(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at, b->len };
}

/* Into the batch; a text is mended on the way. */
static int keep(struct lsp_batch *b, struct lsp_ring_scratch *s, struct lsp_slice text,
	struct lsp_slice *ret)
{
	if (lsp_otlp_is_utf8(text))
		return lsp_batch_copy(b, text, ret);
	lsp_buf_clear(&s->message);
	int rc = lsp_otlp_add_utf8(&s->message, text);
	return rc ? rc : lsp_batch_copy(b, content(&s->message), ret);
}

static int keep_message(struct lsp_batch *b, struct lsp_ring_scratch *s, struct lsp_slice *ret)
{
	return lsp_batch_copy(b, content(&s->message), ret);
}

static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
	x = (x ^ x >> 27) * 0x94D049BB133111EBull;
	return x ^ x >> 31;
}

/* One id for one process: of its ring's random key, which itself is told to nobody. In the form of
 * RFC 9562's version 8. */
static int encode_instance(struct lsp_ring_scratch *s, const struct lsp_ring_file *f)
{
	char id[37];
	uint64_t high = mixed(f->key ^ (uint64_t)f->pid << 32 ^ f->inode);
	uint64_t low = mixed(high + 0x9E3779B97F4A7C15ull);
	int n = snprintf(id, sizeof(id), "%08x-%04x-8%03x-%04x-%012" PRIx64, (unsigned)(high >> 32),
		(unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff),
		(unsigned)(low >> 48 & 0x3fff) | 0x8000u, low & 0xffffffffffffu);
	return lsp_pb_attr_string(&s->attrs, FIELD_RESOURCE_ATTR, KEY("service.instance.id"),
		(struct lsp_slice){ id, (size_t)n });
}

static int encode_resource(
	struct lsp_ring_scratch *s, const struct lsp_ring_file *f, struct lsp_slice service)
{
	struct lsp_buf *out = &s->attrs;
	lsp_buf_clear(out);
	int rc = lsp_pb_attr_string(out, FIELD_RESOURCE_ATTR, KEY("service.name"), service);
	if (rc == 0)
		rc = lsp_pb_attr_int(out, FIELD_RESOURCE_ATTR, KEY("process.pid"), f->pid);
	if (rc == 0)
		rc = lsp_pb_attr_int(out, FIELD_RESOURCE_ATTR, KEY("process.user.id"), f->owner);
	if (rc == 0)
		rc = encode_instance(s, f);
	if (rc == 0 && s->host[0] && lsp_otlp_is_utf8(lsp_slice_of(s->host)))
		rc = lsp_pb_attr_string(
			out, FIELD_RESOURCE_ATTR, KEY("host.name"), lsp_slice_of(s->host));
	if (rc || !f->program[0])
		return rc;
	lsp_buf_clear(&s->message);
	rc = lsp_otlp_add_utf8(&s->message, lsp_slice_of(f->program));
	if (rc == 0)
		rc = lsp_pb_attr_string(out, FIELD_RESOURCE_ATTR, KEY("process.executable.name"),
			content(&s->message));
	return rc;
}

/* "preload 0.1.0" → name linespan.preload, version 0.1.0. */
static int encode_scope(struct lsp_ring_scratch *s, const struct lsp_ring_file *f)
{
	struct lsp_slice writer = lsp_slice_of(f->writer);
	lsp_buf_clear(&s->attrs);
	lsp_buf_clear(&s->message);
	if (writer.len == 0 || !lsp_otlp_is_utf8(writer))
		return 0;
	const char *space = memchr(writer.at, ' ', writer.len);
	size_t name_bytes = space ? (size_t)(space - writer.at) : writer.len;
	int rc = lsp_buf_add_text(&s->attrs, "linespan.");
	if (rc == 0)
		rc = lsp_buf_add(&s->attrs, writer.at, name_bytes);
	if (rc == 0)
		rc = lsp_pb_bytes(&s->message, FIELD_SCOPE_NAME, s->attrs.at, s->attrs.len);
	if (rc == 0 && space)
		rc = lsp_pb_bytes(
			&s->message, FIELD_SCOPE_VERSION, space + 1, writer.len - name_bytes - 1);
	return rc;
}

int lsp_ring_decode_origin(struct lsp_batch *b, struct lsp_ring_scratch *s,
	const struct lsp_ring_file *f, uint32_t *ret_index)
{
	struct lsp_origin origin = { 0 };
	struct lsp_slice name = lsp_slice_of(f->service[0] ? f->service : f->program);
	if (name.len == 0)
		name = LSP_SLICE("unknown_service");
	int rc = keep(b, s, name, &origin.service);
	if (rc == 0)
		rc = encode_resource(s, f, origin.service);
	if (rc == 0)
		rc = lsp_batch_copy(b, content(&s->attrs), &origin.resource);
	if (rc == 0)
		rc = encode_scope(s, f);
	if (rc == 0)
		rc = keep_message(b, s, &origin.scope);
	if (rc)
		return rc;
	struct lsp_origin *added = lsp_batch_add_origin(b, ret_index);
	if (!added)
		return -ENOMEM;
	*added = origin;
	return 0;
}

/* The texts of a log record; false when they do not fit into it. */
static bool split_log(
	const struct lsp_ring_view *v, struct lsp_slice *ret_text, struct lsp_slice *ret_attrs)
{
	const struct lsp_ring_log *log = (const struct lsp_ring_log *)v->record;
	if (v->size < sizeof(*log))
		return false;
	uint64_t room = v->size - sizeof(*log);
	if (log->text_bytes > room || log->attr_bytes > room - log->text_bytes)
		return false;
	*ret_text = (struct lsp_slice){ (const char *)(log + 1), log->text_bytes };
	*ret_attrs = (struct lsp_slice){ ret_text->at + ret_text->len, log->attr_bytes };
	return true;
}

static struct lsp_slice without_newline(struct lsp_slice text)
{
	if (text.len && text.at[text.len - 1] == '\n')
		text.len--;
	if (text.len && text.at[text.len - 1] == '\r')
		text.len--;
	return text;
}

static struct lsp_slice channel_name(unsigned channel)
{
	static const char *const names[LSP_CHANNEL_N] = {
#define X(id, name) [LSP_CHANNEL_##id] = name,
		LSP_CHANNEL_TABLE(X)
#undef X
	};
	return lsp_slice_of(channel < LSP_CHANNEL_N ? names[channel] : "");
}

static int encode_log_attrs(
	struct lsp_buf *out, const struct lsp_ring_log *log, struct lsp_slice attrs)
{
	struct lsp_slice channel = channel_name(log->channel);
	lsp_buf_clear(out);
	int rc = lsp_ring_attrs_encode(out, FIELD_LOG_ATTR, attrs);
	if (rc == 0 && channel.len)
		rc = lsp_pb_attr_string(out, FIELD_LOG_ATTR, KEY("linespan.channel"), channel);
	if (rc == 0 && (log->channel == LSP_CHANNEL_STDOUT || log->channel == LSP_CHANNEL_STDERR))
		rc = lsp_pb_attr_string(out, FIELD_LOG_ATTR, KEY("log.iostream"), channel);
	if (rc == 0)
		rc = lsp_pb_attr_bool(out, FIELD_LOG_ATTR, KEY("linespan.stamped"),
			(log->flags & LSP_LOG_STAMPED) != 0);
	if (rc == 0 && (log->flags & LSP_LOG_UNSURE))
		rc = lsp_pb_attr_bool(out, FIELD_LOG_ATTR, KEY("linespan.unsure"), true);
	if (rc == 0 && (log->flags & LSP_LOG_TRUNCATED))
		rc = lsp_pb_attr_bool(out, FIELD_LOG_ATTR, KEY("linespan.truncated"), true);
	return rc;
}

static void take_context(struct lsp_log_row *row, const struct lsp_context *c)
{
	if (!lsp_context_has_trace(c))
		return;
	memcpy(row->trace_id, c->trace_id, sizeof(row->trace_id));
	memcpy(row->span_id, c->span_id, sizeof(row->span_id));
	row->context_source = c->source < LSP_SOURCE_N ? c->source : LSP_SOURCE_NONE;
}

static uint8_t severity_of(const struct lsp_ring_log *log, unsigned type, struct lsp_slice text)
{
	if (type == LSP_RECORD_ERROR)
		return SEVERITY_FATAL;
	if (log->severity > 0 && log->severity <= SEVERITY_MAX)
		return log->severity;
	return (uint8_t)lsp_log_text_severity(text);
}

/* A log router's ring has the lines of many services: they say so in their attributes. */
static int origin_of_line(
	struct lsp_batch *b, struct lsp_ring_scratch *s, struct lsp_slice attrs, uint32_t *origin)
{
	struct lsp_slice service;
	struct lsp_origin made = { .scope = b->origins[*origin].scope };
	if (lsp_ring_attrs_string(attrs, KEY("service.name"), &service) || service.len == 0)
		return 0;
	size_t end = b->n_origins;
	for (size_t i = end; i-- > 0 && end - i <= ORIGINS_LOOKED_AT;) {
		if (lsp_slice_equal(b->origins[i].service, service) &&
			lsp_slice_equal(b->origins[i].scope, made.scope)) {
			*origin = (uint32_t)i;
			return 0;
		}
	}
	int rc = keep(b, s, service, &made.service);
	lsp_buf_clear(&s->attrs);
	if (rc == 0)
		rc = lsp_pb_attr_string(
			&s->attrs, FIELD_RESOURCE_ATTR, KEY("service.name"), made.service);
	if (rc == 0)
		rc = lsp_batch_copy(b, content(&s->attrs), &made.resource);
	struct lsp_origin *added = rc == 0 ? lsp_batch_add_origin(b, origin) : NULL;
	if (added)
		*added = made;
	return rc || added ? rc : -ENOMEM;
}

static void take_pid(struct lsp_log_row *row, struct lsp_slice attrs)
{
	int64_t pid;
	if (lsp_ring_attrs_int(attrs, KEY("process.pid"), &pid) || pid <= 0 || pid > UINT32_MAX)
		return;
	row->pid = (uint32_t)pid;
	row->tid = 0;
}

/* The frames of an error record get their names; without any they stay offsets. */
static struct lsp_slice name_frames(struct lsp_ring_scratch *s, struct lsp_slice attrs)
{
	struct lsp_slice raw;
	if (!s->name_frames || lsp_ring_attrs_string(attrs, KEY("exception.stacktrace"), &raw))
		return attrs;
	lsp_buf_clear(&s->message);
	lsp_buf_clear(&s->replaced);
	if (s->name_frames(s->name_frames_arg, s->owner, raw, &s->message) ||
		lsp_ring_attrs_replace(
			&s->replaced, attrs, KEY("exception.stacktrace"), content(&s->message)))
		return attrs;
	return content(&s->replaced);
}

int lsp_ring_decode_log(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *view)
{
	const struct lsp_ring_log *log = (const struct lsp_ring_log *)view->record;
	struct lsp_slice text, attrs;
	if (!split_log(view, &text, &attrs))
		return -EBADMSG;
	text = without_newline(text);
	struct lsp_log_row row = { .time_ns = log->common.time_ns,
		.severity = severity_of(log, view->type, text),
		.intake = LSP_INTAKE_RING,
		.pid = log->common.pid,
		.tid = log->common.tid,
		.origin = origin };
	/* No id beats a wrong id. */
	if (!(log->flags & LSP_LOG_UNSURE))
		take_context(&row, &log->common.context);
	take_pid(&row, attrs);
	if (view->type == LSP_RECORD_ERROR)
		attrs = name_frames(s, attrs);
	int rc = keep(b, s, text, &row.body);
	if (rc == 0)
		rc = origin_of_line(b, s, attrs, &row.origin);
	if (rc == 0)
		rc = encode_log_attrs(&s->attrs, log, attrs);
	lsp_buf_clear(&s->message);
	if (rc == 0)
		rc = lsp_otlp_encode_log(&s->message, &row, content(&s->attrs));
	if (rc == 0)
		rc = keep_message(b, s, &row.encoded);
	if (rc)
		return rc == -E2BIG ? -EBADMSG : rc;
	struct lsp_log_row *added = lsp_batch_add_log(b);
	if (!added)
		return -ENOMEM;
	*added = row;
	return 0;
}
