#!/usr/bin/env bash
# The current ClickHouse engine as the store: tables, inserts, every look-up. What the embedded
# store answers is what this one has to answer.
. "$(dirname "$0")/lib.sh"

check 'the current ClickHouse engine is here' get_engine
get_engine >/dev/null
start_engine
step "ClickHouse $(ask "$CLICK_PORT" 'SELECT version()')"

readonly CLICK=clickhouse:http://default@127.0.0.1:$CLICK_PORT
serve_on sqlite sqlite:
serve_on click "$CLICK/linespan"
"$PYTHON" "$TESTS/rows.py" "$WORK"
for kind in traces logs; do
	post sqlite "$kind" "$WORK/$kind.json" >/dev/null
	check "$kind go in" post click "$kind" "$WORK/$kind.json"
done
check 'the queue drains' wait_for 20 drained click

# ---- the same answers ------------------------------------------------------------------
# Row numbers are an engine's own, and so is the order of what is equal.
readonly SORTED='del(.last_row?) | walk(if type == "array" then sort else . end)'
same_answer() { # FACT PATH
	local name
	for name in sqlite click; do
		curl -sS "${API[$name]}$2" | jq -S "$SORTED" >"$WORK/$name.json" || true
	done
	[ -s "$WORK/sqlite.json" ] || { not_ok "$1: no answer" && return; }
	same "$1" "$WORK/sqlite.json" "$WORK/click.json"
}
trace() { printf '%016x%016x' "$1" $((0xabcdef0000 + $1 - 1)); }
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	same_answer "trace $i" "/api/v1/traces/$(trace $i)"
done
same_answer 'a trace by its low 64 bits' '/api/v1/traces/000000abcdef0003'
same_answer 'no such trace' '/api/v1/traces/00000000000000010000000000000099'
same_answer 'explain' "/api/v1/traces/$(trace 4)/explain"
same_answer 'the logs of a trace' "/api/v1/traces/$(trace 4)/logs"
same_answer 'services' '/api/v1/services'
for q in '' 'limit=3' 'service=shop' "service=gate%27way" 'service=nobody' 'errors=true' \
	'operation=orphan' 'min-duration=50ms' 'max-duration=20ms' 'text=timeout' 'text=DROP' \
	'text=%25percent_' 'text=%27)%3B' 'operation=%27); DROP TABLE linespan_rows; --' \
	'since=2h' 'until=2h' 'since=2h&limit=5&errors=true' 'attr=n=9223372036854775807' \
	'attr=neg=-3' 'attr=f=0.3333333333333333' 'attr=f=2' 'attr=b=true&limit=4' 'attr=b=false' \
	'attr=error=true' 'attr=error=false&limit=30' 'attr=span.kind=server' 'attr=host=h%221' \
	'attr=text=%27);%20DROP%20TABLE%20linespan_rows;%20--' 'attr=text=%25percent_under' \
	'attr=text=tab%09new%0Aline%0D' 'attr=text=' 'attr=text=plain&service=shop' \
	'attr=neg=-3&service=shop' 'attr=list=%5B1,%22two%22,%5B3.5%5D%5D&limit=2' \
	'attr=unhex(%2700%27)=1' 'attr=%27%27%27=%5C' 'attr=neg=-4&attr=b=true' \
	'attr=neg=-4&attr=b=false'; do
	same_answer "search ${q:-everything}" "/api/v1/traces?${q// /%20}"
done
for q in '' 'limit=4' 'service=shop' 'severity=ERROR' 'text=timeout%20checkout' 'text=%25' \
	'text=_' 'text=%5C' 'text=%27' 'no-trace=true' "trace=$(trace 4)" 'since=2h' 'until=2h' \
	'text=%F0%9F%98%80' 'service=gate%27way&severity=WARN&limit=2' 'attr=neg=-3' \
	'attr=f=0.3333333333333333' 'attr=b=true&limit=4' 'attr=host=h2' 'attr=host=h%221&limit=3' \
	'attr=text=%27);%20DROP%20TABLE%20linespan_rows;%20--' 'attr=text=%25percent_under' \
	'attr=text=%5C%5CN' 'attr=neg=-4&service=shop' 'attr=error=true'; do
	same_answer "logs ${q:-everything}" "/api/v1/logs?$q"
done
same_answer 'lint' '/api/v1/lint'
now_s=$(date +%s)
between=$((now_s - 3590))
same_answer 'compare' \
	"/api/v1/compare?baseline=$((now_s - 7200))..$between&incident=$between..$now_s"
same_answer "Jaeger's API" "/api/traces/$(trace 2)"
same_answer "Jaeger's search" '/api/traces?service=shop&limit=20'
same_answer "Jaeger's search by tag" '/api/traces?service=shop&tag=text:plain&tag=error:true'
check 'show prints it' "$LINESPAN" show --server "${API[click]}" "$(trace 4)"

# ---- the exporter's tables -------------------------------------------------------------
value_of() { ask "$CLICK_PORT" "$1"; }
equal 'all spans are in otel_traces' \
	"$(value_of 'SELECT count() FROM linespan.linespan_rows WHERE Signal = 0')" \
	"$(value_of 'SELECT count() FROM linespan.otel_traces')"
equal 'a span is as the exporter writes it' \
	"$(printf 'Server\tError\t1.0\ta=b\t1\t9223372036854775807\ttrue\t[1,"two",[3.5]]')" \
	"$(value_of "SELECT SpanKind, StatusCode, ScopeVersion, TraceState, length(Events.Name),
	Events.Attributes[1]['n'], Events.Attributes[1]['b'], Events.Attributes[1]['list'] FROM
	linespan.otel_traces WHERE SpanId = '0000000000000002' FORMAT TabSeparatedRaw")"
equal 'a time is kept to the nanosecond' 1 \
	"$(value_of "SELECT count() > 0 FROM linespan.otel_logs l, linespan.linespan_rows r WHERE
	l.Body = r.Text AND toUnixTimestamp64Nano(l.Timestamp) = r.Time AND r.Time % 1000 != 0")"
equal 'a hostile body is one value' 1 "$(value_of "SELECT count() > 0 FROM linespan.otel_logs WHERE
	Body = '\\'); DROP TABLE linespan_rows; --'")"

# ---- a look-up reads one granule a part, whatever lies beside it -----------------------
value_of 'EXPLAIN indexes = 1 SELECT * FROM linespan.linespan_rows WHERE TraceLow = 737894400003' \
	>"$WORK/explain"
check 'a look-up by id uses the key' grep -q 'TraceLow' "$WORK/explain"

# ---- the second generation of otel_logs ------------------------------------------------
value_of 'CREATE DATABASE g2' >/dev/null
value_of "CREATE TABLE g2.otel_logs (Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
	TraceId String, SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String),
	SeverityNumber UInt8, ServiceName LowCardinality(String), Body String,
	ResourceAttributes Map(LowCardinality(String), String),
	LogAttributes Map(LowCardinality(String), String), Day Date MATERIALIZED toDate(Timestamp),
	Mine Nullable(String), CONSTRAINT c CHECK Body != 'poison') ENGINE = MergeTree()
	PARTITION BY toDate(Timestamp)
	ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)" >/dev/null
serve_on g2 "$CLICK/g2"
now=$(date +%s%N)
log() { # NAME BODY
	local ids='"traceId":"000000000000000000000000000000f1","spanId":"00000000000000f1"'
	local record="{\"timeUnixNano\":\"$now\",$ids,\"body\":{\"stringValue\":\"$2\"}}"
	echo "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[$record]}]}]}" >"$WORK/log.json"
	post "$1" logs "$WORK/log.json"
}
log g2 first >/dev/null
check 'a table of the second generation takes logs' wait_for 20 drained g2
equal 'it has them' first "$(value_of 'SELECT Body FROM g2.otel_logs')"

# ---- a batch that a table refuses ------------------------------------------------------
log g2 poison >/dev/null
sleep 1
log g2 after >/dev/null
check 'a refused batch does not block the next' wait_for 30 drained g2
equal 'what came after it is there' after \
	"$(value_of "SELECT Body FROM g2.otel_logs WHERE Body = 'after'")"
check 'it is set aside, with the reason' \
	grep -q VIOLATED_CONSTRAINT "$WORK"/g2.data/clickhouse/set-aside/*.why
curl -sS "${API[g2]}/api/v1/traces/00000000000000f1" >"$WORK/f1.json"
check 'a look-up has it all the same' jq -e '[.logs[].body] | index("poison")' "$WORK/f1.json"
check 'and says that something was set aside' \
	jq -e '.notes[] | select(test("set aside"))' "$WORK/f1.json"

# ---- the engine goes and comes ---------------------------------------------------------
stop engine KILL || true
log click queued >/dev/null && ok 'what comes while the engine is away is acknowledged'
stop click KILL || true
segment=$(compgen -G "$WORK/click.data/clickhouse/0*.0")
cp "$segment" "$WORK/kept"
start_engine "$CLICK_PORT"
serve_on click "$CLICK/linespan"
check 'it is sent after a kill -9 and the return of the engine' wait_for 30 drained click
once() { value_of "SELECT count() FROM linespan.$1 WHERE $2 = 'queued'"; }
equal 'it is there' 1 "$(once linespan_rows Text)"
stop click || true
cp "$WORK/kept" "$segment"
serve_on click "$CLICK/linespan"
check 'the same batch is sent once more' wait_for 30 drained click
equal 'and counts once in linespan_rows' 1 "$(once linespan_rows Text)"
equal 'and once in otel_logs' 1 "$(once otel_logs Body)"
finish
