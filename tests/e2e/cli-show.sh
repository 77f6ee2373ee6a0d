#!/usr/bin/env bash
# `linespan show`, `logs` and `grep` without files: from a sidecar, and from its store's files.
. "$(dirname "$0")/lib.sh"

start_serve
id=$(new_trace_id)
root=$(new_span_id)
child=$(new_span_id)
lost=$(new_span_id)

post() { # PATH JSON
	curl -sS --fail -H 'Content-Type: application/json' --data-binary "$2" \
		"$OTLP_URL$1" >/dev/null
}
resource() { # SERVICE
	printf '"resource":{"attributes":[{"key":"service.name",'
	printf '"value":{"stringValue":"%s"}}]}' "$1"
}
span() { # ID PARENT NAME START_MS END_MS STATUS
	printf '{"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"%s","kind":2,' \
		"$id" "$1" "$2" "$3"
	printf '"startTimeUnixNano":"1790000000%03d000000",' "$4"
	printf '"endTimeUnixNano":"1790000000%03d000000",' "$5"
	printf '"status":{"code":%s,"message":"it broke"}}' "$6"
}
log() { # TRACE SPAN MS SEVERITY_NUMBER TEXT
	printf '{"traceId":"%s","spanId":"%s","timeUnixNano":"1790000000%03d000000",' "$1" "$2" "$3"
	printf '"severityNumber":%s,"body":{"stringValue":"%s"}}' "$4" "$5"
}

step 'what is sent'
post /v1/traces "{\"resourceSpans\":[{$(resource gateway),\"scopeSpans\":[{\"spans\":[
	$(span "$root" '' 'GET /checkout' 0 500 2)]}]},{$(resource checkout),\"scopeSpans\":[
	{\"spans\":[$(span "$child" "$root" 'POST /order' 100 400 0)]}]}]}"
post /v1/logs "{\"resourceLogs\":[{$(resource checkout),\"scopeLogs\":[{\"logRecords\":[
	$(log "$id" "$child" 150 17 'card declined \u001b[31m'),
	$(log "$id" "$lost" 160 9 'from a span that is not here'),
	$(log '' '' 170 9 'belongs to nothing')]}]}]}"
only=$(new_trace_id)
post /v1/logs "{\"resourceLogs\":[{$(resource legacy),\"scopeLogs\":[{\"logRecords\":[
	$(log "$only" "$lost" 180 9 'no spans at all')]}]}]}"
wait_for 10 "$LINESPAN" show "$only" || true

step 'show'
LC_ALL=C.UTF-8 "$LINESPAN" show "$id" >"$WORK/show.txt" 2>"$WORK/err" || cat "$WORK/err"
check 'the header counts' grep -q '500ms, 2 services, 2 spans, 1 error, 2 logs' "$WORK/show.txt"
check 'the root is marked as failed' grep -q '^✗ gateway GET /checkout .* 500ms █' "$WORK/show.txt"
check 'its message is below it' grep -q 'error: it broke' "$WORK/show.txt"
check 'the child hangs below it' grep -q '^└─ checkout POST /order .* 300ms ···' "$WORK/show.txt"
check 'its log is inline, harmless' grep -qF '+150ms ERROR card declined \x1b[31m' "$WORK/show.txt"
check 'a log without its span says why' \
	grep -q 'not sent, sampled out or not arrived yet' "$WORK/show.txt"
check 'and is shown' grep -q "from a span that is not here trace_id=$id span_id=$lost" \
	"$WORK/show.txt"
refute 'no escape sequence into a pipe' grep -q $'\033' "$WORK/show.txt"
LC_ALL=C "$LINESPAN" show "$id" >"$WORK/ascii.txt"
refute 'plain ASCII where the locale is not UTF-8' grep -qP '[^\x00-\x7f]' "$WORK/ascii.txt"
check 'a trace of logs alone opens, and says why' \
	bash -c "'$LINESPAN' show $only | grep -q 'no span of this trace is here, only logs'"

step 'forms of the id'
uuid=${id:0:8}-${id:8:4}-${id:12:4}-${id:16:4}-${id:20}
for form in "${id^^}" "$uuid" "00-$id-$root-01" "${id:16}"; do
	LC_ALL=C.UTF-8 "$LINESPAN" show "$form" >"$WORK/form.txt" || true
	same "$form" "$WORK/show.txt" "$WORK/form.txt"
done

step 'JSON'
"$LINESPAN" show --json "$id" >"$WORK/show.json"
curl -sS "$SERVE_URL/api/v1/traces/$id" >"$WORK/api.json"
check 'show --json is the answer of the API' "$PYTHON" -c "
import json
assert json.load(open('$WORK/show.json')) == json.load(open('$WORK/api.json'))"
check 'in one line' test "$(wc -l <"$WORK/show.json")" = 1

step 'grep and logs'
"$LINESPAN" grep "$id" >"$WORK/grep.txt"
sed -E 's/.*Z checkout (ERROR|INFO) ([a-z ]*[a-z]).*/\2/; s/ trace$//' "$WORK/grep.txt" >"$WORK/out"
equal 'grep prints the lines of a trace in order' 'card declined|from a span that is not here' \
	"$(paste -sd'|' "$WORK/out")"
equal 'grep -c' 2 "$("$LINESPAN" grep -c "$id")"
equal 'grep --span' 1 "$("$LINESPAN" grep -c --span "$lost" "$id")"
equal 'logs: all' 4 "$("$LINESPAN" logs | wc -l)"
equal 'logs --service' 1 "$("$LINESPAN" logs --service legacy | wc -l)"
equal 'logs --severity' 1 "$("$LINESPAN" logs --severity warn | wc -l)"
equal 'logs --severity by number' 1 "$("$LINESPAN" logs --severity 13 | wc -l)"
equal '… above all' 0 "$("$LINESPAN" logs --severity 22 | wc -l)"
equal 'logs --text' 1 "$("$LINESPAN" logs --text 'BELONGS nothing' | wc -l)"
equal 'logs --trace' 2 "$("$LINESPAN" logs --trace "$id" | wc -l)"
equal 'logs --no-trace' 1 "$("$LINESPAN" logs --no-trace | wc -l)"
equal 'logs --limit: the newest' 'no spans at all' \
	"$("$LINESPAN" logs --limit 1 --json | sed 's/.*"body":"\([^"]*\)".*/\1/')"
equal 'logs --since --until' 1 \
	"$("$LINESPAN" logs --since 1790000000.165 --until 1790000000.175 | wc -l)"

step 'exit statuses'
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
for command in show grep; do
	unknown=$(new_trace_id)
	equal "$command: an unknown trace: 1" 1 "$(status_of "$LINESPAN" $command "$unknown")"
	check '… with one line that says why' grep -q 'nothing is known of this trace' "$WORK/err"
done
equal 'logs: nothing fits: 1' 1 "$(status_of "$LINESPAN" logs --service nobody)"
equal '--server and --data: 2' 2 \
	"$(status_of "$LINESPAN" show --server "$SERVE_URL" --data "$DATA" "$id")"

step 'following'
start follow "$LINESPAN" logs --follow --service late
sleep 0.3
post /v1/logs "{\"resourceLogs\":[{$(resource late),\"scopeLogs\":[{\"logRecords\":[
	$(log '' '' 1 9 'older than all, but new')]}]}]}"
check 'a new record comes, whatever its time' \
	wait_for 5 grep -q 'older than all, but new' "$WORK/follow.out"
sleep 1.2
equal 'once' 1 "$(wc -l <"$WORK/follow.out")"
stop follow || true

step 'without the sidecar'
LC_ALL=C.UTF-8 "$LINESPAN" show --data "$DATA" "$id" >"$WORK/data.txt"
same 'show --data while it runs' "$WORK/show.txt" "$WORK/data.txt"
stop serve
LC_ALL=C.UTF-8 "$LINESPAN" show --data "$DATA" "$id" >"$WORK/data.txt"
same 'show --data afterwards' "$WORK/show.txt" "$WORK/data.txt"
"$LINESPAN" grep --data "$DATA" "$id" >"$WORK/data.txt"
same 'grep --data' "$WORK/grep.txt" "$WORK/data.txt"
equal 'show: nobody listens: 2' 2 "$(status_of "$LINESPAN" show "$id")"
check '… says what to do' grep -q 'linespan serve.*--data DIR' "$WORK/err"

step 'the pager'
terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
export LC_ALL=C.UTF-8
LINESPAN_PAGER='sed s/^/paged:/' terminal "'$LINESPAN' show --data '$DATA' $id" >"$WORK/out"
check 'LINESPAN_PAGER is obeyed' grep -q '^paged:.*gateway' "$WORK/out"
PAGER='sed s/^/paged:/' terminal "'$LINESPAN' show --data '$DATA' $id" >"$WORK/out"
check 'PAGER is obeyed' grep -q '^paged:.*gateway' "$WORK/out"
for none in '' cat; do
	PAGER='sed s/^/paged:/' LINESPAN_PAGER=$none \
		terminal "'$LINESPAN' show --data '$DATA' $id" >"$WORK/out"
	refute "'$none' means none" grep -q '^paged:' "$WORK/out"
done
check 'colour on a terminal' grep -q $'\033\[' "$WORK/out"
equal 'a pager that ends early is no failure' 0 "$(LINESPAN_PAGER='head -n 1' status_of \
	script -qec "'$LINESPAN' show --data '$DATA' $id" /dev/null)"

finish
