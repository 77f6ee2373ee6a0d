#!/usr/bin/env bash
# The shop, whose programs know nothing of tracing, answers as without the shim; the lines of its
# orders carry the orders' ids in every program, and lie at the right spans.
. "$(dirname "$0")/lib.sh"

readonly LOGS=$WORK/shop/logs
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
check 'its lines are in the files of five programs' test "$FILE_LINES" -ge 9
for log in gateway-access auth orders worker provider; do
	check "$log.log has a line of it" grep -q "$TRACE" "$LOGS/$log.log"
done
check 'they reach the store' wait_for 20 has_lines "$TRACE" "$FILE_LINES"
equal 'store and files have as many' "$FILE_LINES" "$(log_count "$TRACE")"
show "$TRACE" >"$WORK/show.json" || true
equal 'each line lies at a span' 0 "$(jq '.logs | length' "$WORK/show.json")"
jq -r '.spans[].service' "$WORK/show.json" >"$WORK/services"
for service in gateway auth checkout worker provider; do
	check "$service has a span" grep -qx "$service" "$WORK/services"
done
equal "the ledger's error lies at the provider" 'provider ' "$(services_at "$TRACE" read-only)"
equal "the failed payment lies at the checkout" 'checkout ' \
	"$(services_at "$TRACE" 'payment failed')"
equal 'the retries lie at the worker' 'worker ' "$(services_at "$TRACE" attempt)"
equal 'the access line lies at the gateway' 'gateway ' \
	"$(services_at "$TRACE" 'POST /checkout HTTP')"
check 'spans end in error where it failed' jq -e \
	'[.spans[] | select(.status == "error") | .service] | contains(["provider", "gateway"])' \
	"$WORK/show.json"

step 'the slow order'
TRACE=$(new_trace_id)
order 'slow tea' slow1 >"$WORK/answer"
check 'its lines reach the store' wait_for 20 has_lines "$TRACE" 8
"$LINESPAN" explain --json "$TRACE" >"$WORK/explain.json" || true
equal 'the provider is the slowest stage' provider "$(jq -r .slowest.service "$WORK/explain.json")"
check 'it took at least its 0.6 s' jq -e '.duration_ns > 600000000' "$WORK/explain.json"

step 'forty orders at once'
many_orders
wrong=0
seen=0
while read -r name trace; do
	for log in "$LOGS"/{auth,orders,worker}.log; do
		lines=$(grep -c "order $name:" "$log" || true)
		right=$(grep -Ec "order $name:.* trace_id=$trace" "$log" || true)
		seen=$((seen + right))
		wrong=$((wrong + lines - right))
	done
done <"$WORK/many"
equal 'no line of theirs is without its own id' 0 "$wrong"
check 'each has four lines in checkout and worker' test "$seen" -ge 160
check 'the sidecar ends with status 0' stop serve
finish
