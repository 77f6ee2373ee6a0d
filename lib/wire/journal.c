#include "journal.h"
#include "otlp_encode.h"
#include "syslog_rows.h"

#include <errno.h>

#define IDS_BYTES 80
#define USEC_NS   1000u

static const struct lsp_slice names[] = {
#define X(id, name) { name, sizeof(name) - 1 },
	LSP_JOURNAL_FIELD_TABLE(X)
#undef X
};

void lsp_journal_entry_init(struct lsp_journal_entry *e, uint64_t time_ns)
{
	*e = (struct lsp_journal_entry){ .time_ns = time_ns };
}

int lsp_journal_entry_field(
	struct lsp_journal_entry *e, struct lsp_batch *b, struct lsp_slice field)
{
	const char *end = field.len ? memchr(field.at, '=', field.len) : NULL;
	size_t n = end ? (size_t)(end - field.at) : 0;

	for (size_t i = 0; n > 0 && i < LSP_JOURNAL_N_FIELDS; i++) {
		if (e->fields[i].at ||
			!lsp_slice_equal(names[i], (struct lsp_slice){ field.at, n }))
			continue;
		return lsp_batch_copy(
			b, (struct lsp_slice){ end + 1, field.len - n - 1 }, &e->fields[i]);
	}
	return 0;
}

static struct lsp_slice first_of(
	const struct lsp_journal_entry *e, const enum lsp_journal_field *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (e->fields[ids[i]].len)
			return e->fields[ids[i]];
	return (struct lsp_slice){ "", 0 };
}

/* Both ids as the one finder reads them; empty when the fields are not there or too long. */
static struct lsp_slice ids_text(const struct lsp_journal_entry *e, char text[IDS_BYTES])
{
	struct lsp_slice trace = e->fields[LSP_JOURNAL_TRACE_ID];
	struct lsp_slice span = e->fields[LSP_JOURNAL_SPAN_ID];
	static const char trace_name[] = "trace_id=", span_name[] = " span_id=";
	size_t n = 0;

	if (trace.len == 0 || trace.len > 32 || span.len > 16)
		return (struct lsp_slice){ "", 0 };
	memcpy(text, trace_name, sizeof(trace_name) - 1);
	n = sizeof(trace_name) - 1;
	memcpy(text + n, trace.at, trace.len);
	n += trace.len;
	if (span.len) {
		memcpy(text + n, span_name, sizeof(span_name) - 1);
		n += sizeof(span_name) - 1;
		memcpy(text + n, span.at, span.len);
		n += span.len;
	}
	return (struct lsp_slice){ text, n };
}

/* What the sender's own clock said, when it is a time. */
static uint64_t time_of(const struct lsp_journal_entry *e)
{
	struct lsp_slice s = e->fields[LSP_JOURNAL_SOURCE_TIME];
	uint64_t us = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || i == 17)
			return e->time_ns;
		us = us * 10 + (uint64_t)(s.at[i] - '0');
	}
	return us && us <= INT64_MAX / USEC_NS ? us * USEC_NS : e->time_ns;
}

static int add_attrs(struct lsp_syslog_scratch *s, const struct lsp_journal_entry *e)
{
	static const struct {
		enum lsp_journal_field field;
		const char *name;
		bool is_number;
	} attrs[] = { { LSP_JOURNAL_FACILITY, "syslog.facility.code", true },
		{ LSP_JOURNAL_UNIT, "systemd.unit", false },
		{ LSP_JOURNAL_MESSAGE_ID, "syslog.msg.id", false },
		{ LSP_JOURNAL_CODE_FILE, "code.file.path", false },
		{ LSP_JOURNAL_CODE_LINE, "code.line.number", true },
		{ LSP_JOURNAL_CODE_FUNC, "code.function.name", false } };
	int rc = 0;

	lsp_buf_clear(&s->attrs);
	for (size_t i = 0; rc == 0 && i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		struct lsp_slice name = lsp_slice_of(attrs[i].name);
		struct lsp_slice value = e->fields[attrs[i].field];

		if (value.len && attrs[i].is_number)
			rc = lsp_pb_attr_int(
				&s->attrs, LSP_ROWS_LOG_ATTR, name, lsp_rows_number(value));
		else
			rc = lsp_rows_text_attr(s, name, value);
	}
	return rc;
}

int lsp_journal_take(
	struct lsp_batch *b, struct lsp_syslog_scratch *s, const struct lsp_journal_entry *e)
{
	static const enum lsp_journal_field services[] = { LSP_JOURNAL_IDENTIFIER, LSP_JOURNAL_UNIT,
		LSP_JOURNAL_COMM };
	static const enum lsp_journal_field pids[] = { LSP_JOURNAL_PID, LSP_JOURNAL_SYSLOG_PID };
	struct lsp_log_row row = { .intake = LSP_INTAKE_JOURNAL, .time_ns = time_of(e) };
	struct lsp_slice service = first_of(e, services, 3), text = e->fields[LSP_JOURNAL_MESSAGE];
	struct lsp_slice level = e->fields[LSP_JOURNAL_PRIORITY];
	struct lsp_slice host = e->fields[LSP_JOURNAL_HOSTNAME];
	char ids[IDS_BYTES];
	int rc;

	if (text.len == 0)
		return 0;
	if (level.len == 1 && level.at[0] >= '0' && level.at[0] <= '7')
		row.severity = lsp_rows_severities[level.at[0] - '0'];
	row.pid = lsp_rows_number(first_of(e, pids, 2));
	row.tid = lsp_rows_number(e->fields[LSP_JOURNAL_TID]);
	lsp_rows_ids(&row, ids_text(e, ids), text);
	rc = lsp_rows_origin(b, s, service.len ? service : LSP_SLICE("unknown_service"),
		host.at ? host : (struct lsp_slice){ "", 0 }, &row.origin);
	rc = rc ? rc : add_attrs(s, e);
	return rc || lsp_rows_add(b, s, &row, text) ? -ENOMEM : 0;
}
