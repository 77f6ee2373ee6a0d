#!/usr/bin/env bash
# Shows what Linespan does: runs the shop, whose programs know nothing of tracing, sends a good, a
# slow and a failing order, and looks them up. Builds nothing; leaves nothing running.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
export LINESPAN=$ROOT/build/linespan
export NO_COLOR=1 no_proxy=127.0.0.1
DIR=$(mktemp -d "${TMPDIR:-/tmp}/linespan-shop.XXXXXX")
export SHOP_SPOOL=$DIR/spool
pids=()

clean_up() {
	local status=$? pid
	trap - EXIT
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	if [ "$status" = 0 ] || [ "$status" = 130 ]; then
		rm -rf "$DIR"
	else
		echo "demo.sh: failed; its files are in $DIR" >&2
		tail -n 5 "$DIR"/*.err >&2
	fi
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

heading() { printf '\n== %s\n\n' "$*"; }

# wait_for WHAT SECONDS COMMAND…
wait_for() {
	local what=$1 until=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -gt "$until" ]; then
			echo "demo.sh: $what" >&2
			exit 1
		fi
		sleep 0.05
	done
}

start_sidecar() {
	"$LINESPAN" serve --dir "$SHOP_SPOOL" --data "$DIR/data" --http 127.0.0.1:0 \
		--otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 \
		>"$DIR/serve.out" 2>"$DIR/serve.err" &
	pids+=($!)
	wait_for 'the sidecar does not start' 10 grep -qx ready "$DIR/serve.out"
	LINESPAN_SERVER=http://$(sed -n 's/^http=//p' "$DIR/serve.out")
	export LINESPAN_SERVER
}

start_shop() {
	"$HERE/run.sh" "$DIR/shop" >"$DIR/shop.out" 2>"$DIR/shop.err" &
	pids+=($!)
	wait_for 'the shop does not start' 30 test -e "$DIR/shop/url"
	SHOP_URL=$(cat "$DIR/shop/url")
}

# The trace id that the shop's own log has behind what it says of an order.
logged_trace() {
	sed -n "s/.*order $1: queued.* trace_id=\([0-9a-f]*\).*/\1/p" "$DIR/shop/logs/orders.log"
}

# order NAME ITEM: as a customer's browser sends it: it knows nothing of tracing either. Sets TRACE.
order() {
	local answer
	answer=$(curl -s -o /dev/null -w '%{http_code} in %{time_total} s' \
		-H 'Authorization: Bearer tea-for-ada' -H 'Content-Type: application/json' \
		--data "{\"order\":\"$1\",\"item\":\"$2\"}" "$SHOP_URL/checkout")
	TRACE=$(logged_trace "$1")
	printf '  %-8s %-12s %-20s trace %s\n' "$1" "$2" "$answer" "$TRACE"
}

in_files() { "$LINESPAN" grep "$1" "$DIR/shop/logs"; }
in_store() { "$LINESPAN" grep "$1"; }
# The store has all that the files have, and what went to the system log besides.
same_count() {
	[ "$(in_files "$1" | wc -l)" -gt 0 ] &&
		[ "$(in_files "$1" | wc -l)" -le "$(in_store "$1" | wc -l)" ]
}

start_sidecar
start_shop

heading 'Three orders: nginx -> auth (Python) -> checkout (C) -> Redis -> worker (Perl) -> provider'
order good tea
order slow 'slow tea'
SLOW=$TRACE
order failing 'broken tea'
FAILING=$TRACE
wait_for 'the lines do not reach the store' 20 same_count "$FAILING"
wait_for 'the lines do not reach the store' 20 same_count "$SLOW"

heading "The failing order: linespan show $FAILING"
"$LINESPAN" show "$FAILING"
heading "Why it failed: linespan explain $FAILING"
"$LINESPAN" explain "$FAILING"
heading "The slow order: linespan show $SLOW"
"$LINESPAN" show "$SLOW"
heading "Why it was slow: linespan explain $SLOW"
"$LINESPAN" explain "$SLOW"

heading "The same lines without any sidecar: linespan grep $FAILING logs/"
in_files "$FAILING" | sed "s,$DIR/shop/,,"
printf '\n%s lines in the files, %s in the store.\n' \
	"$(in_files "$FAILING" | wc -l)" "$(in_store "$FAILING" | wc -l)"
