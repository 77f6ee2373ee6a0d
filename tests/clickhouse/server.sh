#!/usr/bin/env bash
# A real ClickHouse server over the network: Debian's, of 2018, so with reduced tables. Outages
# under load, and a cluster of two shards that loses one.
. "$(dirname "$0")/lib.sh"

check "Debian's clickhouse-server is here" get_server
get_server
start_server 1
step "ClickHouse $(ask "${HTTP[1]}" 'SELECT version()')"
sql() { ask "${HTTP[1]}" "$1"; }
readonly STORE=clickhouse:http://default@127.0.0.1:${HTTP[1]}

# ---- tables of an old server: fewer columns, other types -------------------------------
sql 'CREATE DATABASE linespan'
sql 'CREATE TABLE linespan.otel_logs (Timestamp DateTime, TraceId String, Body String,
	SeverityNumber UInt8, Mine String DEFAULT upper(Body), LogAttributes UInt8)
	ENGINE = MergeTree() PARTITION BY toDate(Timestamp) ORDER BY Timestamp'
serve_on one "$STORE/linespan"
"$PYTHON" "$TESTS/rows.py" "$WORK"
check 'traces go in' post one traces "$WORK/traces.json"
check 'logs go in' post one logs "$WORK/logs.json"
check 'the queue drains' wait_for 20 drained one
equal 'only columns that are there, of a type that holds them, are filled' \
	'CHECKOUT FAILED: TIMEOUT	0' \
	"$(sql "SELECT Mine, LogAttributes FROM linespan.otel_logs WHERE Body LIKE 'checkout%'
	LIMIT 1")"
equal 'a table that this server cannot have is left out' 0 \
	"$(sql 'EXISTS TABLE linespan.otel_traces')"
id=$(printf '%016x%016x' 15 $((0xabcdef0000 + 14)))
check 'show finds a trace' "$LINESPAN" show --server "${API[one]}" "$id"
check 'search finds it by a word in its logs' \
	"$LINESPAN" search --server "${API[one]}" --text timeout
equal 'search finds it by an attribute' "$id" "$("$LINESPAN" search --server "${API[one]}" \
	--attr neg=-14 --attr 'text=checkout failed: timeout' --json | jq -r '.traces[].trace_id')"
equal 'logs by an attribute are those of three services' 3 \
	"$("$LINESPAN" logs --server "${API[one]}" --attr neg=-14 | wc -l)"
status=0
timeout 20 "$LINESPAN" serve --dir "$WORK/x.spool" --data "$WORK/x.data" \
	--store "clickhouse:http://locked:wrong@127.0.0.1:${HTTP[1]}/linespan" --http 127.0.0.1:0 \
	--otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 >"$WORK/denied" 2>&1 || status=$?
equal 'with a wrong password it does not start' 1 "$status"
check 'it says so in one line' \
	grep -Eq '^linespan serve: store clickhouse: .*(locked|Password|password)' "$WORK/denied"
refute 'the password is not printed' grep -q 'wrong' "$WORK/denied"

# ---- outages under load ----------------------------------------------------------------
echo "${OTLP[one]}" >"$WORK/url"
mkfifo "$WORK/load.in"
exec {load_in}<>"$WORK/load.in"
"$PYTHON" "$TESTS/load.py" "$WORK/url" "$WORK/acked" <"$WORK/load.in" &
loader=$!
loader_stop() {
	exec {load_in}>&-
	kill "$loader" 2>/dev/null || true
	wait "$loader" 2>/dev/null || true
}
sleep 1
stop server1 KILL || true
before=$(wc -l <"$WORK/acked")
sleep 1
check 'what comes while the server is away is acknowledged' \
	[ "$(wc -l <"$WORK/acked")" -gt "$before" ]
check 'a look-up then says that the store cannot be reached' \
	grep -q 'could not be read' <(curl -sS "${API[one]}/api/v1/traces/$id")
for _ in 1 2 3; do
	stop one KILL || true
	serve_on one "$STORE/linespan"
	echo "${OTLP[one]}" >"$WORK/url"
	sleep 0.7
done
start_server 1
sleep 1
stop server1 KILL || true
sleep 0.3
stop one KILL || true
start_server 1
serve_on one "$STORE/linespan"
echo "${OTLP[one]}" >"$WORK/url"
sleep 1
loader_stop
check 'the queue drains when the server is back' wait_for 40 drained one
sql "SELECT Text FROM linespan.linespan_rows WHERE Service = 'load' LIMIT 1 BY Row" |
	LC_ALL=C sort >"$WORK/there"
LC_ALL=C sort "$WORK/acked" >"$WORK/acked.sorted"
step "acknowledged: $(wc -l <"$WORK/acked"), there: $(wc -l <"$WORK/there")"
check 'there was a load' [ "$(wc -l <"$WORK/acked")" -gt 1000 ]
equal 'nothing acknowledged is missing' '' \
	"$(LC_ALL=C comm -23 "$WORK/acked.sorted" "$WORK/there" | head)"
equal 'nothing is doubled' '' "$(uniq -d "$WORK/there" | head)"

# ---- the queue has a ceiling -----------------------------------------------------------
stop server1 KILL || true
stop one || true
serve_on small "$STORE/linespan" --max-disk 64M
"$PYTHON" -c "
import json
r = [{'body': {'stringValue': 'y' * 1000}} for i in range(8000)]
json.dump({'resourceLogs': [{'scopeLogs': [{'logRecords': r}]}]}, open('$WORK/big.json', 'w'))"
codes=''
for _ in $(seq 12); do
	codes+=$(curl -sS -o /dev/null -w '%{http_code} ' -H 'Content-Type: application/json' \
		--data-binary "@$WORK/big.json" "${OTLP[small]}/v1/logs")
done
check 'a full queue is a retryable error' grep -Eq '^200 .*(429|503) $' <<<"$codes"
stop small || true

# ---- two shards ------------------------------------------------------------------------
free_port 'HTTP[2]' && free_port 'TCP[2]' && free_port 'INTER[2]'
shard() { echo "<shard><replica><host>127.0.0.1</host><port>$1</port></replica></shard>"; }
cluster="<remote_servers><two>$(shard "${TCP[1]}")$(shard "${TCP[2]}")</two></remote_servers>"
start_server 1 "$cluster"
start_server 2 "$cluster"
columns='Row UInt64, Signal UInt8, TraceHigh UInt64, TraceLow UInt64, SpanId UInt64,
	ParentId UInt64, Time UInt64, End UInt64, Kind UInt8, Status UInt8, Intake UInt8,
	Pid UInt32, Tid UInt32, Service String, Text String, Encoded String, Resource String,
	Scope String'
for n in 1 2; do
	ask "${HTTP[$n]}" 'CREATE DATABASE two'
	ask "${HTTP[$n]}" "CREATE TABLE two.rows_here ($columns) ENGINE = MergeTree() PARTITION BY
		intDiv(Row, 86400000000000) ORDER BY (TraceLow, Time)"
	ask "${HTTP[$n]}" "CREATE TABLE two.linespan_rows ($columns)
		ENGINE = Distributed(two, two, rows_here, TraceLow)"
done
serve_on shards "$STORE/two"
post shards traces "$WORK/traces.json" >/dev/null
post shards logs "$WORK/logs.json" >/dev/null
check 'the queue drains into two shards' wait_for 20 drained shards
check 'both shards have rows' [ "$(ask "${HTTP[1]}" 'SELECT count() FROM two.rows_here')" -gt 0 -a \
	"$(ask "${HTTP[2]}" 'SELECT count() FROM two.rows_here')" -gt 0 ]
trace_on() { # N: the low half of the id of a trace of which shard N has rows
	printf '%016x' "$(ask "${HTTP[$1]}" 'SELECT TraceLow FROM two.rows_here WHERE TraceLow != 0
		LIMIT 1')"
}
on1=$(trace_on 1)
on2=$(trace_on 2)
for t in "$on1" "$on2"; do
	check 'a trace is found, on whichever shard' \
		jq -e '.spans + .logs | length > 0' <(curl -sS "${API[shards]}/api/v1/traces/$t")
done
stop server2 KILL || true
curl -sS "${API[shards]}/api/v1/traces/$on1" >"$WORK/partial.json"
check 'without a shard, a look-up has what the other has' \
	jq -e '.spans + .logs | length > 0' "$WORK/partial.json"
check 'and says that it may be incomplete' \
	jq -e '.notes[] | select(test("shard"))' "$WORK/partial.json"
curl -sS -o "$WORK/gone.json" -w '%{http_code}\n' \
	"${API[shards]}/api/v1/traces/$on2" >"$WORK/gone.code"
equal 'what lies on the lost shard is "cannot be read", not "not found"' 500 \
	"$(cat "$WORK/gone.code")"
equal 'a search without a shard is an error, not less' 500 \
	"$(curl -sS -o /dev/null -w '%{http_code}' "${API[shards]}/api/v1/traces")"
post shards logs "$WORK/logs.json" >/dev/null
start_server 2 "$cluster"
check 'what came meanwhile goes in when the shard is back' wait_for 40 drained shards
check 'and all is found again' \
	jq -e '.spans + .logs | length > 0' <(curl -sS "${API[shards]}/api/v1/traces/$on2")
finish
