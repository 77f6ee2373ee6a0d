#!/usr/bin/env bash
# `linespan import` and `export`: OTLP JSON lines in and out, over a sidecar and into a store.
. "$(dirname "$0")/lib.sh"

readonly TRACE=5b8efff798038103d269b633813fc60c
resource() { printf '{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}}]}' "$1"; }
span() { # SPAN_ID PARENT NAME
	printf '{"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"%s","kind":2,' \
		"$TRACE" "$1" "$2" "$3"
	printf '"startTimeUnixNano":"1760000000000000000","endTimeUnixNano":"1760000000500000000",'
	printf '"attributes":[{"key":"n","value":{"intValue":"7"}},'
	printf '{"key":"list","value":{"arrayValue":{"values":[{"boolValue":true}]}}}],'
	printf '"events":[{"timeUnixNano":"1760000000100000000","name":"seen"}],'
	printf '"links":[{"traceId":"%s","spanId":"00f067aa0ba902b7"}],' "$TRACE"
	printf '"status":{"code":2,"message":"card refused"}}'
}
spans() { # SERVICE SPAN…
	local service=$1
	shift
	printf '{"resourceSpans":[{"resource":%s,' "$(resource "$service")"
	printf '"scopeSpans":[{"scope":{"name":"s"},"spans":[%s]}]}]}\n' "$*"
}
logs() { # SERVICE TRACE SPAN BODY
	printf '{"resourceLogs":[{"resource":%s,"scopeLogs":[{"logRecords":[' "$(resource "$1")"
	printf '{"timeUnixNano":"1760000000200000000","severityNumber":17,"traceId":"%s",' "$2"
	printf '"spanId":"%s","body":{"stringValue":"%s"}}]}]}]}\n' "$3" "$4"
}
{
	spans shop "$(span 00f067aa0ba902b7 '' 'GET /order')"
	spans till "$(span 00f067aa0ba902b8 00f067aa0ba902b7 'POST /pay')"
	echo
	logs till "$TRACE" 00f067aa0ba902b8 'card refused, \"gold\"'
	logs till '' '' 'nobody asked'
} >"$WORK/in.jsonl"
gzip -k "$WORK/in.jsonl"
zstd -q -k "$WORK/in.jsonl"

status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
import() { "$LINESPAN" import "$@"; }

step 'into a store'
for kind in '' .gz .zst; do
	equal "in.jsonl$kind" 0 "$(status_of import --json --data "$WORK/store$kind" \
		"$WORK/in.jsonl$kind")"
	equal "in.jsonl$kind: what" '{"spans":2,"logs":2,"rejected_spans":0,"bad_lines":0}' \
		"$(cat "$WORK/out")"
	check "in.jsonl$kind: it is there" "$LINESPAN" show --data "$WORK/store$kind" "$TRACE"
done
equal 'standard input' 0 "$(status_of import --data "$WORK/store-in" - <"$WORK/in.jsonl")"

step 'to a sidecar'
start_serve
equal 'exit status' 0 "$(status_of import "$WORK/in.jsonl")"
"$LINESPAN" show --json "$TRACE" >"$WORK/shown"
equal 'the trace with its log' '2 1 card refused, "gold"' \
	"$(jq -r '"\(.spans | length) \([.spans[].logs[]] | length) \(.spans[].logs[].body)"' \
		"$WORK/shown")"
import "$WORK/in.jsonl.gz" >"$WORK/out"
equal 'spans that come twice are stored once' 2 \
	"$("$LINESPAN" show --json "$TRACE" | jq '.spans | length')"

step 'out, and in again'
"$LINESPAN" export "$TRACE" >"$WORK/trace.jsonl"
check 'each line is JSON' jq -e . "$WORK/trace.jsonl"
for from in trace all; do
	[ $from = trace ] || "$LINESPAN" export --data "$WORK/store" >"$WORK/all.jsonl"
	equal "$from: import takes it" 0 \
		"$(status_of import --data "$WORK/again-$from" "$WORK/$from.jsonl")"
	"$LINESPAN" show --json --data "$WORK/again-$from" "$TRACE" |
		jq -S 'del(.spans[].logs, .logs)' >"$WORK/again"
	jq -S 'del(.spans[].logs, .logs)' "$WORK/shown" >"$WORK/before"
	same "$from: the spans are the same" "$WORK/before" "$WORK/again"
done
check 'logs without a trace go along' grep -q 'nobody asked' "$WORK/all.jsonl"
equal 'all: two spans, two logs' '2 2' "$(jq -s -r '"\([.[].resourceSpans // [] | .[].scopeSpans[]
	.spans[]] | length) \([.[].resourceLogs // [] | .[].scopeLogs[].logRecords[]] | length)"' \
	"$WORK/all.jsonl")"

step 'both signals'
{
	printf '{"resourceLogs":[{"resource":{"attributes":[{"key":"resourceSpans","value":'
	printf '{"stringValue":"x"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1",'
	printf '"body":{"stringValue":"misleading"}}]}]}]}\n'
	spans shop "$(span 00f067aa0ba902b7 '' both)" | sed 's/}$/,/' | tr -d '\n'
	sed -n 5p "$WORK/in.jsonl" | sed 's/^{//'
} >"$WORK/both.jsonl"
equal 'exit status' 0 "$(status_of import --json --data "$WORK/store-both" "$WORK/both.jsonl")"
equal 'each line gives all it has' '{"spans":1,"logs":2,"rejected_spans":0,"bad_lines":0}' \
	"$(cat "$WORK/out")"

step 'what is wrong is named, the rest is kept'
{
	head -n 1 "$WORK/in.jsonl"
	echo '{"resourceSpans":[{'
	echo '[]'
	echo '{"other":1}'
	spans till "$(span 00f067aa0ba902b9 '' ok),$(span 00 '' short)"
	sed -n 4p "$WORK/in.jsonl"
} >"$WORK/bad.jsonl"
equal 'exit status' 2 "$(status_of import --data "$WORK/store-bad" "$WORK/bad.jsonl")"
equal 'counts' 'imported 2 spans, 1 log records; left out 3 lines, 1 spans' "$(cat "$WORK/out")"
for line in 2 3 4 5; do
	check "line $line is named" grep -q "bad.jsonl:$line: " "$WORK/err"
done
head -c 200 "$WORK/in.jsonl.gz" >"$WORK/cut.gz"
equal 'a cut file: 2' 2 "$(status_of import --data "$WORK/store-cut" "$WORK/cut.gz")"
check 'and says so' grep -q 'cut.gz: .*damaged or cut' "$WORK/err"
: >"$WORK/empty"
equal 'nothing there: 1' 1 "$(status_of import --data "$WORK/store-none" "$WORK/empty")"
equal 'no such file: 2' 2 "$(status_of import "$WORK/none")"
equal 'no file: 2' 2 "$(status_of import)"
equal 'no sidecar: 2' 2 "$(status_of import --server http://127.0.0.1:9 "$WORK/in.jsonl")"
equal 'nothing to export: 1' 1 "$(status_of "$LINESPAN" export --data "$WORK/store-none")"
equal 'no such trace: 1' 1 "$(status_of "$LINESPAN" export 00000000000000000000000000000001)"
equal 'no trace id: 2' 2 "$(status_of "$LINESPAN" export nonsense)"
finish
