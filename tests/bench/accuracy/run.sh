#!/usr/bin/env bash
# How many log lines get their own request's id, another's, or none: accuracy/run.sh [NAME…]
# 50 connections, each request with a trace id of its own. An id that is wrong fails the run.
. "$(dirname "$0")/../../e2e/lib.sh"

readonly HERE=$ROOT/tests/bench/accuracy REQUESTS=${REQUESTS:-3000}
only=" $* "
gcc -std=gnu11 -O2 -w -o "$WORK/server" "$HERE/server.c" -lpthread
printf '%-16s %-10s %8s %8s %8s %8s %8s\n' server load answers lines right wrong none

# measure NAME MODES COMMAND…: the word PORT in the command is replaced. LOGS: what is judged.
measure() {
	local name=$1 modes=$2 mode path at='' counts
	shift 2
	[ "$only" = '  ' ] || [[ $only == *" $name "* ]] || return 0
	free_port at
	start "$name" "$LINESPAN" run --dir "$SPOOL" --service "$name" -- "${@//PORT/$at}"
	if ! wait_for 10 port_answers "$at"; then
		not_ok "$name starts" "$WORK/$name.err"
		return
	fi
	for mode in $modes; do
		path=/page
		[ "$mode" != child ] || path=/child
		: >"$WORK/$name.err"
		for log in ${LOGS-}; do : >"$log"; done
		counts=$("$PYTHON" "$HERE/load.py" "$at" "$REQUESTS" "${mode/child/keepalive}" \
			"$path" "$WORK/$name.err" ${LOGS-})
		# shellcheck disable=SC2086
		printf '%-16s %-10s %8s %8s %8s %8s %8s\n' "$name" "$mode" $counts
		[ "$(cut -d' ' -f4 <<<"$counts")" = 0 ] || _failed=$((_failed + 1))
	done
	stop "$name" || true
}

mkdir "$WORK/site" "$WORK/logs"
echo 'a page' >"$WORK/site/page"
: >"$WORK/logs/access.log"
write_nginx_conf() { # PORT
	cat >"$WORK/nginx.conf" <<-CONF
	$([ "$(id -u)" != 0 ] || echo "user $(id -un) $(id -gn);")
	daemon off;
	worker_processes 2;
	pid $WORK/nginx.pid;
	error_log $WORK/logs/error.log;
	events { worker_connections 400; }
	http {
		access_log $WORK/logs/access.log;
		client_body_temp_path $WORK/body;
		server { listen 127.0.0.1:$1; root $WORK/site; }
	}
	CONF
}

nginx_with_port() { # the port is in a file
	write_nginx_conf "$1"
	exec nginx -e "$WORK/logs/early.log" -c "$WORK/nginx.conf" -p "$WORK"
}
export -f nginx_with_port write_nginx_conf
export WORK

if command -v nginx >/dev/null; then
	LOGS="$WORK/logs/access.log" measure nginx 'keepalive close bytes pipeline' \
		bash -c 'nginx_with_port PORT'
fi
all='keepalive close bytes pipeline child'
measure c-threads "$all" "$WORK/server" threads PORT
measure c-fork "$all" "$WORK/server" fork PORT
measure c-pool "$all" "$WORK/server" pool PORT
measure c-loop "$all" "$WORK/server" loop PORT
measure c-timer "$all" "$WORK/server" timer PORT
measure python-threads 'keepalive close bytes child' "$PYTHON" "$HERE/server.py" threads PORT
measure python-asyncio 'keepalive bytes' "$PYTHON" "$HERE/server.py" asyncio PORT
measure python-sleep 'keepalive' "$PYTHON" "$HERE/server.py" sleep PORT
if command -v perl >/dev/null; then
	measure perl 'close' perl "$HERE/server.pl" PORT
fi
if command -v node >/dev/null; then
	measure node-sync 'keepalive close post' node "$HERE/server.mjs" sync PORT
	measure node-timer keepalive node "$HERE/server.mjs" timer PORT
	measure node-upstream keepalive node "$HERE/server.mjs" upstream PORT
fi
finish
