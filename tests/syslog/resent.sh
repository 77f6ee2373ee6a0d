#!/usr/bin/env bash
# Batches that were stored, but whose answer never came, are sent again: stored once.
. "$(dirname "$0")/lib.sh"

free_port TCP
free_port PROXY
start_serve
start proxy "$PYTHON" "$TESTS/proxy.py" "$PROXY" "${OTLP_URL##*:}" "$WORK/swallow"
wait_for 5 grep -q ready "$WORK/proxy.out"
cat >"$WORK/ng.conf" <<CONF
@version: 3.38
@module linespan
options { stats-level(1); stats-freq(0); keep-hostname(yes); time-reopen(1); };
source s_tcp { network(ip("127.0.0.1") port($TCP) transport("tcp") log-iw-size(100000)); };
parser p_ids { linespan-parser(prefix(".SDATA.opentelemetry.") strip(yes)); };
destination d_url { linespan(url("http://127.0.0.1:$PROXY") prefix(".SDATA.opentelemetry.")
	batch-lines(500) batch-timeout(300) disk-buffer(disk-buf-size(104857600)
		mem-buf-size(10485760) reliable(yes) dir("$WORK/disk"))); };
log { source(s_tcp); parser(p_ids); destination(d_url); flags(flow-control); };
CONF
ng_start
swallowed() { [ "$(wc -l <"$WORK/proxy.out")" -gt "$1" ]; }
is_swallowed() { # waits for an answer more
	wait_for 20 swallowed "$(wc -l <"$WORK/proxy.out")"
}
send() { # COUNT TRACE WORDS
	expect "$2" "$1" "py $3"
	"$PYTHON" "$TESTS/feed.py" tcp "$TCP" "$1" "$2" "$3"
}

t=$(new_trace_id)
touch "$WORK/swallow"
send 5000 "$t" lost
check 'a batch is stored, its answer does not come' is_swallowed
check 'nor that of the next try' is_swallowed
rm "$WORK/swallow"
kept 'an answer that is lost on its way' "$t"

t=$(new_trace_id)
touch "$WORK/swallow"
send 5000 "$t" killed
check 'a batch is stored, not acknowledged' is_swallowed
stop serve KILL || true
rm "$WORK/swallow"
serve_again
kept 'kill -9 of the sidecar before its answer' "$t"

t=$(new_trace_id)
touch "$WORK/swallow"
send 5000 "$t" both
check 'a batch is stored, neither is told' is_swallowed
stop ng KILL || true
stop serve KILL || true
rm "$WORK/swallow"
serve_again
ng_start
kept 'kill -9 of syslog-ng and of the sidecar before the answer' "$t"

t=$(new_trace_id)
touch "$WORK/swallow"
send 5000 "$t" reload
check 'a batch is stored before a reload' is_swallowed
syslog-ng-ctl reload -c "$CTL" >/dev/null
check 'and sent again after it' is_swallowed
rm "$WORK/swallow"
kept 'a reload before the answer' "$t"

# The same line, many times: that is what its program wrote.
t=$(new_trace_id)
touch "$WORK/swallow"
"$PYTHON" - "$TCP" "$t" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line = b"<14>Nov 27 01:02:03 h load[1]: again trace_id=%s span_id=00f067aa0ba902b7\n"
s.sendall(line % sys.argv[2].encode() * 2000)
s.close()
PY
check 'equal lines are stored, not acknowledged' is_swallowed
stop serve KILL || true
rm "$WORK/swallow"
serve_again
count() { "$LINESPAN" logs --data "$DATA" --trace "$t" --limit 100000 --json 2>/dev/null | wc -l; }
enough() { [ "$(count)" -ge 2000 ]; }
wait_for 20 enough || true
sleep 1.5
equal 'a line that was written 2000 times is there 2000 times' 2000 "$(count)"
check 'syslog-ng ends by itself' stop ng
stop proxy || true
stop serve
finish
