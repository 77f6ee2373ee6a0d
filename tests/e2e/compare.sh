#!/usr/bin/env bash
# `linespan compare` and GET /api/v1/compare: two windows of one store, over a sidecar and from the
# store's files; usage errors; what is shown to people.
. "$(dirname "$0")/lib.sh"

# Requests of gateway -> shop -> bank from 1700000000 s on (all well) and from 1700003600 s on (the
# bank fails every second request).
"$PYTHON" - >"$WORK/windows.jsonl" <<'E'
import json

BASE = {"baseline": 1700000000, "incident": 1700003600}


def span(trace, number, parent, name, start, length, failed):
    return {"traceId": f"{trace:032x}", "spanId": f"{trace * 16 + number:016x}",
            "parentSpanId": f"{trace * 16 + parent:016x}" if parent else "", "name": name,
            "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + length),
            "status": {"code": 2} if failed else {}}


def resource(service):
    return {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}


for window, second in BASE.items():
    for i in range(40):
        at = (second + i) * 10**9
        trace = (1 if window == "baseline" else 2) * 1000 + i
        bad = window == "incident" and i % 2 == 0
        spans = {"gateway": span(trace, 1, 0, "GET /buy", at, 20_000_000, bad),
                 "shop": span(trace, 2, 1, "order", at + 2_000_000, 15_000_000, bad),
                 "bank": span(trace, 3, 2, "pay", at + 4_000_000, 9_000_000, bad)}
        print(json.dumps({"resourceSpans": [
            {"resource": resource(s), "scopeSpans": [{"spans": [one]}]}
            for s, one in spans.items()]}))
        log = {"timeUnixNano": str(at + 5_000_000), "traceId": f"{trace:032x}",
               "spanId": f"{trace * 16 + 3:016x}", "severityNumber": 17 if bad else 9,
               "body": {"stringValue": f"card {i} refused \x1b[31m" if bad else f"paid {i}"}}
        print(json.dumps({"resourceLogs": [
            {"resource": resource("bank"), "scopeLogs": [{"logRecords": [log]}]}]}))
E
readonly BASELINE=1700000000..1700000100 INCIDENT=2023-11-14T23:13:20Z..1700003700

step 'from the files of a store'
check 'the incident is imported' "$LINESPAN" import --data "$DATA" "$WORK/windows.jsonl"
compare() { "$LINESPAN" compare --baseline "$BASELINE" --incident "$INCIDENT" "$@"; }
check 'it is compared' compare --data "$DATA" --json
compare --data "$DATA" --json >"$WORK/from_files.json"
ask() { jq -r "$1" "$WORK/from_files.json"; }
equal 'the service where the error begins is first' bank "$(ask '.services[0].service')"
equal 'its operation is named' pay "$(ask '.services[0].operations[0].name')"
check 'a reason counts calls' grep -q '20 of 40 calls (before: 0 of 40)' "$WORK/from_files.json"
check 'scores fall' jq -e '[.services[].score] | . == (sort | reverse) and .[0] > 0.3' \
	"$WORK/from_files.json"
check 'the others only pass the error on' jq -e \
	'.services[0].score > 2 * (.services[1].score // 0)' "$WORK/from_files.json"
check 'the example is a trace of the incident' jq -e \
	'.services[0].traces[0] | test("^[0-9a-f]{29}[7-9a-f]")' "$WORK/from_files.json"
equal 'both windows are counted' '40 120 40 / 40 120 40' "$(ask \
	'[.baseline, .incident] | map("\(.traces) \(.spans) \(.logs)") | join(" / ")')"
example=$(ask '.services[0].traces[0]')
check 'the example can be explained' "$LINESPAN" explain --data "$DATA" "$example"

step 'for people'
compare --data "$DATA" >"$WORK/text"
check 'the service is named first' grep -Eq '^ 1\. .* bank$' "$WORK/text"
check 'the next command is told' grep -q "linespan explain $example" "$WORK/text"
refute 'no control character gets out' grep -q "$(printf '\033')" "$WORK/text"

step 'over a sidecar'
start_serve
compare --json >"$WORK/from_serve.json"
same 'the same answer' "$WORK/from_files.json" "$WORK/from_serve.json"
api="$SERVE_URL/api/v1/compare"
check 'the API takes the options'"'"' names' curl -sSf -o "$WORK/api.json" \
	"$api?baseline=$BASELINE&incident=$INCIDENT"
equal 'and answers the same' "$(jq -cS .services "$WORK/from_files.json")" \
	"$(jq -cS .services "$WORK/api.json")"
code() { curl -s -o "$WORK/error.json" -w '%{http_code}' "$@"; }
equal 'a window that is missing is refused' 400 "$(code "$api?baseline=$BASELINE")"
check 'and named' grep -q incident "$WORK/error.json"
equal 'a window that runs backwards is refused' 400 \
	"$(code "$api?baseline=$BASELINE&incident=1700003700..1700003600")"
equal 'an unknown parameter is refused' 400 \
	"$(code "$api?baseline=$BASELINE&incident=$INCIDENT&by=service")"

step 'exit statuses'
status() {
	"$LINESPAN" compare "$@" >"$WORK/status.out" 2>"$WORK/status.err" && echo 0 || echo $?
}
equal 'nothing changed: 1' 1 "$(status --baseline "$BASELINE" --incident "$BASELINE")"
check 'and it is said' grep -q 'Nothing is worse' "$WORK/status.out"
check 'overlapping windows are noted' grep -q 'overlap' "$WORK/status.out"
equal 'no windows: 2' 2 "$(status)"
for bad in '' 1700000000 .. 1700000100..1700000000 yesterday..now 1h..2h..3h; do
	equal "\"$bad\" is no window" 2 "$(status --baseline "$bad" --incident "$INCIDENT")"
	equal "\"$bad\" gets one line that names the option" 1 \
		"$(grep -c -- '--baseline' "$WORK/status.err")"
done
equal 'a store that is not there: 2' 2 \
	"$(status --data "$WORK/none" --baseline "$BASELINE" --incident "$INCIDENT")"
check 'the sidecar ends with status 0' stop serve
finish
