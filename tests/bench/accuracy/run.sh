#!/usr/bin/env bash
# How many log lines get their own request's id, another's, or none: accuracy/run.sh [NAME…]
#
# Fifty connections, each request with a trace id of its own. Fails when any line has another's id,
# and when a line of a server that is known to the last line ("all") has none.
. "$(dirname "$0")/../../e2e/lib.sh"

readonly HERE=$ROOT/tests/bench/accuracy
REQUESTS=${REQUESTS:-3000}
only=" $* "
gcc -std=gnu11 -O2 -w -o "$WORK/server" "$HERE/server.c" -lpthread
. "$HERE/servers.sh"
write_site
printf '# %-16s %-10s %8s %8s %8s %8s %8s\n' server load answers lines right wrong none

wanted() { [ "$only" = '  ' ] || [[ $only == *" $1 "* ]]; }

# load NAME ALL|SOME PORT MODE PATH LOG…: loads and judges. PIPELINED lines may always have none.
load() {
	local name=$1 expect=$2 at=$3 mode=$4 path=$5 counts log answers lines right wrong none
	shift 5
	for log in "$@"; do : >"$log"; done
	counts=$(TLS=${TLS-} "$PYTHON" "$HERE/load.py" "$at" "$REQUESTS" "$mode" "$path" "$@")
	read -r answers lines right wrong none <<<"$counts"
	[ "$mode" != pipeline ] || expect=some
	printf '# %-16s %-10s %8s %8s %8s %8s %8s\n' "$name" "${LABEL-$mode}" "$answers" "$lines" \
		"$right" "$wrong" "$none"
	[ "$expect" = all ] || none=0
	if [ "$lines" -gt 0 ] && [ "$wrong" = 0 ] && [ "$none" = 0 ]; then
		ok "$name ${LABEL-$mode}: no line has another's id"
	else
		not_ok "$name ${LABEL-$mode}: $lines lines, $wrong with another's id, $none without"
	fi
}

# under NAME COMMAND…: starts it under the shim and waits for $at. BEFORE: words in front of that.
under() {
	local name=$1
	shift
	# shellcheck disable=SC2086
	start "$name" ${BEFORE-} "$LINESPAN" run --dir "$SPOOL" --service "$name" -- "$@"
	wait_for 10 port_answers "$at" || not_ok "$name starts" "$WORK/$name.err"
}

# own ALL|SOME NAME MODES COMMAND…: a server of ours; PORT in the command is replaced.
own() {
	local expect=$1 name=$2 modes=$3 mode path at=''
	shift 3
	wanted "$name" || return 0
	free_port at
	under "$name" "${@//PORT/$at}"
	for mode in $modes; do
		path=/page
		[ "$mode" != child ] || path=/child
		LABEL=$mode load "$name" "$expect" "$at" "${mode/child/keepalive}" "$path" \
			"$WORK/$name.err"
	done
	stop "$name" || true
}

readonly ACCESS=$LOGS_DIR/access.log ERRORS=$LOGS_DIR/error.log
upstream=''
if wanted nginx || wanted haproxy; then
	free_port upstream
	start upstream "$WORK/server" loop "$upstream"
	wait_for 10 port_answers "$upstream"
fi

if wanted nginx; then
	free_port at
	write_nginx "$at" "$upstream"
	under nginx nginx -e "$LOGS_DIR/early.log" -c "$WORK/nginx.conf" -p "$WORK"
	for mode in keepalive close bytes pipeline; do
		load nginx all "$at" "$mode" /page "$ACCESS"
	done
	LABEL=missing load nginx all "$at" keepalive /missing "$ACCESS" "$ERRORS"
	LABEL=proxy load nginx all "$at" keepalive /up "$ACCESS"
	LABEL=refused load nginx all "$at" keepalive /refused "$ACCESS" "$ERRORS"
	LABEL=aio load nginx all "$at" keepalive /aio/page "$ACCESS"
	REQUESTS=100 LABEL='12 MB' load nginx all "$at" keepalive /big "$ACCESS"
	stop nginx || true
	free_port at
	write_nginx "$at" "$upstream" ssl
	under nginx nginx -e "$LOGS_DIR/early.log" -c "$WORK/nginx.conf" -p "$WORK"
	TLS=1 LABEL=TLS load nginx all "$at" keepalive /page "$ACCESS"
	stop nginx || true
fi

for mpm in prefork event; do
	wanted "apache-$mpm" || continue
	free_port at
	write_apache "$at" "$mpm"
	BEFORE='setsid -w' under "apache-$mpm" apache2 -D FOREGROUND -f "$WORK/apache.conf"
	for mode in keepalive close bytes pipeline; do
		load "apache-$mpm" all "$at" "$mode" /page "$ACCESS"
	done
	REQUESTS=100 LABEL='12 MB' load "apache-$mpm" all "$at" keepalive /big \
		"$ACCESS"
	kill "$(cat "$WORK/apache-$at.pid")" || true
	stop "apache-$mpm" || true
	free_port at
	write_apache "$at" "$mpm" on
	BEFORE='setsid -w' under "apache-$mpm" apache2 -D FOREGROUND -f "$WORK/apache.conf"
	TLS=1 LABEL=TLS load "apache-$mpm" all "$at" keepalive /page "$ACCESS"
	kill "$(cat "$WORK/apache-$at.pid")" || true
	stop "apache-$mpm" || true
done

if wanted lighttpd; then
	free_port at
	write_lighttpd "$at"
	under lighttpd lighttpd -D -f "$WORK/lighttpd.conf"
	# It writes its lines some seconds later.
	for mode in keepalive close; do
		WAIT=5 load lighttpd all "$at" "$mode" /page "$ACCESS"
	done
	stop lighttpd || true
fi

if wanted haproxy; then
	free_port at
	syslog_port=''
	free_port syslog_port
	start datagrams "$PYTHON" "$HERE/datagrams.py" "$syslog_port" "$LOGS_DIR/haproxy.log"
	write_haproxy "$at" "$upstream" "$syslog_port"
	under haproxy haproxy -db -f "$WORK/haproxy.cfg"
	for mode in keepalive close bytes; do
		load haproxy all "$at" "$mode" /page "$LOGS_DIR/haproxy.log"
	done
	stop haproxy || true
	stop datagrams || true
fi

if wanted php-fpm; then
	free_port at
	write_nginx "$at" 1
	write_php_fpm
	start nginx nginx -e "$LOGS_DIR/early.log" -c "$WORK/nginx.conf" -p "$WORK"
	wait_for 10 port_answers "$at"
	start php-fpm "$LINESPAN" run --dir "$SPOOL" -- php-fpm8.2 -R -F -y "$WORK/php-fpm.conf"
	wait_for 10 test -S "$WORK/php.sock"
	for mode in keepalive post; do
		load php-fpm all "$at" "$mode" /app.php "$LOGS_DIR/app.log"
	done
	stop php-fpm || true
	stop nginx || true
fi

every='keepalive close bytes pipeline child'
own all c-threads "$every" "$WORK/server" threads PORT
own all c-fork "$every" "$WORK/server" fork PORT
own some c-pool "$every" "$WORK/server" pool PORT
own all c-loop "$every" "$WORK/server" loop PORT
own some c-timer "$every" "$WORK/server" timer PORT
own all python-threads 'keepalive close bytes child' "$PYTHON" "$HERE/server.py" threads PORT
own all python-single close "$PYTHON" "$HERE/server.py" single PORT
own all python-prefork close "$PYTHON" "$HERE/server.py" prefork PORT
own all python-handed close "$PYTHON" "$HERE/server.py" handed PORT
own some python-asyncio 'keepalive bytes' "$PYTHON" "$HERE/server.py" asyncio PORT
own some python-sleep 'keepalive' "$PYTHON" "$HERE/server.py" sleep PORT
own all perl 'close' perl "$HERE/server.pl" PORT
own all node-sync 'keepalive close post' node "$HERE/server.mjs" sync PORT
own some node-timer keepalive node "$HERE/server.mjs" timer PORT
own all node-upstream keepalive node "$HERE/server.mjs" upstream PORT
[ -z "$upstream" ] || stop upstream || true
finish
