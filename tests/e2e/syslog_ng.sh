#!/usr/bin/env bash
# A real syslog-ng with our module: six kinds of source, programs that log, both ways to serve.
. "$(dirname "$0")/lib.sh"

if ! command -v syslog-ng >/dev/null || [ ! -e "$ROOT/build/syslog-ng/liblinespan.so" ]; then
	not_ok 'syslog-ng is here'
	finish
fi
MODULES=$ROOT/build/syslog-ng:$(pkg-config --variable=moduledir syslog-ng)
LOGGEN=$(pkg-config --variable=moduledir syslog-ng)/loggen/loggen
[ -x "$LOGGEN" ] || LOGGEN=$(command -v loggen || true)
CTL=$WORK/ng.ctl

ng_start() { # NAME: with $WORK/ng.conf
	start "$1" syslog-ng -F --no-caps --module-path="$MODULES" -f "$WORK/ng.conf" \
		-R "$WORK/ng.persist" -c "$CTL" -p "$WORK/ng.pid"
	wait_for 10 syslog-ng-ctl stats -c "$CTL" || {
		not_ok 'syslog-ng starts' "$WORK/$1.err"
		exit 1
	}
}
wait_url() { sed "s,URL,$OTLP_URL,g" "$WORK/ng.in" >"$WORK/ng.conf"; }

free_port TCP
free_port UDP
free_port NEW
mkdir "$WORK/disk"
cat >"$WORK/ng.in" <<CONF
@version: 3.38
@include "$ROOT/plugins/syslog-ng/scl/linespan.conf"
options { stats-level(2); stats-freq(0); keep-hostname(yes); time-reopen(1); };
source s_dgram { unix-dgram("$WORK/dgram"); };
source s_stream { unix-stream("$WORK/stream"); };
source s_tcp { network(ip("127.0.0.1") port($TCP) transport("tcp") max-connections(50)); };
source s_udp { network(ip("127.0.0.1") port($UDP) transport("udp")); };
source s_new { syslog(ip("127.0.0.1") port($NEW) transport("tcp")); };
source s_file { file("$WORK/app.log" follow-freq(0.1) flags(no-parse)
	program-override("files")); };
parser p_ids { linespan-parser(prefix(".SDATA.opentelemetry.") strip(yes)); };
destination d_file { file("$WORK/out.log" template("\${PROGRAM}|\${SDATA}|\${MSG}\n")); };
destination d_ring { linespan(path("$SPOOL") prefix(".SDATA.opentelemetry.")
	batch-lines(2000)); };
destination d_url { linespan-logs(url("URL") batch-lines(1000)
	disk-buffer(disk-buf-size(104857600) mem-buf-size(10485760) reliable(yes)
		dir("$WORK/disk"))); };
log { source(s_dgram); source(s_stream); source(s_udp); source(s_file); parser(p_ids);
	destination(d_file); destination(d_ring); flags(flow-control); };
log { source(s_tcp); source(s_new); destination(d_url); flags(flow-control); };
CONF

start_serve
wait_url
touch "$WORK/app.log"
check 'the configuration is read' syslog-ng -s --no-caps --module-path="$MODULES" \
	-f "$WORK/ng.conf"
ng_start ng

# ---- the senders -------------------------------------------------------------------------------
found() { "$LINESPAN" logs --trace "$1" --json 2>/dev/null | grep -q "$2"; }
joined() { # FACT TRACE SPAN SERVICE TEXT
	if wait_for 10 found "$2" "$5"; then
		"$LINESPAN" logs --trace "$2" --json >"$WORK/log.json" || true
		equal "$1" "$4 $3" "$(jq -r '.service + " " + .span_id' "$WORK/log.json" | head -1)"
	else
		not_ok "$1" "$WORK/ng.err"
	fi
}
t=$(new_trace_id) s=$(new_span_id)
logger -u "$WORK/dgram" -t shop "paid trace_id=$t span_id=$s"
joined 'logger, unix-dgram, ring' "$t" "$s" shop paid
check 'as structured data, without the stamp' wait_for 5 grep -qF \
	"shop|[opentelemetry trace_id=\"$t\" span_id=\"$s\" trace_flags=\"01\"]" "$WORK/out.log"
t=$(new_trace_id) s=$(new_span_id)
printf '<14>%s mail[7]: queued trace_id=%s span_id=%s\n' "$(date '+%b %e %T')" "$t" "$s" |
	"$PYTHON" -c 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())' "$WORK/stream"
joined 'unix-stream, ring' "$t" "$s" mail queued
t=$(new_trace_id) s=$(new_span_id)
"$PYTHON" -c 'import logging, logging.handlers as h, sys
log = logging.getLogger(); a = h.SysLogHandler(("127.0.0.1", int(sys.argv[1])))
a.ident = "py: "; log.addHandler(a); log.error(sys.argv[2])' \
	"$UDP" "refused trace_id=$t span_id=$s"
joined 'Python SysLogHandler, UDP, ring' "$t" "$s" py refused
t=$(new_trace_id) s=$(new_span_id)
echo "{\"msg\":\"from a file\",\"trace_id\":\"$t\",\"span_id\":\"$s\"}" >>"$WORK/app.log"
joined 'a file of JSON lines, ring' "$t" "$s" files 'from a file'
t=$(new_trace_id) s=$(new_span_id)
logger -n 127.0.0.1 -T -P "$TCP" --rfc3164 -t web "served traceId=$t spanId=$s"
joined 'logger, TCP, OTLP' "$t" "$s" web served
t=$(new_trace_id) s=$(new_span_id)
line="[opentelemetry trace_id=\"$t\" span_id=\"$s\"] structured"
line="<14>1 $(date -u +%FT%TZ) h new - - $line"
printf '%d %s' "${#line}" "$line" >"/dev/tcp/127.0.0.1/$NEW"
joined 'RFC 5424 with structured data, TCP, OTLP' "$t" "$s" new structured
# syslog(3) under the shim: it stamps, syslog-ng reads the stamp, and what also came by the shim's
# ring is stored once. A mount namespace gives the program a /dev/log of its own.
t=$(new_trace_id) s=$(new_span_id)
printf '%s\n' '#include <syslog.h>' 'int main(void) {' 'openlog("victim", LOG_PID, LOG_USER);' \
	'syslog(LOG_ERR, "out of stock"); return 0; }' >"$WORK/victim.c"
gcc -o "$WORK/victim" "$WORK/victim.c"
# shellcheck disable=SC2016
own_log='mount -t tmpfs none /dev && ln -s "$1" /dev/log && shift && exec "$@"'
unshare=(unshare -m)
[ "$(id -u)" = 0 ] || unshare=(unshare -rm)
if TRACEPARENT=00-$t-$s-01 "${unshare[@]}" sh -c "$own_log" sh "$WORK/dgram" "$LINESPAN" run \
	--dir "$SPOOL" --spans off -- "$WORK/victim" 2>"$WORK/victim.err"; then
	check 'syslog(3) of C under the shim: syslog-ng reads the stamp' wait_for 10 grep -qF \
		"victim|[opentelemetry trace_id=\"$t\" span_id=\"$s\"" "$WORK/out.log"
	joined 'and it is joined' "$t" "$s" victim 'out of stock'
	sleep 0.5
	equal 'once' 1 "$("$LINESPAN" logs --trace "$t" --json | wc -l)"
else
	step "no mount namespace here: $(cat "$WORK/victim.err")"
fi
if [ -n "$LOGGEN" ]; then
	t=$(new_trace_id)
	printf '<14>%s h gen[1]: made trace_id=%s span_id=%s\n' "$(date '+%b %e %T')" "$t" "$s" \
		>"$WORK/gen.txt"
	"$LOGGEN" -i -S -R "$WORK/gen.txt" -d -l -n 500 -r 100000 127.0.0.1 "$TCP" \
		>"$WORK/gen.out" 2>&1 || true
	made() { [ "$("$LINESPAN" logs --trace "$t" --limit 5000 --json | wc -l)" -ge 500 ]; }
	check 'loggen, TCP, OTLP' wait_for 10 made
fi

# ---- many, over a reload, a restart of the sidecar and a kill -9 of it ------------------
many() { # COUNT TRACE: one connection, newline framed
	"$PYTHON" - "$TCP" "$1" "$2" <<'PY'
import socket, sys, time
when = time.strftime("%b %d %H:%M:%S").encode()
port, n, trace = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
s = socket.create_connection(("127.0.0.1", port))
for k in range(0, n, 100):
    s.sendall(b"".join(b"<14>%s h load[1]: line %d trace_id=%s span_id=%016x\n"
        % (when, i, trace.encode(), i + 1) for i in range(k, min(k + 100, n))))
s.close()
PY
}
readonly N=${LINESPAN_NG_LINES:-20000}
big=$(new_trace_id)
many "$N" "$big" &
sender=$!
sleep 0.3
syslog-ng-ctl reload -c "$CTL" >/dev/null
stop serve KILL || true
rm -f "$WORK/serve.out"
start_serve --otlp-http "${OTLP_URL#http://}"
wait "$sender"
distinct() { "$LINESPAN" logs --data "$DATA" --trace "$big" --limit 1000000 --json 2>/dev/null |
	jq -r .span_id | sort -u | wc -l; }
all_there() { [ "$(distinct)" = "$N" ]; }
wait_for 60 all_there || true
equal "each of $N lines is joined, over a reload and a kill -9 of the sidecar" "$N" "$(distinct)"

# ---- counters, refusals ----------------------------------------------------------------------
check 'syslog-ng-ctl counts what was stamped' \
	grep -qE 'p_ids;linespan;a;stamped;[1-9]' <(syslog-ng-ctl stats -c "$CTL")
refuses() { # FACT, WORDS, STATEMENT
	printf '@version: 3.38\n@module linespan\n%s\n' "$3" >"$WORK/bad.conf"
	timeout 10 syslog-ng -F --no-caps --module-path="$MODULES" -f "$WORK/bad.conf" \
		-R "$WORK/bad.persist" -c "$WORK/bad.ctl" -p "$WORK/bad.pid" \
		>"$WORK/bad.out" 2>&1 && echo "exit status 0" >"$WORK/bad.out"
	check "$1" grep -q -- "$2" "$WORK/bad.out"
}
d='log { source { internal(); }; destination { linespan(%s); }; };'
# shellcheck disable=SC2059
{
	refuses 'no target' 'path(SPOOL) or url(' "$(printf "$d" '')"
	refuses 'two targets' 'one of them' "$(printf "$d" 'path("/tmp") url("http://x")')"
	refuses 'a spool that is not there' 'path() is no folder' \
		"$(printf "$d" 'path("/no/such")')"
	refuses 'a URL that is none' 'url() must begin' "$(printf "$d" 'url("x:1")')"
	refuses 'an unknown option' 'syntax error' "$(printf "$d" 'nonsense(1)')"
}
check 'syslog-ng ends by itself' stop ng
stop serve
finish
