#!/usr/bin/env bash
# The web page: its files from outside, and what a real browser makes of it, on traces, hostile log
# lines, and nothing at all.
. "$(dirname "$0")/lib.sh"

start_serve
step 'files'
for path in / /trace/4bf92f3577b34da6a3ce929d0e0e4736 /search /logs /compare /lint; do
	equal "$path is the page" '200 text/html; charset=utf-8' "$(curl -s -D "$WORK/head" \
		-o "$WORK/body" -w '%{http_code} %{content_type}' "$SERVE_URL$path")"
	same "$path is index.html" "$ROOT/sidecar/web/index.html" "$WORK/body"
	check "$path has a policy" \
		grep -qi "^Content-Security-Policy: default-src 'none'" "$WORK/head"
done
for path in "$ROOT"/sidecar/web/*.js "$ROOT"/sidecar/web/*.css; do
	file=$(basename "$path")
	curl -s -o "$WORK/body" "$SERVE_URL/web/$file"
	same "$file is served" "$path" "$WORK/body"
done
equal 'an unknown file is 404' 404 "$(curl -s -o "$WORK/body" -w '%{http_code}' \
	"$SERVE_URL/web/none.js")"
refute 'nothing is fetched from elsewhere' grep -rnE \
	'(src|href|url|import|fetch)[^a-z]*https?://' "$ROOT/sidecar/web"

# The document as the browser has it when it has settled: dom PATH.
dom() {
	HOME=$WORK timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
		--user-data-dir="$WORK/chromium" --window-size=1400,1000 \
		--virtual-time-budget=6000 \
		--dump-dom "$SERVE_URL$1" 2>"$WORK/chromium.err" >"$WORK/dom"
}
shows() { # fact, pattern
	check "$1" grep -qE "$2" "$WORK/dom"
}

step 'nothing there yet'
dom /
shows 'the start page says what to do' 'No spans yet'
shows 'the pages are named' 'aria-current="page">Traces'
dom /trace/4bf92f3577b34da6a3ce929d0e0e4736
shows 'a trace that nobody knows says why' 'role="alert"[^>]*>trace 4bf92f.*not sampled'
dom /trace/nonsense
shows 'what is no trace id is said' 'role="alert"[^>]*>not a trace id'
dom /compare
shows 'compare asks for two windows' 'Say two stretches of time'
dom /lint
shows 'lint has nothing to judge' 'nothing to judge'

step 'a trace'
readonly TRACE=000000000000000000000000000000aa
"$PYTHON" - >"$WORK/data.jsonl" <<'E'
import json
at = 1700000000 * 10**9
def resource(s): return {"attributes": [{"key": "service.name", "value": {"stringValue": s}}]}
def span(n, parent, name, start, ms, error=False):
    return {"traceId": "%032x" % 0xaa, "spanId": "%016x" % n, "name": name, "kind": 2,
            "parentSpanId": "%016x" % parent if parent else "",
            "startTimeUnixNano": str(at + start * 10**6),
            "endTimeUnixNano": str(at + (start + ms) * 10**6),
            "status": {"code": 2, "message": "no money"} if error else {}}
def spans(service, *all): print(json.dumps({"resourceSpans": [
    {"resource": resource(service), "scopeSpans": [{"spans": all}]}]}))
def logs(service, *all): print(json.dumps({"resourceLogs": [
    {"resource": resource(service), "scopeLogs": [{"logRecords": all}]}]}))
def log(n, ms, body, severity=9, trace=0xaa): return {"timeUnixNano": str(at + ms * 10**6),
    "severityNumber": severity, "body": {"stringValue": body}, "traceId": "%032x" % trace,
    "spanId": "%016x" % n}
spans("gateway", span(1, 0, "GET /buy", 0, 100, True))
spans("bank", span(2, 1, "pay", 20, 60, True))
logs("bank", log(2, 30, "card refused", 17), log(2, 31, "<img src=x onerror=alert(1)>"),
     log(2, 32, "\x1b[31mred\x1b[0m \u202egnp.exe \u2066hidden"), log(2, 33, "M" * 1000000))
logs("cron", log(9, 5, "only a line", 9, 0xbb))
spans("many", *[{**span(10 + i, 0, "step %d" % i, i, 5), "traceId": "%032x" % 0xcc}
                for i in range(10000)])
E
check 'data is imported' "$LINESPAN" import "$WORK/data.jsonl"
dom "/trace/$TRACE"
shows 'its spans have rows' 'role="option"[^>]*>.*<b>pay</b>'
shows 'with bars' 'class="bar failed" style="left: 20%; width: 60%;"'
shows 'the critical path is marked' 'class="critical"'
shows 'where the error began is marked' 'class="tag error">error began here'
shows 'its log lines are dots on the bar' 'class="dot[^"]*bad"[^>]*title="card refused'
shows 'it is explained' 'The error began at bank pay: no money'
shows 'it can be copied' 'Copy as curl'
dom "/trace/$TRACE#span=0000000000000002"
shows 'a link to a span chooses it' 'aria-selected="true".*<b>pay</b>'
shows 'and shows its log lines' '<td class="body">card refused</td>'
dom "/trace/$TRACE#log=1700000000030000000"
shows 'a link to a line chooses it' 'class="row log bad" aria-selected="true"'
dom "/trace/000000000000000000000000000000bb"
shows 'a trace with only lines opens and says why' 'Only log lines are known of this trace'
shows 'with its line' '<td class="body">only a line</td>'
dom "/trace/000000000000000000000000000000cc"
shows 'of 10,000 spans' '10000 spans, 1 services'
check 'only the rows in sight are in the document' \
	test "$(grep -o 'role="option"' "$WORK/dom" | wc -l)" -lt 100
shows 'a trace without lines says why' 'No log line names this trace'

step 'hostile lines'
dom "/logs?text=img"
shows 'markup stays text' '&lt;img src=x onerror=alert\(1\)&gt;'
refute 'and is no element' grep -q '<img' "$WORK/dom"
dom /logs
shows 'escapes are shown' 'u001b\[31mred'
refute 'and none gets through' grep -q "$(printf '\033')" "$WORK/dom"
refute 'bidirectional overrides do not' grep -q "$(printf '\342\200\256')" "$WORK/dom"
shows 'a line of a megabyte is cut' 'MMM… \(1000000 characters\)'
shows 'lines link to their trace and span' "href=\"/trace/$TRACE#span=0000000000000002\""

step 'the other pages'
dom /search
shows 'traces are listed' "href=\"/trace/$TRACE\""
dom '/search?service=nobody'
shows 'a search that finds nothing says so' 'No trace fits'
dom '/compare?baseline=1600000000..1600000100&incident=1699999999..1700000100'
shows 'compare tells of an empty baseline' 'the baseline has no spans'
dom '/compare?baseline=x..y&incident=1..2'
shows 'a window that is none is refused by name' 'role="alert"[^>]*>baseline:'
dom /lint
shows 'lint has scores' '<b>bank</b> [0-9]+ of 100'
check 'the sidecar ends with status 0' stop serve
finish
