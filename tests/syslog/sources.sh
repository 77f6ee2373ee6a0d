#!/usr/bin/env bash
# 100,000 stamped lines by six kinds of source and five kinds of sender, while syslog-ng is reloaded
# and the sidecar is restarted and killed: each is stored once, with its own ids.
. "$(dirname "$0")/lib.sh"

free_port TCP
free_port UDP
free_port NEW
start_serve
cat >"$WORK/ng.conf" <<CONF
@version: 3.38
@module linespan
options { stats-level(1); stats-freq(0); keep-hostname(yes); time-reopen(1); };
source s_dgram { unix-dgram("$WORK/dgram"); };
source s_stream { unix-stream("$WORK/stream"); };
source s_tcp { network(ip("127.0.0.1") port($TCP) transport("tcp")); };
source s_udp { network(ip("127.0.0.1") port($UDP) transport("udp") so-rcvbuf(4194304)); };
source s_new { syslog(ip("127.0.0.1") port($NEW) transport("tcp")); };
source s_file { file("$WORK/app.log" follow-freq(0.1) flags(no-parse)
	program-override("files")); };
parser p_ids { linespan-parser(prefix(".SDATA.opentelemetry.") strip(yes)); };
destination d_url { linespan(url("$OTLP_URL") prefix(".SDATA.opentelemetry.") batch-lines(1000)
	workers(2) disk-buffer(disk-buf-size(104857600) mem-buf-size(10485760) reliable(yes)
		dir("$WORK/disk"))); };
log { source(s_dgram); source(s_stream); source(s_tcp); source(s_udp); source(s_new);
	source(s_file); parser(p_ids); destination(d_url); flags(flow-control); };
CONF
touch "$WORK/app.log"
ng_start

# ---- the senders -------------------------------------------------------------------------------
declare -A trace sender
TRACES=(dgram shim stream tcp udp new file)
for name in "${TRACES[@]}"; do trace[$name]=$(new_trace_id); done
feed() { # KIND TARGET COUNT NAME
	RATE=${RATE-} "$PYTHON" "$TESTS/feed.py" "$1" "$2" "$3" "${trace[$4]}" "$4"
}
count() { echo $(($1 * ${LINESPAN_NG_LINES:-100000} / 100000)); }
runs() { # NAME COMMAND…: a sender in the background
	local name=$1
	shift
	"$@" >"$WORK/$name.said" 2>&1 </dev/null &
	sender[$name]=$!
}

RATE='' feed lines-3164 "$WORK/tcp.lines" "$(count 25000)" tcp
RATE='' feed lines-5424 "$WORK/new.lines" "$(count 10000)" new
RATE='' feed file "$WORK/dgram.lines" "$(count 20000)" dgram
expect "${trace[tcp]}" "$(count 25000)" 'gen tcp'
expect "${trace[new]}" "$(count 10000)" 'gen new'
expect "${trace[dgram]}" "$(count 20000)" 'shop dgram'
expect "${trace[stream]}" "$(count 15000)" 'py stream'
expect "${trace[udp]}" "$(count 10000)" 'py udp'
expect "${trace[file]}" "$(count 10000)" 'files file'

# syslog(3) of a program that knows nothing of us, under the shim: each line comes by the shim's
# ring too. A mount namespace gives it a /dev/log of its own.
cat >"$WORK/victim.c" <<'C'
#include <stdlib.h>
#include <syslog.h>
int main(int argc, char **argv)
{
	openlog("victim", LOG_PID, LOG_USER);
	for (int i = 1; i <= atoi(argv[1]); i++)
		syslog(LOG_ERR, "shim %d", i);
	return argc != 2;
}
C
gcc -o "$WORK/victim" "$WORK/victim.c"
span=$(new_span_id)
# shellcheck disable=SC2016
own_log='mount -t tmpfs none /dev && ln -s "$1" /dev/log && shift && exec "$@"'
unshare=(unshare -m)
[ "$(id -u)" = 0 ] || unshare=(unshare -rm)
if "${unshare[@]}" sh -c "$own_log" sh "$WORK/dgram" true 2>"$WORK/unshare.err"; then
	expect "${trace[shim]}" "$(count 10000)" 'victim shim' "$span"
	runs shim env TRACEPARENT="00-${trace[shim]}-$span-01" "${unshare[@]}" sh -c "$own_log" \
		sh "$WORK/dgram" "$LINESPAN" run --dir "$SPOOL" --spans off -- \
		"$WORK/victim" "$(count 10000)"
else
	step "no mount namespace here: $(cat "$WORK/unshare.err")"
	TRACES=(dgram stream tcp udp new file)
fi

runs dgram logger -u "$WORK/dgram" -t shop -f "$WORK/dgram.lines"
RATE=3000 runs stream feed stream "$WORK/stream" "$(count 15000)" stream
runs tcp "$LOGGEN" -i -S -d -R "$WORK/tcp.lines" -r 5000 -n "$(count 25000)" 127.0.0.1 "$TCP"
RATE=2000 runs udp feed udp "$UDP" "$(count 10000)" udp
runs new "$LOGGEN" -i -S -d -R "$WORK/new.lines" -r 2000 -n "$(count 10000)" 127.0.0.1 "$NEW"
RATE=2000 runs file feed file "$WORK/app.log" "$(count 10000)" file

# ---- trouble -----------------------------------------------------------------------------------
still_sending() {
	local name
	for name in "${!sender[@]}"; do
		! kill -0 "${sender[$name]}" 2>/dev/null || return 0
	done
	return 1
}
troubles=0
while [ "$troubles" -lt 3 ] || still_sending; do
	sleep 0.3
	syslog-ng-ctl reload -c "$CTL" >/dev/null
	sleep 0.4
	stop serve KILL 2>/dev/null || true
	sleep 0.2
	serve_again
	sleep 0.4
	stop serve || not_ok 'the sidecar ends by itself' "$WORK/serve.err"
	syslog-ng-ctl reload -c "$CTL" >/dev/null
	serve_again
	troubles=$((troubles + 1))
done
step "$((2 * troubles)) reloads, $troubles restarts and $troubles kills of the sidecar"
for name in "${!sender[@]}"; do
	wait "${sender[$name]}" || not_ok "the sender of $name ends well" "$WORK/$name.said"
done

# ---- what is there -------------------------------------------------------------------------------
sum=0
for name in "${TRACES[@]}"; do
	kept "$name" "${trace[$name]}"
	sum=$((sum + $(wc -l <"$WORK/stored.${trace[$name]}")))
done
step "$sum lines in sum"
check 'syslog-ng ends by itself' stop ng
stop serve
finish
