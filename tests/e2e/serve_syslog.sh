#!/usr/bin/env bash
# `linespan serve --syslog --syslog-socket`: what programs and routers send, and what comes twice.
. "$(dirname "$0")/lib.sh"

SOCKET=$WORK/log.sock
start_serve --syslog 127.0.0.1:0 --syslog-socket "$SOCKET"
PORT=$(serve_address syslog | sed 's/.*://')
equal 'it names what it listens at' "$SOCKET" "$(serve_address syslog-socket)"

# joined FACT TRACE JQ-FILTER EXPECTED: of the trace's first line
found() { "$LINESPAN" logs --trace "$1" --json >"$WORK/log.json" 2>/dev/null; }
joined() {
	wait_for 10 found "$2" || true
	equal "$1" "$4" "$(head -1 "$WORK/log.json" | jq -r "$3" 2>&1)"
}
ids() { t=$(new_trace_id) s=$(new_span_id); }
STAMP=$(date '+%b %e %T')
ids
logger -n 127.0.0.1 -d -P "$PORT" --rfc3164 -t shop -p user.err "paid trace_id=$t span_id=$s"
joined 'logger, UDP, RFC 3164' "$t" '"\(.service) \(.span_id) \(.source) \(.severity)"' \
	"shop $s syslog ERROR"
ids
logger -n 127.0.0.1 -T -P "$PORT" --rfc5424 --octet-count -t new "traceparent=00-$t-$s-01"
joined 'logger, TCP, RFC 5424, counted' "$t" '"\(.service) \(.span_id)"' "new $s"
ids
printf '<11>1 %s h sd 7 - [opentelemetry trace_id="%s" span_id="%s"] structured\n<13>next\n' \
	"$(date -u +%FT%T.123456Z)" "$t" "$s" >"/dev/tcp/127.0.0.1/$PORT"
joined 'TCP, lines, structured data' "$t" '"\(.service) \(.span_id) \(.body) \(.pid)"' \
	"sd $s structured 7"
ids
"$PYTHON" - "$SOCKET" "$t" "$s" <<'PY' &
import logging, logging.handlers as h, sys, time
log = logging.getLogger()
a = h.SysLogHandler(sys.argv[1])
a.ident = "py[1]: "
log.addHandler(a)
log.error("refused trace_id=%s span_id=%s", sys.argv[2], sys.argv[3])
PY
pid=$!
wait "$pid"
joined 'Python SysLogHandler, the process as the kernel names it' "$t" \
	'"\(.service) \(.span_id) \(.pid)"' "py $s $pid"
"$LINESPAN" logs --text 'next' --json >"$WORK/next.json"
equal 'a line without ids is kept' next "$(jq -r .body "$WORK/next.json" | head -1)"

# ---- syslog(3) under the shim: the ring and the socket bring the same line -------------------
ids
TRACEPARENT=00-$t-$s-01 run_shim --spans off --service twice --stderr on -- \
	"$PYTHON" -c 'import sys; print("once only", file=sys.stderr)' 2>"$WORK/twice.txt"
wait_for 10 found "$t"
printf '<11>%s twice: %s\n' "$STAMP" "$(cat "$WORK/twice.txt")" >"/dev/tcp/127.0.0.1/$PORT"
printf '<11>%s twice: other words trace_id=%s span_id=%s\n' "$STAMP" "$t" "$s" \
	>"/dev/tcp/127.0.0.1/$PORT"
two() { found "$t" && grep -q 'other words' "$WORK/log.json"; }
wait_for 10 two || true
equal 'a line that comes by the ring and by syslog is stored once' 2 "$(wc -l <"$WORK/log.json")"

# ---- many, hostile, the end ------------------------------------------------------------------
ids
"$PYTHON" - "$PORT" "$t" "$STAMP" <<'PY'
import socket, sys
port, trace, stamp = int(sys.argv[1]), sys.argv[2], sys.argv[3]
s = socket.create_connection(("127.0.0.1", port))
data = b"".join(b"<14>%s h load[1]: line %d trace_id=%s span_id=%016x\n"
    % (stamp.encode(), i, trace.encode(), i + 1) for i in range(100000))
s.sendall(data)
bad = socket.create_connection(("127.0.0.1", port))
bad.sendall(b"9" * 100000 + b"\x00\xff" * 50000 + b"99999 <13>cut")
bad.close()
s.close()
PY
stop serve
check 'the socket file is gone' test ! -e "$SOCKET"
equal 'each of 100000 lines that were sent before SIGTERM is stored' 100000 \
	"$("$LINESPAN" logs --data "$DATA" --trace "$t" --limit 200000 --json |
		jq -r .span_id | sort -u | wc -l)"
refused() { # FACT WORDS OPTION…
	timeout 10 "$LINESPAN" serve --dir "$SPOOL" --data "$DATA" --http off --otlp-http off \
		--otlp-grpc off "${@:3}" 2>"$WORK/refused" && echo 'exit status 0' >"$WORK/refused"
	check "$1" grep -q -- "$2" "$WORK/refused"
}
touch "$WORK/file"
refused 'a path that is no socket is refused' '--syslog-socket: cannot listen at' \
	--syslog-socket "$WORK/file"
refused 'an address for others is refused' '--syslog: 0.0.0.0:1 can be reached' --syslog 0.0.0.0:1
finish
