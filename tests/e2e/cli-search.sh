#!/usr/bin/env bash
# `linespan search`, from a sidecar and from its store's files, and the API below it.
. "$(dirname "$0")/lib.sh"

start_serve
slow=$(new_trace_id)
fast=$(new_trace_id)

span() { # TRACE NAME SECOND END_MS STATUS
	printf '{"traceId":"%s","spanId":"%s","name":"%s","kind":2,' "$1" "$(new_span_id)" "$2"
	printf '"startTimeUnixNano":"179000000%s000000000",' "$3"
	printf '"endTimeUnixNano":"179000000%s%03d000000","status":{"code":%s}}' "$3" "$4" "$5"
}
service() { # NAME SPAN
	printf '{"resource":{"attributes":[{"key":"service.name",'
	printf '"value":{"stringValue":"%s"}}]},"scopeSpans":[{"spans":[%s]}]}' "$1" "$2"
}
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
found() { # OPTION… - the names of what is found, in order
	"$LINESPAN" search "$@" | sed -E 's/.* (GET|PUT) /\1 /' | paste -sd'|'
}

curl -sS --fail -H 'Content-Type: application/json' "$OTLP_URL/v1/traces" --data-binary \
	"{\"resourceSpans\":[$(service shop "$(span "$slow" 'GET /slow' 1 500 2)"),
	$(service depot "$(span "$fast" 'PUT /fast' 2 20 1)")]}" >/dev/null

step 'the filters'
equal 'all, the newest first' 'PUT /fast|GET /slow' "$(found)"
equal '--service' 'GET /slow' "$(found --service shop)"
equal '--operation' 'PUT /fast' "$(found --operation 'PUT /fast')"
equal '--min-duration' 'GET /slow' "$(found --min-duration 0.5s)"
equal '--max-duration' 'PUT /fast' "$(found --max-duration 20ms)"
equal '--errors' 'GET /slow' "$(found --errors)"
equal '--since' 'PUT /fast' "$(found --since 1790000002)"
equal '--until' 'GET /slow' "$(found --until 2026-09-21T14:13:22Z)"
equal '--limit' 'PUT /fast' "$(found --limit 1)"
equal 'all of them hold' '' "$(found --errors --service depot || true)"

step 'what is printed'
equal 'a line' "2026-09-21T14:13:21.000Z $slow 500ms 1 span 1 error shop GET /slow" \
	"$("$LINESPAN" search --errors | tr -s ' ')"
"$LINESPAN" search --json --service shop >"$WORK/cli.json"
curl -sS "$SERVE_URL/api/v1/traces?service=shop" >"$WORK/api.json"
check '--json is the answer of the API' "$PYTHON" -c "
import json
cli, api = json.load(open('$WORK/cli.json')), json.load(open('$WORK/api.json'))
assert cli == api and cli['traces'][0]['trace_id'] == '$slow', cli"
equal 'services' '{"services":["depot","shop"]}' "$(curl -sS "$SERVE_URL/api/v1/services")"

step 'exit statuses'
equal 'nothing found: 1' 1 "$(status_of "$LINESPAN" search --service nobody)"
equal 'and as JSON' 1 "$(status_of "$LINESPAN" search --json --service nobody)"
equal '… an empty list' '{"traces":[]}' "$(cat "$WORK/out")"
for bad in --min-duration=fast --since=then --limit=0 --limit=-1 --nothing word; do
	equal "$bad: 2" 2 "$(status_of "$LINESPAN" search "$bad")"
	equal '… and one line' 1 "$(wc -l <"$WORK/err")"
done
equal 'the API: a bad parameter is 400' 400 "$(curl -sS -o "$WORK/out" -w '%{http_code}' \
	"$SERVE_URL/api/v1/traces?limit=many")"
check '… as JSON' grep -q '^{"error":{"code":400,' "$WORK/out"

step 'without the sidecar'
"$LINESPAN" search >"$WORK/served.txt"
"$LINESPAN" search --data "$DATA" >"$WORK/data.txt"
same 'search --data while it runs' "$WORK/served.txt" "$WORK/data.txt"
stop serve
"$LINESPAN" search --data "$DATA" >"$WORK/data.txt"
same 'search --data afterwards' "$WORK/served.txt" "$WORK/data.txt"
equal 'nobody listens: 2' 2 "$(status_of "$LINESPAN" search --json)"
equal '… and nothing is printed' 0 "$(wc -c <"$WORK/out")"

step 'a damaged store'
for file in "$DATA"/store/*.db; do
	printf 'this is no database' | dd of="$file" conv=notrunc status=none
	rm -f "$file"-wal "$file"-shm
done
equal 'nothing is found' 1 "$(status_of "$LINESPAN" search --data "$DATA")"
check '… and it says why' grep -q '1 damaged partition(s)' "$WORK/err"
start_serve
curl -sS "$SERVE_URL/api/v1/traces" >"$WORK/api.json"
check 'the API does, too' grep -q '"notes":\["1 damaged partition' "$WORK/api.json"
curl -sS "$SERVE_URL/api/v1/logs" >"$WORK/api.json"
check '… of log records' grep -q '"notes":\["1 damaged partition' "$WORK/api.json"
stop serve

finish
