#!/usr/bin/env bash
# The Jaeger query API, as Grafana's data source and jaeger-ui call it.
. "$(dirname "$0")/lib.sh"

readonly TRACE=5b8efff798038103d269b633813fc60c
readonly PARENT='"CHILD_OF","00f067aa0ba902b7"'
readonly CALL='"00f067aa0ba902b8","POST /pay",1760000000200000,300000',$PARENT
start_serve
request() { # PATH: its answer is in $WORK/answer; prints the status
	curl -s -o "$WORK/answer" -w '%{http_code}' "$SERVE_URL$1"
}
is() { # FACT PATH STATUS FILTER EXPECTED
	equal "$1: status" "$3" "$(request "$2")"
	equal "$1" "$5" "$(jq -c "$4" "$WORK/answer")"
}
readonly EMPTY='{"data":[],"total":0,"limit":0,"offset":0,"errors":null}'
is 'no services yet' /api/services 200 . "$EMPTY"
is 'no traces yet' '/api/traces?service=shop' 200 . "$EMPTY"

resource() { printf '{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}}]}' "$1"; }
span() { # SPAN PARENT NAME KIND START_MS END_MS STATUS
	printf '{"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"%s","kind":%s,' \
		"$TRACE" "$1" "$2" "$3" "$4"
	printf '"startTimeUnixNano":"1760000000%s000000","endTimeUnixNano":"1760000000%s000000",' \
		"$5" "$6"
	printf '"attributes":[{"key":"http.response.status_code","value":{"intValue":"502"}},'
	printf '{"key":"ratio","value":{"doubleValue":0.5}}],"status":%s,' "$7"
	printf '"events":[{"timeUnixNano":"1760000000150000000","name":"seen"}]}'
}
{
	printf '{"resourceSpans":[{"resource":%s,"scopeSpans":[{"spans":[%s]}]},' \
		"$(resource shop)" "$(span 00f067aa0ba902b7 '' 'GET /order' 2 100 600 '{"code":2}')"
	printf '{"resource":%s,"scopeSpans":[{"spans":[%s]}]}]}\n' "$(resource till)" \
		"$(span 00f067aa0ba902b8 00f067aa0ba902b7 'POST /pay' 3 200 500 '{}')"
	printf '{"resourceLogs":[{"resource":%s,"scopeLogs":[{"logRecords":[' "$(resource till)"
	printf '{"timeUnixNano":"1760000000300000000","severityNumber":17,"traceId":"%s",' $TRACE
	printf '"spanId":"00f067aa0ba902b8","body":{"stringValue":"card refused"}},'
	printf '{"timeUnixNano":"1760000000400000000","traceId":"%s",' $TRACE
	printf '"spanId":"00f067aa0ba902ff","body":{"stringValue":"nobody is here"}}]}]}]}\n'
} >"$WORK/in.jsonl"
check 'a trace is there' "$LINESPAN" import "$WORK/in.jsonl"

step 'one trace'
is 'its ids, times and process' /api/traces/$TRACE 200 \
	'.data[0] | [.traceID, (.spans[1] | .spanID, .operationName, .startTime, .duration,
	.references[0].refType, .references[0].spanID)]' \
	"[\"$TRACE\",$CALL]"
is 'processes' /api/traces/$TRACE 200 \
	'.data[0] | [.processes[.spans[].processID].serviceName]' '["shop","till"]'
is 'typed tags' /api/traces/$TRACE 200 \
	'[.data[0].spans[0].tags[] | select(.key | test("code$|ratio|error|kind")) | .type]' \
	'["int64","float64","string","bool","string"]'
is 'events and log records' /api/traces/$TRACE 200 \
	'[.data[0].spans[1].logs[] | [.timestamp, (.fields[0].value)]]' \
	'[[1760000000150000,"seen"],[1760000000300000,"card refused"]]'
is 'a log record whose span is not here is with the first one' /api/traces/$TRACE 200 \
	'[.data[0].spans[] | .logs | map(.fields[0].value) | index("nobody is here")]' '[1,null]'
is 'upper case is the same trace' /api/traces/${TRACE^^} 200 '.data | length' 1
is 'not there' /api/traces/00000000000000000000000000000001 404 '.data, .errors' \
	$'null\n[{"code":404,"msg":"trace not found"}]'
is 'no id' /api/traces/nonsense 400 '.errors[0].code' 400

step 'search'
readonly RANGE='start=1760000000000000&end=1760000001000000&lookback=custom'
search() { is "$1" "/api/traces?$RANGE&$2" 200 '[.data[].traceID]' "$3"; }
search 'by service' 'service=shop&limit=20' "[\"$TRACE\"]"
search 'by operation' 'service=till&operation=POST%20%2Fpay' "[\"$TRACE\"]"
search 'by another operation' 'service=till&operation=none' '[]'
search 'by tags' 'service=shop&tags=%7B%22error%22%3A%22true%22%7D' "[\"$TRACE\"]"
search 'by a number' 'service=shop&tags=%7B%22http.response.status_code%22%3A%22502%22%7D' \
	"[\"$TRACE\"]"
search 'by tags that no span has' 'service=shop&tags=%7B%22error%22%3A%22false%22%7D' '[]'
search 'by duration' 'service=shop&minDuration=400ms&maxDuration=1s' "[\"$TRACE\"]"
search 'too short' 'service=shop&minDuration=1s' '[]'
is 'by ids' "/api/traces?traceID=$TRACE&traceID=00000000000000000000000000000001" 200 \
	'[.data[].traceID]' "[\"$TRACE\"]"
search 'by tag' 'service=shop&tag=error:true' "[\"$TRACE\"]"
search 'by tags, of which one fits nowhere' 'service=shop&tag=error:true&tag=a:b' '[]'
search 'a limit above all' 'service=shop&limit=50000' "[\"$TRACE\"]"
is 'neither service nor id' '/api/traces?limit=5' 400 '.errors[0]' \
	'{"code":400,"msg":"parameter '"'service'"' is required"}'
is 'ids that are nowhere' '/api/traces?traceID=1' 200 '.data' '[]'
for bad in minDuration=x maxDuration=5 limit=x start=x end=-1; do
	is "$bad: names the parameter" "/api/traces?service=shop&$bad" 400 \
		'[.data, .errors[0].code, (.errors[0].msg | split(":")[0])]' \
		"[null,400,\"${bad%%=*}\"]"
done
is 'tags that are no texts' '/api/traces?service=shop&tags=%7B%22a%22%3A1%7D' 400 \
	'.errors[0].code' 400
is 'outside the time' '/api/traces?service=shop&start=1&end=2' 200 '.data' '[]'
is 'tags that are no JSON' '/api/traces?service=shop&tags=%7B' 400 '.errors[0].code' 400

step 'the rest'
is services /api/services 200 '[.data, .total]' '[["shop","till"],2]'
is 'operations of a service' /api/services/till/operations 200 .data '["POST /pay"]'
is operations '/api/operations?service=till' 200 .data \
	'[{"name":"POST /pay","spanKind":"client"}]'
is 'operations of a kind' '/api/operations?service=till&spanKind=server' 200 .data '[]'
is 'operations of none' /api/operations 400 '.errors[0].code' 400
is 'dependencies of no time' '/api/dependencies?endTs=x' 400 '.errors[0].code' 400
equal 'HEAD' 200 "$(curl -sI -o "$WORK/answer" -w '%{http_code}' "$SERVE_URL/api/services")"
equal 'POST: 405' 405 "$(curl -s -X POST -D "$WORK/head" -o "$WORK/answer" -w '%{http_code}' \
	"$SERVE_URL/api/services")"
check '… with Allow' grep -qi '^allow: GET, HEAD' "$WORK/head"
is 'no such path' /api/nothing 404 '.error.code // .errors[0].code' 404
is dependencies '/api/dependencies?endTs=1760000001000&lookback=3600000' 200 .data \
	'[{"parent":"shop","child":"till","callCount":1}]'
finish
