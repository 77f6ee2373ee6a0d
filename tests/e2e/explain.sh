#!/usr/bin/env bash
# `linespan explain`: reference traces whose answers were worked by hand, by all three ways.
. "$(dirname "$0")/lib.sh"

start_serve
FOLDER=$ROOT/tests/data/explain
same_json() { # FACT FILE FILE
	check "$1" "$PYTHON" -c "
import json, sys
wanted, got = (json.load(open(f)) for f in sys.argv[1:])
assert wanted == got, '\nwanted %s\ngot    %s' % (wanted, got)" "$2" "$3"
}
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}

for name in refused queued skewed; do
	step "the trace $name"
	curl -sS --fail -H 'Content-Type: application/json' \
		--data-binary "@$FOLDER/$name.otlp.json" "$OTLP_URL/v1/traces" >/dev/null
	id=$(sed -n 's/^{"trace_id":"\([0-9a-f]*\)".*/\1/p' "$FOLDER/$name.json")
	wait_for 10 "$LINESPAN" explain "$id" || true
	"$LINESPAN" explain --json "$id" >"$WORK/cli.json" || true
	curl -sS "$SERVE_URL/api/v1/traces/$id/explain" >"$WORK/api.json"
	"$LINESPAN" explain --json --data "$DATA" "$id" >"$WORK/data.json" || true
	same_json 'explain --json says what was worked by hand' \
		"$FOLDER/$name.json" "$WORK/cli.json"
	same_json 'so does the API' "$FOLDER/$name.json" "$WORK/api.json"
	same_json 'and explain --data' "$FOLDER/$name.json" "$WORK/data.json"
done

step 'a clock that is slow'
id=5ce80000000000000000000000000001
for by in "--server $SERVE_URL" "--data $DATA"; do
	# shellcheck disable=SC2086
	"$LINESPAN" show --json $by "$id" >"$WORK/skewed.json"
	check "its spans lie in their caller (${by%% *})" "$PYTHON" -c "
import json
t = json.load(open('$WORK/skewed.json'))
caller, callee = t['spans'][0], t['spans'][1]
start = lambda s: int(s['start_unix_nano'])
assert start(callee) == start(caller) + 10000000, t
assert callee['skew_ns'] == 5000000000 and caller['skew_ns'] == 0
assert t['duration_ns'] == 100000000 and 'stock-7' in t['notes'][0]"
done

step 'text'
id=0af7651916cd43dd8448eb211c80319c
LC_ALL=C.UTF-8 "$LINESPAN" explain "$id" >"$WORK/text"
check 'where the time went' \
	grep -q 'most by itself: provider POST /pay, 220ms (44 %)' "$WORK/text"
check 'where the error began' grep -q '^  provider POST /pay: card declined$' "$WORK/text"
check 'what was retried' grep -q 'POST /pay: 2 attempts, none succeeded, 350ms' "$WORK/text"
LC_ALL=C "$LINESPAN" explain "$id" >"$WORK/ascii"
refute 'plain ASCII where the locale is not UTF-8' grep -qP '[^\x00-\x7f]' "$WORK/ascii"
"$LINESPAN" show --json "$id" >"$WORK/show.json"
check 'show --json has the roles and the path' "$PYTHON" -c "
import json
spans = {s['span_id'][-2:]: s for s in json.load(open('$WORK/show.json'))['spans']}
assert spans['b3']['error_role'] == 'origin' and spans['a1']['error_role'] == 'remapped'
assert spans['a3']['retry_of'][-2:] == 'a2' and spans['a3']['critical_ns'] == 30000000"

step 'baseline'
other() { # TRACE MS
	printf '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":'
	printf '{"stringValue":"base"}}]},"scopeSpans":[{"spans":[{"traceId":"%s",' "$1"
	printf '"spanId":"00000000000000c1","name":"GET /","kind":2,"startTimeUnixNano":'
	printf '"1790000000000000000","endTimeUnixNano":"1790000000%03d000000"}]}]}]}' "$2"
}
send() { curl -sS --fail -H 'Content-Type: application/json' -d @- "$OTLP_URL/v1/traces"; }
for ms in 10 11 12 13 14 15; do
	other "$(new_trace_id)" "$ms" | send >/dev/null
done
slow=$(new_trace_id)
other "$slow" 90 | send >/dev/null
wait_for 10 "$LINESPAN" explain "$slow" || true
"$LINESPAN" explain --json "$slow" >"$WORK/slow.json"
check 'slow beside the others' grep -q \
	'"baseline":{"n":6,"p50_ns":12000000,"p99_ns":15000000,"verdict":"slow"}' "$WORK/slow.json"

step 'traces with less than all'
equal 'an id of a trace that is not here: says how it was read' 1 \
	"$(status_of "$LINESPAN" explain 11803532876627986230)"
check '… as decimal' grep -q 'was read as a decimal id' "$WORK/err"
status_of "$LINESPAN" show "00-$(new_trace_id)-00f067aa0ba902b7-00" >/dev/null
check '… and that it was not sampled' grep -q 'not sampled (flags 00)' "$WORK/err"
loose=$(new_trace_id)
printf '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1790000000000000000",
	"traceId":"%s","body":{"stringValue":"x trace_flags=00"}}]}]}]}' \
	"$loose" | curl -sS --fail -H 'Content-Type: application/json' -d @- "$OTLP_URL/v1/logs" \
	>/dev/null
wait_for 10 "$LINESPAN" explain "$loose" || true
"$LINESPAN" explain "$loose" >"$WORK/loose" || true
check 'only logs: opens and says why' grep -q 'sampled out, as its logs say' "$WORK/loose"
"$LINESPAN" show "$loose" >"$WORK/loose" || true
check 'so does show' grep -q 'sampled out, as its logs say' "$WORK/loose"
piece=$(new_trace_id)
other "$piece" 9 | sed 's/"name":"GET/"parentSpanId":"00000000000000d1",&/' | send >/dev/null
wait_for 10 "$LINESPAN" explain "$piece" || true
"$LINESPAN" explain "$piece" >"$WORK/piece"
check 'no root: says so' grep -q 'the root span is not here' "$WORK/piece"

equal 'an unknown trace: 1' 1 "$(status_of "$LINESPAN" explain "$(new_trace_id)")"
equal 'no id: 2' 2 "$(status_of "$LINESPAN" explain)"
equal 'no trace id: 2' 2 "$(status_of "$LINESPAN" explain xyz)"
finish
