#!/usr/bin/env bash
# The shop, whose programs know nothing of tracing, answers as without the shim; the lines of its
# orders carry the orders' ids in every program, and lie at the right spans.
. "$(dirname "$0")/lib.sh"

readonly LOGS=$WORK/shop/logs
cd "$WORK"
export SHOP_SPOOL=$SPOOL LINESPAN

start_shop() {
	rm -rf "$WORK/shop"
	start shop "$@" "$ROOT/examples/shop/run.sh" "$WORK/shop"
	if ! wait_for 30 test -e "$WORK/shop/url"; then
		not_ok 'the shop starts' "$WORK/shop.err"
		exit 1
	fi
	URL=$(cat "$WORK/shop/url")
}

# order ITEM NAME [TOKEN]: prints the status and the body; the trace id is in $TRACE.
order() {
	curl -s -w ' %{http_code}' -H "traceparent: 00-$TRACE-$(new_span_id)-01" \
		-H "Authorization: Bearer ${3-tea-for-ada}" -H 'Content-Type: application/json' \
		--data "{\"order\":\"$2\",\"item\":\"$1\"}" "$URL/checkout"
}

four_orders() {
	local TRACE
	TRACE=$(new_trace_id)
	order tea a1 && order 'slow tea' a2 && order 'broken tea' a3 && order tea a4 wrong
}

# Many orders at once, each with its own trace; the lines name the order.
many_orders() {
	local n clients=()
	for n in $(seq 40); do
		TRACE=$(new_trace_id)
		echo "many$n $TRACE" >>"$WORK/many"
		order tea "many$n" >/dev/null &
		clients+=($!)
	done
	wait "${clients[@]}"
}

show() { "$LINESPAN" show --json "$1" 2>/dev/null; }
log_count() { show "$1" | jq '[.logs[], .spans[].logs[]] | length'; }
has_lines() { [ "$(log_count "$1")" -ge "$2" ]; }

# The services whose lines with this text lie at one of their own spans.
services_at() { # trace, text
	show "$1" | jq -r --arg text "$2" '.spans[] | .service as $service | .logs[]
		| select(.body | contains($text)) | select(.service == $service) | .service' |
		sort -u | tr '\n' ' '
}

step 'answers'
start_shop env SHOP_PLAIN=1
plain=$(four_orders)
stop shop || true
start_serve
start_shop
equal 'the answers are the same as without the shim' "$plain" "$(four_orders)"

step 'the failing order'
TRACE=$(new_trace_id)
order 'broken tea' broken1 >"$WORK/answer"
FILE_LINES=$("$LINESPAN" grep "$TRACE" "$LOGS" | wc -l)
for log in gateway-access auth orders checkout provider; do
	check "$log.log has a line of it" grep -q "$TRACE" "$LOGS/$log.log"
done
check 'they reach the store' wait_for 20 has_lines "$TRACE" "$FILE_LINES"
equal 'store and files have as many' "$FILE_LINES" "$(log_count "$TRACE")"
show "$TRACE" >show.json || true
equal 'each line lies at a span' 0 "$(jq '.logs | length' show.json)"
jq -r '.spans[].service' show.json >services
for service in gateway auth checkout worker provider; do
	check "$service has a span" grep -qx "$service" services
done
equal "the ledger's error lies at the provider" 'provider ' "$(services_at "$TRACE" read-only)"
equal "each attempt of the worker's has its warning" 'worker ' "$(services_at "$TRACE" 'attempt 2')"
equal "the failed payment lies at the checkout" 'checkout ' \
	"$(services_at "$TRACE" 'payment failed')"
equal 'the access line lies at the gateway' 'gateway ' \
	"$(services_at "$TRACE" 'POST /checkout HTTP')"
equal 'spans are in error from the provider to the gateway' \
	'auth checkout gateway provider worker ' \
	"$(jq -r '.spans[] | select(.status == "error").service' show.json | sort -u | tr '\n' ' ')"

step 'the slow order'
TRACE=$(new_trace_id)
order 'slow tea' slow1 >"$WORK/answer"
check 'its lines reach the store' wait_for 20 has_lines "$TRACE" 7
show "$TRACE" >show.json || true
equal 'each stage that waits for the bank takes its 0.6 s' \
	'auth checkout gateway provider worker ' \
	"$(jq -r '.spans[] | select(.duration_ns > 6e8) | .service' show.json | sort -u |
		tr '\n' ' ')"
equal 'what it told the system log lies at the checkout' 'checkout ' \
	"$(services_at "$TRACE" 'was sold')"

step 'an order from a client that knows nothing of tracing'
curl -s -o answer -H 'Authorization: Bearer tea-for-ada' -H 'Content-Type: application/json' \
	--data '{"order":"plain1","item":"broken tea"}' "$URL/checkout"
TRACE=$(sed -n 's/.*order plain1: queued.* trace_id=\([0-9a-f]*\).*/\1/p' "$LOGS/orders.log")
check 'its lines reach the store' wait_for 20 has_lines "$TRACE" 11
show "$TRACE" >show.json || true
equal 'it is one tree, from the gateway' 'gateway' \
	"$(jq -r '.spans[] | select(.parent_span_id == null) | .service' show.json)"
equal 'no span has lost its parent' 0 "$(jq '[.spans[] | select(.orphan)] | length' show.json)"
equal 'each line lies at a span' 0 "$(jq '.logs | length' show.json)"
# Stage by stage, from parent to child.
jq -r '.spans as $all | .spans[] | . as $span | ($all[] | select(.span_id == $span.parent_span_id))
	| "\(.service) \(.kind) > \($span.service) \($span.kind)"' show.json | sort >edges
cat >edges.expected <<-'EDGES'
	auth client > checkout server
	auth client > worker consumer
	auth server > auth client
	gateway client > auth server
	gateway server > gateway client
	worker client > provider server
	worker client > provider server
	worker consumer > worker client
	worker consumer > worker client
EDGES
check 'each stage is below the one that asked for it' diff edges.expected edges
for text in begins 'attempt 1' 'attempt 2' 'given up'; do
	equal "the worker's \"$text\" lies at its job" worker \
		"$(jq -r --arg text "$text" '.spans[] | select(.kind == "consumer") | .service as $s
			| .logs[] | select(.body | contains($text)) | $s' show.json)"
done

step 'forty orders at once'
many_orders
wrong=0
seen=0
strange=0
while read -r name trace; do
	lines=$(grep -c "order $name:" "$LOGS/orders.log" || true)
	right=$(grep -Ec "order $name:.* trace_id=$trace" "$LOGS/orders.log" || true)
	seen=$((seen + right))
	wrong=$((wrong + lines - right))
	strange=$((strange + $(grep "order $name:" "$LOGS/worker.log" | grep trace_id= |
		grep -vc "trace_id=$trace" || true)))
done <"$WORK/many"
equal "no line of the checkout's has another id, or none" 0 "$wrong"
equal "no line of the worker's has another id" 0 "$strange"
equal 'each order has both of its lines' 80 "$seen"
check 'the sidecar ends with status 0' stop serve
finish
