#!/usr/bin/env bash
# `linespan serve --tail`: plain, JSON and logfmt files, rotation in its kinds, the place kept over
# a restart and a kill.
. "$(dirname "$0")/lib.sh"

LOGS=$WORK/logs
mkdir -p "$LOGS/nginx"
begin() {
	rm -f "$WORK/serve.out"
	start_serve --tail "$LOGS/*.log" --tail "$LOGS/*.log.[0-9]" --tail "$LOGS/nginx/*.log"
}
TRACE=$(new_trace_id)
lines() { "$LINESPAN" logs --data "$DATA" --trace "$TRACE" --limit 10000 --json 2>/dev/null; }
count() { lines | jq -r .span_id | sort | wc -l; }
distinct() { lines | jq -r .span_id | sort -u | wc -l; }
n=0
# add FILE COUNT: so many lines, each with a span id of its own
add() {
	local i
	for ((i = 0; i < $2; i++)); do
		n=$((n + 1))
		printf 'line %d of %s trace_id=%s span_id=%016x\n' "$n" "${1##*/}" "$TRACE" "$n"
	done >>"$1"
}
reached() { [ "$(distinct)" -ge "$n" ]; }
all() { # FACT: every line is there, once
	wait_for 15 reached || true
	equal "$1" "$n $n" "$(distinct) $(count)"
}
add "$LOGS/app.log" 100
begin
all 'what is there at the start'
add "$LOGS/app.log" 100
all 'what is appended'
printf 'half a line trace_id=%s span_id=%016x' "$TRACE" $((n + 1)) >>"$LOGS/app.log"
sleep 0.6
equal 'half a line waits for its end' "$n" "$(count)"
n=$((n + 1))
echo >>"$LOGS/app.log"
all 'and is read then'
n=$((n + 1))
echo "{\"time\":\"$(date -u +%FT%TZ)\",\"level\":\"error\",\"msg\":\"json\",\
\"trace_id\":\"$TRACE\",\"span_id\":\"$(printf %016x "$n")\"}" >>"$LOGS/nginx/access.log"
printf 'ts=%s level=warn msg=logfmt traceID=%s spanID=%016x\n' "$(date -u +%FT%TZ)" "$TRACE" \
	$((++n)) >>"$LOGS/shop.log"
all 'JSON and logfmt'
equal 'service, severity and source of JSON' 'nginx ERROR file' \
	"$(lines | jq -r 'select(.body | test("json")) | "\(.service) \(.severity) \(.source)"')"
equal 'and of logfmt' 'shop WARN' \
	"$(lines | jq -r 'select(.body | test("logfmt")) | "\(.service) \(.severity)"')"

# ---- rotation ----------------------------------------------------------------------------------
add "$LOGS/app.log" 50
mv "$LOGS/app.log" "$LOGS/app.log.1"
add "$LOGS/app.log.1" 5 # the writer still has it open
add "$LOGS/app.log" 50
all 'renamed'
add "$LOGS/app.log" 20
cp "$LOGS/app.log" "$LOGS/app.log.2"
: >"$LOGS/app.log"
add "$LOGS/app.log" 30
all 'copied and truncated'
add "$LOGS/app.log" 10
all 'and on'
mv "$LOGS/app.log" "$WORK/old"
gzip "$WORK/old"
mv "$WORK/old.gz" "$LOGS/app.log.3.gz"
add "$LOGS/app.log" 10
all 'compressed'

# ---- places ------------------------------------------------------------------------------------
stop serve
add "$LOGS/app.log" 25
begin
all 'what came while no sidecar ran'
stop serve
add "$LOGS/app.log" 25
mv "$LOGS/app.log" "$LOGS/app.log.4"
add "$LOGS/app.log" 25
begin
all 'rotated while no sidecar ran'
stop serve
add "$LOGS/app.log" 25
gzip -c "$LOGS/app.log" >"$LOGS/app.log.9.gz"
rm "$LOGS/app.log"
add "$LOGS/app.log" 25
begin
all 'compressed while no sidecar ran'

# ---- kill -9 -----------------------------------------------------------------------------------
# A writer that does not stop, and a sidecar that is killed at any moment. Lines of one text and one
# second, too: each of them counts.
TRACE=$(new_trace_id)
n=0
cat >"$WORK/writer.py" <<'PY'
import os, sys, time
path, trace, go = sys.argv[1:]
n = 0
while os.path.exists(go):
    with open(path, "a") as f:
        for _ in range(40):
            n += 1
            f.write("line %d trace_id=%s span_id=%016x\n" % (n, trace, n))
            f.write("%s the same text\n" % time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    time.sleep(0.01)
print(n)
PY
touch "$WORK/go"
"$PYTHON" "$WORK/writer.py" "$LOGS/busy.log" "$TRACE" "$WORK/go" >"$WORK/wrote" &
writer=$!
for kill in $(seq "${KILLS:-12}"); do
	sleep "0.$((RANDOM % 7 + 1))"
	# Every second time while a batch is on its way to the store.
	for ((look = 0; kill % 2 && look < 200000; look++)); do
		[ ! -s "$DATA/tail.pending" ] || break
	done
	sleep "0.00$((RANDOM % 8))"
	stop serve KILL || true
	begin
done
mv "$LOGS/busy.log" "$LOGS/busy.log.1"
sleep 0.3
rm "$WORK/go"
wait "$writer"
n=$(cat "$WORK/wrote")
lines() { "$LINESPAN" logs --data "$DATA" --trace "$TRACE" --limit 100000 --json 2>/dev/null; }
all "${KILLS:-12} times kill -9: every line is stored once"
same() {
	"$LINESPAN" logs --data "$DATA" --service busy --no-trace --limit 100000 --json |
		grep -c 'the same text'
}
equal 'and lines that cannot be told apart as often as they were written' "$n" "$(same)"

# ---- the ring brings the same line -----------------------------------------------------------
TRACE=$(new_trace_id)
span=$(new_span_id)
TRACEPARENT=00-$TRACE-$span-01 run_shim --spans off --service twice --log-file "$LOGS/*" -- \
	"$PYTHON" -c 'import sys; open(sys.argv[1], "a").write("said once\n")' "$LOGS/twice.log"
check 'the shim stamps the file' grep -q "said once trace_id=$TRACE" "$LOGS/twice.log"
echo "the last one trace_id=$TRACE span_id=$span" >>"$LOGS/twice.log"
last() { lines | grep -q 'the last one'; }
wait_for 10 last || true
equal 'a line that comes by the ring and the file is stored once' 2 "$(count)"

TRACE=$(new_trace_id)
TRACEPARENT=00-$TRACE-$span-01 run_shim --spans off --service late \
	--log-file "$WORK/*" -- \
	"$PYTHON" -c 'import sys; open(sys.argv[1], "a").write("said once\n")' "$WORK/late"
some() { [ "$(count)" -ge 1 ]; }
wait_for 10 some || true
stop serve KILL || true
{
	printf 'Nov 27 01:02:03 web1 late[7]: '
	cat "$WORK/late"
	echo "the last one trace_id=$TRACE span_id=$span"
} >"$LOGS/late.log"
begin
wait_for 10 last || true
equal 'and when a log daemon writes it into a file, after a kill' 2 "$(count)"
stop serve
finish
