/* The schema of one partition. Tables are append-only; views are the documented face for people
 * with the stock sqlite3 (docs/store.md). A change of the tables raises LSP_SCHEMA_VERSION. */
#ifndef LSP_STORE_SQLITE_SCHEMA_H
#define LSP_STORE_SQLITE_SCHEMA_H

#define LSP_SQL_TIME(column)                                                                       \
	"strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000000, 'unixepoch') || "                  \
	"printf('.%09dZ', " column " % 1000000000)"
#define LSP_SQL_TRACE_ID "CASE WHEN tid_lo = 0 AND tid_hi = 0 THEN NULL ELSE "                     \
			 "printf('%016x%016x', tid_hi, tid_lo) END"

static const char lsp_schema[] =
	"CREATE TABLE origin(id INTEGER PRIMARY KEY, service TEXT NOT NULL, resource BLOB, "
	"scope BLOB);"
	"CREATE TABLE span(row INTEGER PRIMARY KEY, tid_hi INT, tid_lo INT, span_id INT, "
	"parent_id INT, start_ns INT, end_ns INT, kind INT, status INT, intake INT, origin INT, "
	"name TEXT, encoded BLOB);"
	"CREATE INDEX span_by_trace ON span(tid_lo);"
	"CREATE INDEX span_by_start ON span(start_ns);"
	"CREATE TABLE log(row INTEGER PRIMARY KEY, tid_hi INT, tid_lo INT, span_id INT, "
	"time_ns INT, severity INT, intake INT, source INT, pid INT, tid INT, origin INT, "
	"body TEXT, encoded BLOB);"
	"CREATE INDEX log_by_trace ON log(tid_lo) WHERE tid_lo <> 0;"
	"CREATE INDEX log_by_time ON log(time_ns);"
	"CREATE VIEW span_view AS SELECT " LSP_SQL_TRACE_ID " AS trace_id, "
	"printf('%016x', span_id) AS span_id, "
	"CASE parent_id WHEN 0 THEN NULL ELSE printf('%016x', parent_id) END AS parent_span_id, "
	"service, name, " LSP_SQL_TIME("start_ns") " AS start, (end_ns - start_ns) / 1e6 AS ms, "
	"CASE kind WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN 'client' "
	"WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE 'unspecified' END AS kind, "
	"CASE status WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE 'unset' END AS status "
	"FROM span JOIN origin ON origin.id = span.origin;"
	"CREATE VIEW log_view AS SELECT " LSP_SQL_TRACE_ID " AS trace_id, "
	"CASE span_id WHEN 0 THEN NULL ELSE printf('%016x', span_id) END AS span_id, "
	LSP_SQL_TIME("time_ns") " AS time, service, "
	"CASE WHEN severity > 20 THEN 'FATAL' WHEN severity > 16 THEN 'ERROR' "
	"WHEN severity > 12 THEN 'WARN' WHEN severity > 8 THEN 'INFO' "
	"WHEN severity > 4 THEN 'DEBUG' WHEN severity > 0 THEN 'TRACE' END AS severity, "
	"body, pid, log.tid AS tid "
	"FROM log JOIN origin ON origin.id = log.origin;";

#endif
