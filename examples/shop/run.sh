#!/usr/bin/env bash
# Runs the shop until it is told to end: examples/shop/run.sh FOLDER
#
#   nginx gateway -> auth (Python) -> checkout (C) -> Redis -> worker (Perl) -> provider (Python)
#
# Everything it writes is in FOLDER: FOLDER/logs, and FOLDER/url with the gateway's address once all
# of it answers. The programs run under `linespan run`; with SHOP_PLAIN=1 they run by themselves.
#   LINESPAN      the program linespan (default build/linespan)
#   SHOP_SPOOL    spool folder for `linespan run --dir` (default FOLDER/spool)
#   SHOP_OPTIONS  options for `linespan run` (default --propagate loopback)
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
LINESPAN=${LINESPAN:-$ROOT/build/linespan}
PATH=$PATH:/usr/sbin:/sbin
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3

[ $# = 1 ] || {
	echo 'usage: run.sh FOLDER' >&2
	exit 2
}
mkdir -p "$1/logs" "$1/tmp"
DIR=$(cd "$1" && pwd)
SPOOL=${SHOP_SPOOL:-$DIR/spool}
SHOP_OPTIONS=${SHOP_OPTIONS---propagate loopback}
QUEUE=$DIR/queue.sock
CHECKOUT=$ROOT/build/shop/checkout
mkdir -p "$SPOOL"
rm -f "$DIR/url"
pids=()

stop_all() {
	local pid
	trap - EXIT
	trap '' HUP INT TERM
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait
}
trap stop_all EXIT
trap 'exit 0' HUP INT TERM

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

used=' '
free_port() { # variable
	local port
	while :; do
		port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
		case $used in *" $port "*) continue ;; esac
		port_answers "$port" || break
	done
	used="$used$port "
	printf -v "$1" %s "$port"
}

# start NAME COMMAND…: an ordinary program, its output in a log file as a container would have it.
start() {
	local name=$1
	shift
	if [ -z "${SHOP_PLAIN-}" ]; then
		# shellcheck disable=SC2086
		set -- "$LINESPAN" run --service "$name" --dir "$SPOOL" $SHOP_OPTIONS -- "$@"
	fi
	"$@" >>"$DIR/logs/$name.log" 2>&1 </dev/null &
	pids+=($!)
}

# wait_for WHAT COMMAND…: at most ten seconds.
wait_for() {
	local what=$1 until=$((SECONDS + 10))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -gt "$until" ]; then
			echo "run.sh: $what does not start; see $DIR/logs" >&2
			tail -n 5 "$DIR"/logs/*.log >&2
			exit 1
		fi
		sleep 0.05
	done
}

build_checkout() {
	local cc
	[ "$CHECKOUT" -nt "$HERE/checkout.c" ] && [ "$CHECKOUT" -nt "$HERE/redis.c" ] && return
	mkdir -p "$(dirname "$CHECKOUT")"
	read -ra cc <<<"${CC:-cc}" # as make has it: a command and its arguments
	"${cc[@]}" -O2 -g -D_GNU_SOURCE -o "$CHECKOUT.$$" "$HERE/checkout.c" "$HERE/redis.c" \
		-lpthread
	mv "$CHECKOUT.$$" "$CHECKOUT"
}

write_gateway_conf() {
	local user_line=''
	[ "$(id -u)" != 0 ] || user_line="user $(id -un) $(id -gn);"
	sed -e "s/USER_LINE/$user_line/" -e "s,DIR,$DIR,g" -e "s/GATEWAY_PORT/$GATEWAY_PORT/" \
		-e "s/AUTH_PORT/$AUTH_PORT/" "$HERE/gateway.conf" >"$DIR/gateway.conf"
}

free_port GATEWAY_PORT
free_port AUTH_PORT
free_port CHECKOUT_PORT
free_port PROVIDER_PORT
build_checkout
write_gateway_conf

redis-server --port 0 --unixsocket "$QUEUE" --save '' --appendonly no --dir "$DIR/tmp" \
	>>"$DIR/logs/queue.log" 2>&1 </dev/null &
pids+=($!)
wait_for queue redis-cli -s "$QUEUE" ping
start provider "$PYTHON" "$HERE/provider.py" "$PROVIDER_PORT"
start worker perl "$HERE/worker.pl" "$QUEUE" "$PROVIDER_PORT"
start checkout "$CHECKOUT" "$CHECKOUT_PORT" "$QUEUE" "$DIR/logs/orders.log"
start auth "$PYTHON" "$HERE/auth.py" "$AUTH_PORT" "$CHECKOUT_PORT"
start gateway nginx -e stderr -c "$DIR/gateway.conf" -p "$DIR"
wait_for provider port_answers "$PROVIDER_PORT"
wait_for worker grep -q 'waits for orders' "$DIR/logs/worker.log"
wait_for checkout port_answers "$CHECKOUT_PORT"
wait_for auth port_answers "$AUTH_PORT"
wait_for gateway port_answers "$GATEWAY_PORT"
echo "http://127.0.0.1:$GATEWAY_PORT" >"$DIR/url.new"
mv "$DIR/url.new" "$DIR/url"
echo "shop: $(cat "$DIR/url")"
wait -n "${pids[@]}" || true
echo "run.sh: one of the shop's programs ended" >&2
exit 1
