/* The schema of one partition. Tables are append-only; views are the documented face for people
 * with the stock sqlite3 (docs/store.md). A change of the tables raises LSP_SCHEMA_VERSION. */
#ifndef LSP_STORE_SQLITE_SCHEMA_H
#define LSP_STORE_SQLITE_SCHEMA_H

/* Readable times and ids in views. */
#define LSP_SQL_TIME(column)                                                                       \
	"strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000000, 'unixepoch') || "                  \
	"printf('.%09dZ', " column " % 1000000000)"
#define LSP_SQL_TRACE_ID                                                                           \
	"CASE WHEN tid_lo = 0 AND tid_hi = 0 THEN NULL ELSE "                                      \
	"printf('%016x%016x', tid_hi, tid_lo) END"

/* The face for people: the same in hot and sealed files. */
static const char lsp_schema_views[] =
	"CREATE VIEW span_view AS SELECT " LSP_SQL_TRACE_ID " AS trace_id, "
	"printf('%016x', span_id) AS span_id, "
	"CASE parent_id WHEN 0 THEN NULL ELSE printf('%016x', parent_id) END AS parent_span_id, "
	"service, name, " LSP_SQL_TIME(
		"start_ns") " AS start, (end_ns - start_ns) / 1e6 AS ms, "
			    "CASE kind WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN "
			    "'client' "
			    "WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE 'unspecified' END "
			    "AS kind, "
			    "CASE status WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE 'unset' END AS "
			    "status "
			    "FROM span JOIN origin ON origin.id = span.origin;"
			    "CREATE VIEW log_view AS SELECT " LSP_SQL_TRACE_ID " AS trace_id, "
			    "CASE span_id WHEN 0 THEN NULL ELSE printf('%016x', span_id) END AS "
			    "span_id, " LSP_SQL_TIME(
				    "time_ns") " AS time, service, "
					       "CASE WHEN severity > 20 THEN 'FATAL' WHEN severity "
					       "> 16 THEN 'ERROR' "
					       "WHEN severity > 12 THEN 'WARN' WHEN severity > 8 "
					       "THEN 'INFO' "
					       "WHEN severity > 4 THEN 'DEBUG' WHEN severity > 0 "
					       "THEN 'TRACE' END AS severity, "
					       "body, pid, log.tid AS tid "
					       "FROM log JOIN origin ON origin.id = log.origin;";

#define LSP_SQL_ORIGIN                                                                             \
	"CREATE TABLE origin(id INTEGER PRIMARY KEY, service TEXT NOT NULL, resource BLOB, "       \
	"scope BLOB);"

/* Rows lie in blocks (block.h), in hot and in sealed files. Views with the names and columns of
 * rows.h unpack the blocks for the stock sqlite3. Before version 3 a hot file had plain tables of
 * these names (rows_plain.c). */
#define LSP_SQL_BLOCKS(name, more)                                                                 \
	"CREATE TABLE " name "_block(id INTEGER PRIMARY KEY, n INT, max_row INT, min_time INT, "   \
	"max_time INT, raw_bytes INT" more ");"                                                    \
	"CREATE TABLE " name "_data(id INTEGER PRIMARY KEY, rows BLOB, rest BLOB);"
#define LSP_SQL_FIELD(i, name) "json_extract(value, '$[" #i "]') AS " name
#define LSP_SQL_UNPACKED(name)                                                                     \
	" FROM " name "_block b JOIN " name "_data d ON d.id = b.id, "                             \
	"json_each(CAST(sqlar_uncompress(d.rows, b.raw_bytes) AS TEXT));"
static const char lsp_schema_unpacked[] = "CREATE VIEW span AS SELECT " LSP_SQL_FIELD(
	0, "row, ") LSP_SQL_FIELD(1, "tid_hi, ") LSP_SQL_FIELD(2, "tid_lo, ") LSP_SQL_FIELD(3,
	"span_id, ") LSP_SQL_FIELD(4, "parent_id, ") LSP_SQL_FIELD(5, "start_ns, ") LSP_SQL_FIELD(6,
	"end_ns, ") LSP_SQL_FIELD(7, "kind, ") LSP_SQL_FIELD(8, "status, ")
	LSP_SQL_FIELD(9, "intake, ") LSP_SQL_FIELD(10, "origin, ") LSP_SQL_FIELD(11, "name")
		LSP_SQL_UNPACKED("span") "CREATE VIEW log AS SELECT " LSP_SQL_FIELD(
			0, "row, ") LSP_SQL_FIELD(1, "tid_hi, ") LSP_SQL_FIELD(2, "tid_lo, ")
			LSP_SQL_FIELD(3, "span_id, ") LSP_SQL_FIELD(4, "time_ns, ") LSP_SQL_FIELD(
				5, "severity, ") LSP_SQL_FIELD(6, "intake, ")
				LSP_SQL_FIELD(7, "source, ") LSP_SQL_FIELD(8, "pid, ")
					LSP_SQL_FIELD(9, "tid, ") LSP_SQL_FIELD(10, "origin, ")
						LSP_SQL_FIELD(11, "body") LSP_SQL_UNPACKED("log");

/* A hot file: blocks as they came in, not compressed, each with the number of its first row for an
 * id. tids: the low halves of its rows' trace ids, 8 bytes each in this machine's order. There is
 * no index by trace id: random keys in a B-tree are what makes intake slow. It is in memory
 * (hot_index.h). log_hot_words: the words (words.h) of the texts of blocks that are not small, in a
 * table of their own because a question after a restart reads them all. */
static const char lsp_schema_hot[] =
	LSP_SQL_ORIGIN LSP_SQL_BLOCKS("span", ", tids BLOB")
	LSP_SQL_BLOCKS("log", ", tids BLOB")
	"CREATE TABLE log_hot_words(id INTEGER PRIMARY KEY, n INT, bits BLOB);"
	"CREATE INDEX span_block_by_time ON span_block(max_time);"
	"CREATE INDEX log_block_by_time ON log_block(max_time);";

/* A sealed file: which blocks hold rows of a trace, and which may hold an attribute (attr_index.h)
 * or a text (words.h). */
#define LSP_SQL_ATTRS(name)                                                                        \
	"CREATE TABLE " name "_attrs(bucket INTEGER PRIMARY KEY, list BLOB);"
#define LSP_SQL_TRACES(name)                                                                       \
	"CREATE TABLE " name "_trace(tid_lo INT, block INT, PRIMARY KEY(tid_lo, block)) "          \
	"WITHOUT ROWID;"
static const char lsp_schema_sealed[] = LSP_SQL_ORIGIN
	LSP_SQL_BLOCKS("span", "") LSP_SQL_BLOCKS("log", "")
	LSP_SQL_TRACES("span") LSP_SQL_TRACES("log") LSP_SQL_ATTRS("span") LSP_SQL_ATTRS("log")
	"CREATE TABLE log_words(slice INTEGER PRIMARY KEY, bits BLOB);"
	"CREATE TABLE trace_filter(bits BLOB);";

#endif
