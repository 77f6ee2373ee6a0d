/* The tables: made when they are not there, and asked for what they are. */
#include "click.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (1u << 20)
#define SQL_BYTES  8192

/* Sorted by trace id: a look-up reads one granule a part. Partitions are days of arrival (Row is
 * nanoseconds), so a sender with wild times makes no partitions. */
#define ROWS_COLUMNS(zstd, delta)                                                                  \
	"Row UInt64" delta ", Signal UInt8, TraceHigh UInt64" zstd ", TraceLow UInt64" zstd        \
	", SpanId UInt64" zstd ", ParentId UInt64" zstd ", Time UInt64" delta ", End UInt64" delta \
	", Kind UInt8, Status UInt8, Intake UInt8, Pid UInt32, Tid UInt32, Service " LC zstd       \
	", Text String" zstd ", Encoded String" zstd ", Resource String" zstd                      \
	", Scope String" zstd
#define ROWS_ORDER                                                                                 \
	" ENGINE = MergeTree() PARTITION BY intDiv(Row, 86400000000000) ORDER BY (TraceLow, Time)"

#define LC "LowCardinality(String)"
static const char rows_sql[] = "CREATE TABLE IF NOT EXISTS " LSP_CLICK_TABLE " (" ROWS_COLUMNS(
	" CODEC(ZSTD(1))",
	" CODEC(Delta(8), ZSTD(1))") ", INDEX idx_time Time TYPE minmax GRANULARITY 64"
				     ", INDEX idx_row Row TYPE minmax GRANULARITY 64)" ROWS_ORDER
				     "%s SETTINGS index_granularity = 1024, ttl_only_drop_parts = "
				     "1, "
				     "non_replicated_deduplication_window = 1000";
#undef LC
#define LC "String"
/* For servers that know no codecs, indexes and small dictionaries. */
static const char rows_old_sql[] = "CREATE TABLE IF NOT EXISTS " LSP_CLICK_TABLE " (" ROWS_COLUMNS(
	"", "") ")" ROWS_ORDER " SETTINGS index_granularity = 1024";

#define MAP   " Map(LowCardinality(String), String) CODEC(ZSTD(1))"
#define TEXT  " String CODEC(ZSTD(1))"
#define SMALL " LowCardinality(String) CODEC(ZSTD(1))"
#define BLOOM_KEYS(name, column)                                                                   \
	", INDEX idx_" name "_key mapKeys(" column ") TYPE bloom_filter(0.01) GRANULARITY 1"       \
	", INDEX idx_" name "_value mapValues(" column ") TYPE bloom_filter(0.01) GRANULARITY 1"
#define OTEL_SETTINGS                                                                              \
	" SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, "                            \
	"non_replicated_deduplication_window = 1000"

static const char traces_sql[] =
	"CREATE TABLE IF NOT EXISTS otel_traces (Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), "
	"TraceId" TEXT ", SpanId" TEXT ", ParentSpanId" TEXT ", TraceState" TEXT ", SpanName" SMALL
	", SpanKind" SMALL ", ServiceName" SMALL ", ResourceAttributes" MAP ", ScopeName" TEXT
	", ScopeVersion" TEXT ", SpanAttributes" MAP ", Duration UInt64 CODEC(ZSTD(1)), "
	"StatusCode" SMALL ", StatusMessage" TEXT
	", Events Nested(Timestamp DateTime64(9), Name LowCardinality(String), Attributes "
	"Map(LowCardinality(String), String)) CODEC(ZSTD(1))"
	", Links Nested(TraceId String, SpanId String, TraceState String, Attributes "
	"Map(LowCardinality(String), String)) CODEC(ZSTD(1))"
	", INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1" BLOOM_KEYS(
		"res_attr", "ResourceAttributes") BLOOM_KEYS("span_attr",
		"SpanAttributes") ", INDEX idx_duration Duration TYPE minmax GRANULARITY 1) ENGINE "
				  "= MergeTree() "
				  "PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, "
				  "toDateTime(Timestamp))"
				  "%s" OTEL_SETTINGS;

static const char logs_sql[] =
	"CREATE TABLE IF NOT EXISTS otel_logs (Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)), "
	"TimestampTime DateTime DEFAULT toDateTime(Timestamp), TraceId" TEXT ", SpanId" TEXT
	", TraceFlags UInt8, SeverityText" SMALL ", SeverityNumber UInt8, ServiceName" SMALL
	", Body" TEXT ", ResourceSchemaUrl" SMALL ", ResourceAttributes" MAP
	", ScopeSchemaUrl" SMALL ", ScopeName" TEXT ", ScopeVersion" SMALL ", ScopeAttributes" MAP
	", LogAttributes" MAP ", EventName" TEXT
	", INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1" BLOOM_KEYS(
		"res_attr", "ResourceAttributes") BLOOM_KEYS("scope_attr",
		"ScopeAttributes") BLOOM_KEYS("log_attr",
		"LogAttributes") ", INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY "
				 "8) ENGINE = MergeTree() "
				 "PARTITION BY toDate(TimestampTime) PRIMARY KEY (ServiceName, "
				 "TimestampTime) "
				 "ORDER BY (ServiceName, TimestampTime, Timestamp)%s" OTEL_SETTINGS;

static const struct {
	const char *name, *sql;
	const char *arrival; /* what the retention counts from */
} otel_tables[2] = { { "otel_traces", traces_sql, "toDateTime(Timestamp)" },
	{ "otel_logs", logs_sql, "TimestampTime" } };

static enum lsp_click_fate ask(struct lsp_click *s, const char *sql, bool no_database,
	struct lsp_buf *out, char why[LSP_CLICK_WHY])
{
	struct lsp_click_request r = { .sql = sql, .no_database = no_database };

	return lsp_click_http_send(&s->http, &r, out, why);
}

static int ask_version(struct lsp_click *s, char why[LSP_CLICK_WHY])
{
	struct lsp_buf out;
	enum lsp_click_fate fate;

	lsp_buf_init(&out, ANSWER_MAX);
	fate = ask(s, "SELECT version()", true, &out, why);
	s->version = out.at ? (unsigned)strtoul(out.at, NULL, 10) : 0;
	lsp_buf_release(&out);
	return lsp_click_errno(fate);
}

static void make_ttl(const struct lsp_click *s, const char *from, char out[256])
{
	out[0] = 0;
	if (s->retention_ns)
		snprintf(out, 256, " TTL %s + toIntervalSecond(%" PRIu64 ")", from,
			s->retention_ns / 1000000000u + 1);
}

static int exists(struct lsp_click *s, const char *table, bool *ret, char why[LSP_CLICK_WHY])
{
	char sql[256];
	struct lsp_buf out;
	enum lsp_click_fate fate;

	lsp_buf_init(&out, ANSWER_MAX);
	snprintf(sql, sizeof(sql), "EXISTS TABLE %s", table);
	fate = ask(s, sql, false, &out, why);
	*ret = fate == LSP_CLICK_OK && out.at && out.at[0] == '1';
	lsp_buf_release(&out);
	return lsp_click_errno(fate);
}

static int make_rows_table(struct lsp_click *s, char why[LSP_CLICK_WHY])
{
	char sql[SQL_BYTES], ttl[256];
	enum lsp_click_fate fate;
	bool there;
	int rc = exists(s, LSP_CLICK_TABLE, &there, why);

	if (rc || there)
		return rc;
	make_ttl(s, "toDateTime(intDiv(Row, 1000000000))", ttl);
	snprintf(sql, sizeof(sql), rows_sql, ttl);
	fate = ask(s, sql, false, NULL, why);
	if (fate == LSP_CLICK_POISON)
		fate = ask(s, rows_old_sql, false, NULL, why);
	return lsp_click_errno(fate);
}

static int learn_columns(
	struct lsp_click *s, const char *table, struct lsp_otel_table *t, char why[LSP_CLICK_WHY])
{
	char sql[256];
	struct lsp_buf out;
	struct lsp_slice data;
	enum lsp_click_fate fate;

	lsp_buf_init(&out, ANSWER_MAX);
	snprintf(sql, sizeof(sql), "DESC TABLE %s FORMAT TabSeparatedRaw", table);
	fate = ask(s, sql, false, &out, why);
	data = (struct lsp_slice){ out.at, out.len };
	while (fate == LSP_CLICK_OK && data.len) {
		const char *end = memchr(data.at, '\n', data.len);
		size_t len = end ? (size_t)(end - data.at) : data.len;
		struct lsp_slice field[3] = { { data.at, len }, { "", 0 }, { "", 0 } };

		for (int i = 0; i < 2; i++) {
			const char *tab = memchr(field[i].at, '\t', field[i].len);

			if (!tab)
				break;
			field[i + 1] = (struct lsp_slice){ tab + 1,
				field[i].len - (size_t)(tab - field[i].at) - 1 };
			field[i].len = (size_t)(tab - field[i].at);
		}
		if (field[2].len) {
			const char *tab = memchr(field[2].at, '\t', field[2].len);

			field[2].len = tab ? (size_t)(tab - field[2].at) : field[2].len;
		}
		lsp_otel_learn(t, field[0], field[1], field[2]);
		data.at += len + (end ? 1 : 0);
		data.len -= len + (end ? 1 : 0);
	}
	lsp_buf_release(&out);
	return lsp_click_errno(fate);
}

/* Without it, when the server cannot have it, look-ups are complete all the same. */
static int make_otel_table(struct lsp_click *s, int i, char why[LSP_CLICK_WHY])
{
	char sql[SQL_BYTES], ttl[256];
	enum lsp_click_fate fate;
	bool there;
	int rc = exists(s, otel_tables[i].name, &there, why);

	memset(&s->otel[i], 0, sizeof(s->otel[i]));
	s->otel[i].signal = i == 0 ? LSP_CLICK_SPAN : LSP_CLICK_LOG;
	if (rc)
		return rc;
	if (!there) {
		make_ttl(s, otel_tables[i].arrival, ttl);
		snprintf(sql, sizeof(sql), otel_tables[i].sql, ttl);
		fate = ask(s, sql, false, NULL, why);
		if (fate == LSP_CLICK_POISON)
			return 0;
		if (fate != LSP_CLICK_OK)
			return lsp_click_errno(fate);
	}
	return learn_columns(s, otel_tables[i].name, &s->otel[i], why);
}

int lsp_click_prepare(struct lsp_click *s, char why[LSP_STORE_WHY_BYTES])
{
	char sql[256];
	int rc = ask_version(s, why);

	if (rc)
		return rc;
	/* A user who may not make one can use one that is there. */
	snprintf(sql, sizeof(sql), "CREATE DATABASE IF NOT EXISTS %s", s->http.database);
	(void)ask(s, sql, true, NULL, why);
	rc = make_rows_table(s, why);
	for (int i = 0; rc == 0 && i < 2; i++)
		rc = make_otel_table(s, i, why);
	s->ready = rc == 0;
	if (rc == 0)
		why[0] = 0;
	return rc;
}
